import type { DEPRECATION, Deprecation } from './deprecation.ts'
import { checkedHeaders, withoutZeroBytes } from './checked-by-hand.ts'
import { examples } from './docs-examples.ts'
import { linksOf } from './document-links.ts'
import { meaningOf } from './words.ts'

/** JSON Schema, as far as the routes' schemas go. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly [word: string]: unknown
}

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
  readonly description?: string
  readonly schema: Schema
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
}

export interface Answer extends Content {
  readonly description: string
  readonly headers?: Readonly<Record<string, object>>
  /** what can be done next, by the operation that does it */
  readonly links?: Readonly<Record<string, object>>
}

export interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly deprecated?: boolean
  readonly [DEPRECATION]?: Deprecation
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Content & { readonly required?: boolean }
  readonly responses: Readonly<Record<string, Answer>>
}

/** The document of the API, as far as ours goes. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

/**
 * Completes the document that was made from the routes with what their schemas cannot say, since they also validate: what words mean, headers
 * that are checked by hand, bodies that may be left out. Leaves what it is given as it is.
 */
export function completeDocument(made: ApiDocument): ApiDocument {
  const paths = Object.entries(made.paths).map(([path, operations]) => [path, eachOf(operations, completeOperation)])
  return { ...made, paths: Object.fromEntries(paths) }
}

function eachOf<T, U>(of: Readonly<Record<string, T>>, change: (value: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, change(value, key)]))
}

function completeOperation(operation: Operation): Operation {
  const { parameters, requestBody } = operation
  const isWrite = parameters?.some(({ name }) => name === KEY) ?? false
  const isKept = '304' in operation.responses
  return {
    ...operation,
    ...(parameters === undefined ? {} : { parameters: parameters.map(completeParameter) }),
    ...(requestBody === undefined ? {} : { requestBody: completeBody(requestBody, exampleOf(operation.operationId)) }),
    responses: eachOf(operation.responses, (answer, status) =>
      withLinks(
        completeAnswer(answer, Number(status), { isWrite, isKept, tags: operation.tags }),
        Number(status) < 300 ? linksOf(operation.operationId) : undefined,
      ),
    ),
  }
}

const KEY = 'idempotency-key'

const withLinks = (answer: Answer, links: Answer['links']): Answer =>
  links === undefined ? answer : { ...answer, links }

/** What stands in an example for what was found out before. */
const SOME_ID = '0199f3c2-6f0e-7c1a-9d55-3b8e0c6a41d7'

/** The body that the documentation shows, as it can be sent. */
function exampleOf(operation: string): { readonly example?: unknown } {
  const body = examples[operation]?.body
  if (body === undefined) return {}
  return { example: JSON.parse(JSON.stringify(body).replaceAll(/\$[A-Z]+/g, SOME_ID)) as unknown }
}

/** Headers as people write them, required where a route insists on them by hand. */
function completeParameter(parameter: Parameter): Parameter {
  const { name, description } = parameter
  const outer = parameter.in === 'path' ? 'path' : parameter.in
  const said = meaningOf(outer, name, description)
  return {
    ...parameter,
    name: parameter.in === 'header' ? name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase()) : name,
    required: parameter.in === 'path' || name === KEY || (parameter.required ?? false),
    ...(said === undefined ? {} : { description: said }),
    schema: {
      ...withoutZeroBytes(completeSchema(parameter.schema, outer)),
      ...(parameter.in === 'header' ? checkedHeaders[name] : {}),
    },
  }
}

/** A body that may also be null may be left out. */
function completeBody(
  body: NonNullable<Operation['requestBody']>,
  example: { readonly example?: unknown },
): Operation['requestBody'] {
  const schemas = Object.values(body.content ?? {}).map(({ schema }) => schema)
  const optional = schemas.some((schema) => schema.anyOf?.some(isNull))
  return {
    required: !optional,
    content: eachOf(
      contentOf(body, 'body', (schema) => withoutZeroBytes(schema.anyOf?.find((one) => !isNull(one)) ?? schema)),
      (media) => ({ ...media, ...example }),
    ),
  }
}

const isNull = (schema: Schema) => schema.type === 'null'

function contentOf(
  of: Content,
  outer: string,
  pick: (schema: Schema) => Schema = (schema) => schema,
): Content['content'] & object {
  return eachOf(of.content ?? {}, (media) => ({ ...media, schema: completeSchema(pick(media.schema), outer) }))
}

const positionHeader = { description: 'Where in the one order it was decided or read.', schema: { type: 'string' } }
const indexHeader = { description: 'Its place among the commands of that transaction.', schema: { type: 'string' } }
const replayedHeader = {
  description: '`true`: the answer of an earlier request under this key.',
  schema: { type: 'string', enum: ['true'] },
}
const tagHeader = {
  description: 'For `If-None-Match`, which answers 304 while it is the same.',
  schema: { type: 'string' },
}
const retryHeader = { description: 'Seconds to wait before the next try.', schema: { type: 'string' } }

const undecided = new Set([400, 401, 413, 415, 503])

function completeAnswer(
  answer: Answer,
  status: number,
  { isWrite, isKept, tags }: { readonly isWrite: boolean; readonly isKept: boolean; readonly tags: readonly string[] },
): Answer {
  const placed = !tags.includes('operations') && !tags.includes('feed')
  // Before anything is looked at there is no position to name.
  const decided = isWrite && !undecided.has(status)
  const headers = {
    ...(placed && !undecided.has(status) ? { 'Cellarhand-Position': positionHeader } : {}),
    ...(isKept && status < 400 ? { ETag: tagHeader } : {}),
    ...(decided ? { 'Cellarhand-Index': indexHeader } : {}),
    ...(decided && status < 300 ? { 'Idempotency-Replayed': replayedHeader } : {}),
    ...(status === 503 || status === 429 ? { 'Retry-After': retryHeader } : {}),
  }
  const { content, ...rest } = answer
  return {
    ...rest,
    // Nothing comes with a 204, not even a type.
    ...(content === undefined || status === 204 ? {} : { content: contentOf(answer, 'answer') }),
    ...(Object.keys(headers).length === 0 ? {} : { headers: { ...headers, ...answer.headers } }),
  }
}

/** A schema with its words explained, and a choice among texts as one enumeration. */
export function completeSchema(schema: Schema, outer: string): Schema {
  const values = schema.anyOf?.map(({ const: only, enum: some, type }) =>
    type === 'string' ? (some ?? [only]) : undefined,
  )
  if (values?.every((value) => value !== undefined && value[0] !== undefined)) {
    const rest = Object.entries(schema).filter(([word]) => word !== 'anyOf')
    return { ...Object.fromEntries(rest), type: 'string', enum: values.flatMap((value) => value ?? []) }
  }
  const { properties, items, anyOf } = schema
  return {
    ...schema,
    ...(properties === undefined
      ? {}
      : { properties: eachOf(properties, (member, name) => completeMember(member, name, outer)) }),
    ...(items === undefined ? {} : { items: completeSchema(items, outer) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map((one) => completeSchema(one, outer)) }),
  }
}

function completeMember(member: Schema, name: string, outer: string): Schema {
  const description = meaningOf(outer, name, member.description)
  return { ...completeSchema(member, name), ...(description === undefined ? {} : { description }) }
}
