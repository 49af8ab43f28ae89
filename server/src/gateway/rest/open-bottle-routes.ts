import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import { OpenBottle, OpenBottleListed, OpenBottleRecord, OpenBottleState } from '@cellarhand/protocol/open-bottle'
import { LocationId } from '@cellarhand/protocol/primitives'
import { readOpenBottle, readOpenBottles } from '../../stock/stock.ts'
import { DocumentId } from './document-routes.ts'
import { described } from './openapi.ts'
import { sendProblem } from './problems.ts'
import { badCursor, limitOf, listOf, pageQuery, ReadQuery, readHeaders, reached } from './read.ts'
import type { Services } from '../services.ts'
import { writeRoute } from './write-route.ts'

/** Bottles that are open: from the first glass to the last, or to the sink. */
export function registerOpenBottleRoutes(app: FastifyInstance, services: Services): void {
  registerOpening(app, services)
  registerPouring(app, services)
  registerOne(app, services)
  registerList(app, services)
}

function registerOpening(app: FastifyInstance, services: Services): void {
  writeRoute(app, services, {
    path: '/v1/open-bottles',
    id: 'openBottle',
    summary: 'Open a bottle',
    description:
      'A fact, as a sale: one bottle leaves the stock, and is kept in millilitres from now on. It is not on hand any more: a count does not count it. An `occurredAt` in the future is set to now, and the answer says `clamped: true`.',
    answers: { 201: OpenBottle },
    refusals: ['not-a-bottle', 'unknown-sku', 'unknown-location', 'quantity-overflow'],
  })
}

function registerPouring(app: FastifyInstance, services: Services): void {
  writeRoute(app, services, {
    path: '/v1/open-bottles/:id/pour',
    id: 'pour',
    summary: 'Pour from an open bottle',
    description:
      'A fact, whatever the books say is left: what was beyond it is answered as `over`. At nothing left the bottle is `empty`. A pour that is heard of after the bottle was discarded was not thrown away.',
    sent: 'maybe',
    answers: { 200: OpenBottle },
    refusals: ['not-found', 'serving-unknown'],
  })
  writeRoute(app, services, {
    path: '/v1/open-bottles/:id/discard',
    id: 'discardBottle',
    summary: 'Discard an open bottle',
    description: 'What is left of it is thrown away, and recorded as `discardedMl`.',
    answers: { 200: OpenBottle },
    refusals: ['not-found', 'bottle-finished'],
  })
}

function registerOne(app: FastifyInstance, services: Services): void {
  app.get<{ Params: Static<typeof DocumentId>; Querystring: Static<typeof ReadQuery> }>(
    '/v1/open-bottles/:id',
    {
      schema: described('stock', 'An open bottle as it is now', {
        id: 'getOpenBottle',
        description: 'What was poured of it, what is left and what was thrown away, with its newest pours.',
        params: DocumentId,
        query: ReadQuery,
        answers: { 200: OpenBottleRecord },
        refusals: ['not-found'],
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const { value, position } = await readOpenBottle(services.pool, request.params.id)
      const at = readHeaders(services, reply, position)
      if (!value) return sendProblem(reply, 'not-found', `There is no open bottle ${request.params.id}.`)
      return reply.send({ ...value, position: at })
    },
  )
}

const ListQuery = Type.Object(
  {
    ...pageQuery,
    location: Type.Optional(LocationId),
    state: Type.Optional(OpenBottleState),
    due: Type.Optional(Type.Union([Type.Literal('true'), Type.Literal('false')])),
  },
  { additionalProperties: false },
)

function registerList(app: FastifyInstance, services: Services): void {
  app.get<{ Querystring: Static<typeof ListQuery> }>(
    '/v1/open-bottles',
    {
      schema: described('stock', 'Open bottles', {
        id: 'listOpenBottles',
        description: 'Those that are open, empty or discarded, newest first.',
        query: ListQuery,
        answers: { 200: listOf(OpenBottleListed) },
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const { cursor, limit, location, state, due } = request.query
      if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) return badCursor(reply)
      const { value, position } = await readOpenBottles(services.pool, {
        location,
        state,
        due: due === 'true',
        limit: limitOf(limit),
        before: cursor === undefined ? undefined : Number(cursor),
      })
      const at = readHeaders(services, reply, position)
      return reply.send({ items: value.items, ...(value.next === undefined ? {} : { next: value.next }), position: at })
    },
  )
}
