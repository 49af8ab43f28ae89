import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { ESCAPED_ZERO_BYTE, ZERO_BYTE } from '../rest/transport.ts'

/** An id of a registered operation: a hash, or whatever its manifest calls it. */
export const OPERATION_ID = /^[A-Za-z0-9_.:-]{1,128}$/
const NAME_CHARS_MAX = 256

const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })
const members = {
  query: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  id: Type.Optional(Type.Union([Type.String({ pattern: OPERATION_ID.source }), Type.Null()])),
  operationName: Type.Optional(Type.Union([Type.String({ maxLength: NAME_CHARS_MAX }), Type.Null()])),
  variables: Type.Optional(Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()])),
  extensions: Type.Optional(
    Type.Union([
      Type.Object(
        {
          persistedQuery: Type.Optional(
            Type.Object({ version: Type.Literal(1), sha256Hash: Sha256 }, { additionalProperties: false }),
          ),
        },
        { additionalProperties: false },
      ),
      Type.Null(),
    ]),
  ),
}
const Body = Type.Object(members, { additionalProperties: false })
const isBody = Compile(Body)

/** What is asked for, over whatever transport. */
export interface Asked {
  readonly query: string | undefined
  /** Of a registered operation. */
  readonly id: string | undefined
  /** The hash of an operation that its client wants to be remembered. */
  readonly hash: string | undefined
  readonly operationName: string | undefined
  readonly variables: Readonly<Record<string, unknown>>
}

/** What a body asks for; or what is wrong with it. */
export function askedBy(body: unknown): Asked | string {
  if (Array.isArray(body)) return 'One request asks for one operation: send them one by one, over one connection.'
  if (!isBody.Check(body)) return wrongWith(body)
  const { query, id, operationName, variables, extensions } = body
  return {
    query: query || undefined,
    id: id ?? undefined,
    hash: extensions?.persistedQuery?.sha256Hash,
    operationName: operationName ?? undefined,
    variables: variables ?? {},
  }
}

function wrongWith(body: unknown): string {
  if (typeof body !== 'object' || body === null) return 'Send an object with a query, or with the id of an operation.'
  const unknown = Object.keys(body).find((name) => !Object.hasOwn(members, name))
  if (unknown !== undefined) return `body may not have the member "${unknown.slice(0, 60)}".`
  const [first] = isBody.Errors(body)
  return `body${first?.instancePath ?? ''} ${first?.message ?? 'is not valid'}.`
}

/** What the query of an address asks for; `variables` and `extensions` are JSON in it. */
export function askedByAddress(
  query: Readonly<Record<string, unknown>>,
  parse: (text: string) => unknown,
): Asked | string {
  const body: Record<string, unknown> = { ...query }
  for (const name of ['variables', 'extensions']) {
    const text = body[name]
    if (text === undefined) continue
    if (typeof text !== 'string') return `${name} may come once.`
    if (ESCAPED_ZERO_BYTE.test(text)) return ZERO_BYTE
    try {
      body[name] = parse(text)
    } catch {
      return `${name} is no JSON that is taken.`
    }
  }
  return askedBy(body)
}
