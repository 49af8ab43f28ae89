import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import { Allotment, AllotmentId, Note } from '@cellarhand/protocol/aside'
import { LocationId, Sku } from '@cellarhand/protocol/primitives'
import { StockEffect } from '@cellarhand/protocol/stock'
import { readAllotments, readNotes } from '../../stock/stock.ts'
import { described } from './openapi.ts'
import { badCursor, entryCursor, limitOf, listOf, pageQuery, reached, sendPage } from './read.ts'
import type { Services } from '../services.ts'
import { writeRoute } from './write-route.ts'

/** Bottles that are there and not for everybody: in quarantine, or set aside in allotments. */
export function registerAsideRoutes(app: FastifyInstance, services: Services): void {
  registerQuarantine(app, services)
  registerAllotments(app, services)
  registerNotes(app, services)
  registerAllotmentList(app, services)
}

function registerQuarantine(app: FastifyInstance, services: Services): void {
  writeRoute(app, services, {
    path: '/v1/quarantine',
    id: 'quarantineBottles',
    summary: 'Put bottles in quarantine',
    description:
      'A fact, as a sale: bottles that leak, are damaged or disputed are not sold, whoever had a claim on them. What is not available is taken from the newest holds, then from `short`. They stay on hand.',
    answers: { 201: StockEffect },
    refusals: ['unknown-sku', 'is-a-bundle', 'unknown-location', 'quantity-overflow'],
  })
  writeRoute(app, services, {
    path: '/v1/reinstatements',
    id: 'reinstateBottles',
    summary: 'Take bottles out of quarantine',
    description:
      'They can be sold again, after what is short is filled. A request: no more than stand there. What cannot be sold is written off with `from: quarantined`.',
    answers: { 201: StockEffect },
    refusals: ['not-quarantined', 'unknown-sku', 'is-a-bundle', 'unknown-location'],
  })
}

function registerAllotments(app: FastifyInstance, services: Services): void {
  writeRoute(app, services, {
    path: '/v1/allocations',
    id: 'allocateBottles',
    summary: 'Set bottles aside for an allotment',
    description:
      'From available to `allocated`, for a marketplace, a club, a campaign. A hold line with `allotment` draws on it, and a sale with `allotment` takes of it. A shop that sells before it asks is only ever told of its allotment.',
    answers: { 201: StockEffect },
    refusals: ['insufficient-stock', 'unknown-sku', 'is-a-bundle', 'unknown-location'],
  })
  writeRoute(app, services, {
    path: '/v1/deallocations',
    id: 'deallocateBottles',
    summary: 'Give bottles of an allotment back',
    description: 'They are available again, after what is short is filled. No more than are left in it.',
    answers: { 201: StockEffect },
    refusals: ['insufficient-allotment', 'unknown-sku', 'is-a-bundle', 'unknown-location'],
  })
}

const ofLevel = { ...pageQuery, sku: Type.Optional(Sku), location: Type.Optional(LocationId) }
const NoteQuery = Type.Object(ofLevel, { additionalProperties: false })
const AllotmentQuery = Type.Object(
  { ...ofLevel, allotment: Type.Optional(AllotmentId) },
  { additionalProperties: false },
)

function registerNotes(app: FastifyInstance, services: Services): void {
  app.get<{ Querystring: Static<typeof NoteQuery> }>(
    '/v1/notes',
    {
      schema: described('stock', 'What was seen of bottles', {
        id: 'listNotes',
        description: 'Conditions and photos of bottles that were put in quarantine or taken out of it, newest first.',
        query: NoteQuery,
        answers: { 200: listOf(Note) },
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const { cursor, limit, sku, location } = request.query
      const before = cursor === undefined ? undefined : entryCursor(cursor)
      if (before === null) return badCursor(reply)
      const page = await readNotes(services.pool, {
        sku,
        location,
        limit: limitOf(limit),
        ...(before === undefined ? {} : { before }),
      })
      return sendPage(services, reply, page)
    },
  )
}

function registerAllotmentList(app: FastifyInstance, services: Services): void {
  app.get<{ Querystring: Static<typeof AllotmentQuery> }>(
    '/v1/allotments',
    {
      schema: described('stock', 'Allotments', {
        id: 'listAllotments',
        description:
          'What is left in each, in the order of SKU, location and allotment. Those that are empty are not shown.',
        query: AllotmentQuery,
        answers: { 200: listOf(Allotment) },
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const { cursor, limit, sku, location, allotment } = request.query
      const match = cursor === undefined ? undefined : /^([\w.-]{1,64})@([\w-]{1,32})\/([\w-]{1,32})$/.exec(cursor)
      if (match === null) return badCursor(reply)
      const [, afterSku = '', afterLocation = '', afterAllotment = ''] = match ?? []
      const page = await readAllotments(services.pool, {
        sku,
        location,
        allotment,
        limit: limitOf(limit),
        after: { sku: afterSku, location: afterLocation, allotment: afterAllotment },
      })
      return sendPage(services, reply, page)
    },
  )
}
