import type { FastifyInstance } from 'fastify'
import { Type, type Static, type TSchema } from 'typebox'
import { Uuid } from '@cellarhand/protocol/primitives'
import { readDocument, readDocuments, type DocumentKind } from '../../stock/stock.ts'
import { described } from './openapi.ts'
import { sendProblem } from './problems.ts'
import { isShown, shownCustomers } from './caller.ts'
import { badCursor, limitOf, listOf, pageQuery, ReadQuery, readHeaders, reached } from './read.ts'
import type { Services } from '../services.ts'

export const DocumentId = Type.Object({ id: Uuid })

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
  app.get<{ Params: Static<typeof DocumentId>; Querystring: Static<typeof ReadQuery> }>(
    `${path}/:id`,
    {
      schema: described(tag, reads.one.summary, {
        id: reads.one.id,
        description,
        params: DocumentId,
        query: ReadQuery,
        answers: { 200: schema },
        refusals: ['not-found'],
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const { value, position } = await readDocument(services.pool, kind, request.params.id)
      const at = readHeaders(services, reply, position)
      if (!value || !isShown(request, value))
        return sendProblem(reply, 'not-found', `There is no ${noun} ${request.params.id}.`)
      return reply.send({ ...value, position: at })
    },
  )
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
      const { value, position } = await readDocuments(services.pool, kind, {
        state,
        reference,
        customers: whose,
        limit: limitOf(limit),
        before: cursor === undefined ? undefined : Number(cursor),
      })
      const at = readHeaders(services, reply, position)
      return reply.send({ items: value.items, ...(value.next === undefined ? {} : { next: value.next }), position: at })
    },
  )
}
