import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import { BinId, Lot, LotId, Parcel } from '@cellarhand/protocol/lot'
import { LocationId, Sku } from '@cellarhand/protocol/primitives'
import { StockEffect } from '@cellarhand/protocol/stock'
import { readLots, readParcels } from '../../stock/stock.ts'
import { described } from './openapi.ts'
import { badCursor, limitOf, listOf, pageQuery, reached, sendPage } from './read.ts'
import type { Services } from '../services.ts'
import { writeRoute } from './write-route.ts'

/** Which bottles are meant: lots, and where they lie. */
export function registerLotRoutes(app: FastifyInstance, services: Services): void {
  writeRoute(app, services, {
    path: '/v1/moves',
    id: 'moveBottles',
    summary: 'Move bottles from bin to bin',
    description: 'Within a location: no level changes. No more than lie there.',
    answers: { 201: StockEffect },
    refusals: ['unprocessable', 'not-in-bin', 'unknown-sku', 'unknown-location'],
  })
  writeRoute(app, services, {
    path: '/v1/lots',
    id: 'openLot',
    summary: 'Say of bottles that are there which lot they are',
    description:
      'For what stood in the cellar before its lots were kept: bottles of no lot become one. New deliveries open theirs by a receipt.',
    answers: { 201: StockEffect },
    refusals: ['not-in-bin', 'unknown-sku', 'unknown-location'],
  })
  registerLots(app, services)
  registerParcels(app, services)
}

const LotQuery = Type.Object({ ...pageQuery, sku: Type.Optional(Sku) }, { additionalProperties: false })

function registerLots(app: FastifyInstance, services: Services): void {
  app.get<{ Querystring: Static<typeof LotQuery> }>(
    '/v1/lots',
    {
      schema: described('stock', 'Lots', {
        id: 'listLots',
        description:
          'Bottles that came together, with what is known of them and how many are left, in the order of SKU and id.',
        query: LotQuery,
        answers: { 200: listOf(Lot) },
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const { cursor, limit, sku } = request.query
      const match = cursor === undefined ? undefined : /^([\w.-]{1,64})@([\w.-]{1,64})$/.exec(cursor)
      if (match === null) return badCursor(reply)
      const [, afterSku = '', afterLot = ''] = match ?? []
      const page = await readLots(services.pool, {
        sku,
        limit: limitOf(limit),
        after: { sku: afterSku, lot: afterLot },
      })
      return sendPage(services, reply, page)
    },
  )
}

const ParcelQuery = Type.Object(
  {
    ...pageQuery,
    sku: Type.Optional(Sku),
    location: Type.Optional(LocationId),
    lot: Type.Optional(LotId),
    bin: Type.Optional({ ...BinId, description: 'only this bin, or all of this zone' }),
  },
  { additionalProperties: false },
)

function registerParcels(app: FastifyInstance, services: Services): void {
  app.get<{ Querystring: Static<typeof ParcelQuery> }>(
    '/v1/parcels',
    {
      schema: described('stock', 'Where bottles lie, and of which lot they are', {
        id: 'listParcels',
        description:
          'In the order of SKU, location, lot and bin. What a level has beyond its parcels is of no lot and in no bin.',
        query: ParcelQuery,
        answers: { 200: listOf(Parcel) },
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const { cursor, limit, sku, location, lot, bin } = request.query
      const match =
        cursor === undefined ? undefined : /^([\w.-]{1,64})@([\w-]{1,32})@([\w.-]{0,64})@([\w./-]{0,64})$/.exec(cursor)
      if (match === null) return badCursor(reply)
      const [, afterSku = '', afterLocation = '', afterLot = '', afterBin = ''] = match ?? []
      const page = await readParcels(services.pool, {
        sku,
        location,
        lot,
        bin,
        limit: limitOf(limit),
        after: [afterSku, afterLocation, afterLot, afterBin],
      })
      return sendPage(services, reply, page)
    },
  )
}
