import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifySchema } from 'fastify'
import { Type, type TSchema } from 'typebox'
import { brand } from '@cellarhand/protocol/brand'
import { PROBLEM_BASE, problems, type ProblemSlug } from '@cellarhand/protocol/problem'
import { DEPRECATION, type Deprecation } from './deprecation.ts'
import { sendDocument } from './validated.ts'
import { cookieNames, grantOf, nobody } from '../../access/access.ts'
import { completeDocument, type ApiDocument, type Schema } from './document.ts'

/** What a route says of itself: for validation, and for the document of the API. */
export interface Description {
  /** The operation's name for generated clients: unique, and never changed. */
  readonly id: string
  readonly description?: string
  readonly headers?: TSchema
  readonly params?: TSchema
  readonly query?: TSchema
  readonly body?: TSchema
  /** A body that may be left out. */
  readonly optionalBody?: TSchema
  /** Media type of the answers, where it is not JSON. */
  readonly media?: string
  /** It answers CSV as well, where that is asked for. */
  readonly csv?: true
  /** It answers 304 to who has it as it is: see `validated.ts`. */
  readonly kept?: true
  readonly answers: Readonly<Record<number, TSchema>>
  readonly refusals?: readonly ProblemSlug[]
  /** It will be gone: docs/api-versions.md. */
  readonly deprecated?: Deprecation
}

const ProblemSchema = Type.Object({
  type: Type.String({
    description: `\`${PROBLEM_BASE}\` and the problem’s name: what a program tells problems apart by`,
  }),
  title: Type.String({ description: 'the same for every problem of the type' }),
  status: Type.Integer({ description: 'as the status of the answer' }),
  detail: Type.String({ description: 'what is the matter here, in a sentence for people' }),
})

/**
 * A route's schema. Answers are described and not enforced: they are JSON text already when they reach Fastify, and checking every one
 * would cost more than deciding it; the tests hold them to the document.
 */
export function described(tag: string, summary: string, of: Description): FastifySchema {
  const refusals = new Map<number, ProblemSlug[]>()
  for (const slug of new Set([...(of.refusals ?? []), ...usualRefusals(tag, of)])) {
    const { status } = problems[slug]
    refusals.set(status, [...(refusals.get(status) ?? []), slug])
  }
  const answers = Object.entries(of.answers).map(([status, schema]) => [
    status,
    Number(status) === 204
      ? { description: 'Done' }
      : {
          description: 'Done',
          content: { [of.media ?? 'application/json']: { schema }, ...(of.csv ? csvContent : {}) },
        },
  ])
  const refused = [...refusals].map(([status, slugs]) => [
    status,
    { description: slugs.map((slug) => `\`${slug}\`: ${problems[slug].title}`).join('. '), content: problemContent },
  ])
  return {
    tags: [tag],
    operationId: of.id,
    summary,
    ...(of.description === undefined ? {} : { description: of.description }),
    security: securityOf(of.id),
    ...(of.deprecated === undefined ? {} : { deprecated: true, [DEPRECATION]: of.deprecated }),
    ...(of.headers === undefined ? {} : { headers: of.headers }),
    ...(of.params === undefined ? {} : { params: of.params }),
    querystring: of.query ?? Type.Object({}, { additionalProperties: false }),
    ...(of.body === undefined ? {} : { body: of.body }),
    ...(of.optionalBody === undefined ? {} : { body: Type.Union([of.optionalBody, Type.Null()]) }),
    response: Object.fromEntries([...answers, ...(of.kept ? [unchanged] : []), ...refused]) as unknown,
  }
}

/** By what somebody shows that they may: any of these. Strangers need nothing where everybody may. */
function securityOf(operation: string): Record<string, string[]>[] {
  const shown = ['bearer', 'key', 'session', ...(grantOf(nobody.roles, operation) === undefined ? [] : ['guest'])]
  return [...(isForEverybody(operation) ? [{}] : []), ...shown.map((scheme) => ({ [scheme]: [] }))]
}

