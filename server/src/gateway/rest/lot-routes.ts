import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import { BinId, Lot, LotId, MoveRequest, OpenLotRequest, Parcel } from '@cellarhand/protocol/lot'
import { LocationId, Sku } from '@cellarhand/protocol/primitives'
import { StockEffect } from '@cellarhand/protocol/stock'
import { readLots, readParcels } from '../../stock/stock.ts'
import { described } from './openapi.ts'
import { badCursor, limitOf, listOf, pageQuery, readHeaders, reached } from './read.ts'
import type { Services } from '../services.ts'
import { sendProblem } from './problems.ts'
import { COST_ALONE, hasCostAlone } from './stock-routes.ts'
import { submit, WriteHeaders } from './write.ts'
import { postRoute } from './write-route.ts'

/** Which bottles are meant: lots, and where they lie. */
export function registerLotRoutes(app: FastifyInstance, services: Services): void {
  postRoute(app, services, {
    path: '/v1/moves',
    id: 'moveBottles',
    summary: 'Move bottles from bin to bin',
    description: 'Within a location: no level changes. No more than lie there.',
    body: MoveRequest,
    answers: { 201: StockEffect },
    refusals: ['not-in-bin', 'unknown-sku', 'unknown-location'],
    commandOf: ({ location, reference, lines }) => ({
      kind: 'move',
      location,
      ...(reference === undefined ? {} : { reference }),
      lines,
    }),
  })
  registerOpenLot(app, services)
  registerLots(app, services)
  registerParcels(app, services)
}

function registerOpenLot(app: FastifyInstance, services: Services): void {
  app.post<{ Body: Static<typeof OpenLotRequest> }>(
    '/v1/lots',
    {
      schema: described('stock', 'Say of bottles that are there which lot they are', {
        id: 'openLot',
        description:
          'For what stood in the cellar before its lots were kept: bottles of no lot become one. New deliveries open theirs by a receipt.',
        headers: WriteHeaders,
        body: OpenLotRequest,
        answers: { 201: StockEffect },
        refusals: ['unprocessable', 'not-in-bin', 'unknown-sku', 'unknown-location'],
      }),
    },
    async (request, reply) => {
      const { sku, location, quantity, bin, lot, reference } = request.body
      if (hasCostAlone(lot)) return sendProblem(reply, 'unprocessable', COST_ALONE)
      return submit(services, request, reply, {
        kind: 'openLot',
        sku,
        location,
        quantity,
        lot,
        ...(bin === undefined ? {} : { bin }),
        ...(reference === undefined ? {} : { reference }),
      })
    },
  )
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
      const { value, position } = await readLots(services.pool, {
        sku,
        limit: limitOf(limit),
        after: { sku: afterSku, lot: afterLot },
      })
      const at = readHeaders(services, reply, position)
      return reply.send({ items: value.items, ...(value.next === undefined ? {} : { next: value.next }), position: at })
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
      const { value, position } = await readParcels(services.pool, {
        sku,
        location,
        lot,
        bin,
        limit: limitOf(limit),
        after: [afterSku, afterLocation, afterLot, afterBin],
      })
      const at = readHeaders(services, reply, position)
      return reply.send({ items: value.items, ...(value.next === undefined ? {} : { next: value.next }), position: at })
    },
  )
}
