import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import { Sku } from '@cellarhand/protocol/primitives'
import { PastLevel } from '@cellarhand/protocol/report'
import { Level, Movement, Shortfall } from '@cellarhand/protocol/stock'
import { readMovements, readShortfalls } from '../../stock/stock.ts'
import { levelCursor } from '../reading.ts'
import { described } from './openapi.ts'
import { sendProblem } from './problems.ts'
import { isOfThePast, sendPastStock, StockQuery } from './past-stock.ts'
import { badCursor, entryCursor, limitOf, listOf, pageQuery, readHeaders, reached, sendPage } from './read.ts'
import type { Services } from '../services.ts'

const PageQuery = Type.Object(pageQuery, { additionalProperties: false })
const ShortfallQuery = Type.Object(
  { ...pageQuery, open: Type.Optional(Type.Union([Type.Literal('true'), Type.Literal('false')])) },
  { additionalProperties: false },
)
const SkuParam = Type.Object({ sku: Sku })

/** Levels, a SKU's journal, shortfalls. */
export function registerReadRoutes(app: FastifyInstance, services: Services): void {
  registerStock(app, services)
  registerMovements(app, services)
  registerShortfalls(app, services)
}

function registerStock(app: FastifyInstance, services: Services): void {
  app.get<{ Querystring: StockQuery }>(
    '/v1/stock',
    {
      schema: described('stock', 'Levels', {
        id: 'listLevels',
        description:
          'Of one SKU, of one location, or all. Where both are named the answer carries the level’s version as `ETag`, for `If-Match`. With `at` or `position` of that moment: without versions, and with `basis=occurred` on hand alone.',
        query: StockQuery,
        answers: { 200: listOf(Type.Union([Level, PastLevel])) },
        refusals: ['not-yet', 'position-unknown'],
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      if (isOfThePast(request.query)) return sendPastStock(services, request, reply)
      const { sku, location, cursor, limit } = request.query
      const after = cursor === undefined ? undefined : levelCursor(cursor)
      if (after === null) return badCursor(reply)
      const page = services.replica.levels({ sku, location, after, limit: limitOf(limit) })
      const position = readHeaders(services, reply)
      const [only] = page.items
      if (sku !== undefined && location !== undefined && only) reply.header('etag', `"${only.version}"`)
      const next = page.next && `${page.next.sku}@${page.next.location}`
      return reply.send({ items: page.items, ...(next ? { next } : {}), position })
    },
  )
}

function registerMovements(app: FastifyInstance, services: Services): void {
  app.get<{ Params: Static<typeof SkuParam>; Querystring: Static<typeof PageQuery> }>(
    '/v1/skus/:sku/movements',
    {
      schema: described('stock', 'The journal of a SKU', {
        id: 'listMovements',
        description: 'Its movements from account to account, newest first.',
        params: SkuParam,
        query: PageQuery,
        answers: { 200: listOf(Movement) },
        refusals: ['not-found'],
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const { sku } = request.params
      const { cursor, limit } = request.query
      const before = cursor === undefined ? undefined : entryCursor(cursor)
      if (before === null) return badCursor(reply)
      if (!services.replica.hasSku(sku) && !(await services.catalogue.knownSkus([sku])).has(sku)) {
        readHeaders(services, reply)
        return sendProblem(reply, 'not-found', `There is no SKU ${sku}.`)
      }
      const page = await readMovements(services.pool, sku, services.replica.epoch(), {
        limit: limitOf(limit),
        ...(before === undefined ? {} : { before }),
      })
      return sendPage(services, reply, page)
    },
  )
}

function registerShortfalls(app: FastifyInstance, services: Services): void {
  app.get<{ Querystring: Static<typeof ShortfallQuery> }>(
    '/v1/shortfalls',
    {
      schema: described('stock', 'Bottles promised that are not there', {
        id: 'listShortfalls',
        description:
          'One for each change of a level’s `short`, newest first. `open=true`: only of levels that are short still.',
        query: ShortfallQuery,
        answers: { 200: listOf(Shortfall) },
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const { cursor, open, limit } = request.query
      const match = cursor === undefined ? undefined : /^(\d{1,16})\.([^@]{1,64})@([^@]{1,32})$/.exec(cursor)
      if (match === null) return badCursor(reply)
      const [, entry, sku, location] = match ?? []
      const page = await readShortfalls(services.pool, {
        limit: limitOf(limit),
        open: open === 'true',
        ...(entry && sku && location ? { before: { entry: Number(entry), sku, location } } : {}),
      })
      return sendPage(services, reply, page)
    },
  )
}
