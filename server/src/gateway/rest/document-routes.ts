import type { FastifyInstance } from 'fastify'
import { Type, type Static, type TSchema } from 'typebox'
import { readDocument, readDocuments, type DocumentKind } from '../../stock/stock.ts'
import { described } from './openapi.ts'
import { shownCustomers } from './caller.ts'
import { oneRoute } from './one-route.ts'
import { badCursor, limitOf, listOf, pageQuery, reached, sendPage } from './read.ts'
import type { Services } from '../services.ts'

/** How one kind of document is read. */
export interface DocumentReads {
  readonly kind: DocumentKind
  /** What a person calls it, where that is not its kind. */
  readonly noun?: string
  /** The path of its list; one of it is beneath, by its id. */
  readonly path: string
  readonly tag?: string
  readonly schema: TSchema
  readonly states: TSchema
  /** What else its list may be narrowed by. */
  readonly filters?: Readonly<Partial<Record<'externalRef' | 'customer', TSchema>>>
  readonly one: { readonly id: string; readonly summary: string }
  readonly all: { readonly id: string; readonly summary: string }
  readonly description: string
}

type ListQuery = { readonly [Name in 'cursor' | 'limit' | 'state' | 'externalRef' | 'customer']?: string }

/** Makes the routes that read one document of a kind, and the list of them. */
export function readDocumentRoutes(app: FastifyInstance, services: Services, reads: DocumentReads): void {
  const { kind, noun = kind, path, tag = 'stock', schema, description } = reads
  oneRoute(app, services, {
    ...reads.one,
    path: `${path}/:id`,
    tag,
    description,
    noun,
    schema,
    read: (pool, id) => readDocument(pool, kind, id),
  })
  listRoute(app, services, reads)
}

function listRoute(app: FastifyInstance, services: Services, reads: DocumentReads): void {
  const { kind, path, tag = 'stock', schema, description } = reads
  const narrowed = { ...pageQuery, state: Type.Optional(reads.states), ...reads.filters }
  const Query = Type.Object(narrowed, { additionalProperties: false })
  app.get<{ Querystring: Static<typeof Query> }>(
    path,
    {
      schema: described(tag, reads.all.summary, {
        id: reads.all.id,
        description: `${description} Newest first.`,
        query: Query,
        answers: { 200: listOf(Type.Omit(schema as ReturnType<typeof Type.Object>, ['position'])) },
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const { cursor, limit, state, externalRef: reference, customer } = request.query as ListQuery
      const whose = shownCustomers(request, customer)
      if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) return badCursor(reply)
      const page = await readDocuments(services.pool, kind, {
        state,
        reference,
        customers: whose,
        limit: limitOf(limit),
        before: cursor === undefined ? undefined : Number(cursor),
      })
      return sendPage(services, reply, page)
    },
  )
}