/** Whether a stranger may do it, whoever it is about. */
const isForEverybody = (operation: string): boolean => grantOf(nobody.roles, operation) === 'all'

/** Refusals that a route has because of what it is, beside its own. */
function usualRefusals(tag: string, of: Description): ProblemSlug[] {
  const whoever = isForEverybody(of.id) ? [] : (['forbidden'] as const)
  if (tag === 'operations')
    return ['invalid-request', ...(of.id === 'getMetrics' ? (['unauthenticated'] as const) : []), ...whoever]
  const has = (schema: TSchema | undefined, name: string) => name in ((schema as Schema | undefined)?.properties ?? {})
  const isWrite = has(of.headers, 'idempotency-key')
  const hasBody = of.body !== undefined || of.optionalBody !== undefined
  return [
    'invalid-request',
    'unauthenticated',
    'too-many-requests',
    ...whoever,
    ...(isWrite ? (['idempotency-key-required', 'idempotency-key-reused'] as const) : []),
    ...(has(of.query, 'cursor') ? (['unprocessable'] as const) : []),
    ...(hasBody ? (['body-too-large', 'unsupported-media-type'] as const) : []),
    ...(has(of.query, 'minPosition') ? (['position-unknown', 'position-not-reached'] as const) : []),
    ...(tag === 'feed' ? [] : (['unavailable'] as const)),
  ]
}

const unchanged = ['304', { description: 'As it is known already: `If-None-Match` had its `ETag`', type: 'null' }]
const csvContent = { 'text/csv': { schema: Type.String() } }
const problemContent = { 'application/problem+json': { schema: ProblemSchema } }

/** How operations are grouped, in the order of the document. */
const tags = [
  { name: 'holds', description: 'Claims on bottles, and what becomes of them' },
  { name: 'orders', description: 'What was sold to somebody, until it is with them or back' },
  { name: 'stock', description: 'What moves stock, and what there is' },
  { name: 'reports', description: 'What was: the journal and months, as of any past moment' },
  { name: 'catalogue', description: 'Wines, offers and channels' },
  { name: 'feed', description: 'What changes, as it changes' },
  { name: 'places', description: 'Where bottles stand, and where they are sold' },
  { name: 'access', description: 'Who asks, and who may' },
  { name: 'operations', description: 'For who runs it' },
]

/** The document of the API, made from the routes' own schemas, at `/v1/openapi.json`. */
export async function registerOpenApi(app: FastifyInstance): Promise<void> {
  // Answers are text already: Fastify is not to serialise, but must not complain of the schemas either.
  app.setSerializerCompiler(() => (data) => (typeof data === 'string' ? data : JSON.stringify(data)))
  await app.register(swagger, {
    transformObject: (made) =>
      completeDocument(('openapiObject' in made ? made.openapiObject : {}) as unknown as ApiDocument) as object,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: `${brand.title} API`,
        version: '1',
        description:
          'Exact stock of a wine business. Every write needs an `Idempotency-Key`; every answer carries `Cellarhand-Position`, where in the one order it was decided or read. Errors are problems (RFC 9457).',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'where this was read' }],
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description: 'An access token, a key, or the token of a guest session.',
          },
          key: {
            type: 'apiKey',
            in: 'header',
            name: 'X-API-Key',
            description: 'A key of a till, a scanner or a service.',
          },
          session: { type: 'apiKey', in: 'cookie', name: cookieNames.session, description: 'A browser’s session.' },
          guest: { type: 'apiKey', in: 'cookie', name: cookieNames.guest, description: 'A guest’s session.' },
        },
      },
      tags: [...tags],
    },
  })
  registerDocument(app)
}

function registerDocument(app: FastifyInstance): void {
  let text: string | undefined
  app.get('/v1/openapi.json', { schema: { hide: true } }, async (request, reply) => {
    text ??= JSON.stringify(app.swagger())
    return sendDocument(request, reply, text)
  })
}
