import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import { OpenBottle, OpenBottleListed, OpenBottleRecord, OpenBottleState } from '@cellarhand/protocol/open-bottle'
import { LocationId } from '@cellarhand/protocol/primitives'
import { readOpenBottle, readOpenBottles } from '../../stock/stock.ts'
import { described } from './openapi.ts'
import { oneRoute } from './one-route.ts'
import { badCursor, limitOf, listOf, pageQuery, reached, sendPage } from './read.ts'
import type { Services } from '../services.ts'
import { writeRoute } from './write-route.ts'

/** Bottles that are open: from the first glass to the last, or to the sink. */
export function registerOpenBottleRoutes(app: FastifyInstance, services: Services): void {
  registerOpening(app, services)
  registerPouring(app, services)
  oneRoute(app, services, {
    path: '/v1/open-bottles/:id',
    tag: 'stock',
    id: 'getOpenBottle',
    summary: 'An open bottle as it is now',
    description: 'What was poured of it, what is left and what was thrown away, with its newest pours.',
    noun: 'open bottle',
    schema: OpenBottleRecord,
    read: readOpenBottle,
  })
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
      const page = await readOpenBottles(services.pool, {
        location,
        state,
        due: due === 'true',
        limit: limitOf(limit),
        before: cursor === undefined ? undefined : Number(cursor),
      })
      return sendPage(services, reply, page)
    },
  )
}
