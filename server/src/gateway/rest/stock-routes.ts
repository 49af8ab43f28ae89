import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { AdjustmentRequest, PriceEffect, StockEffect } from '@cellarhand/protocol/stock'
import { described } from './openapi.ts'
import { sendProblem } from './problems.ts'
import type { Services } from '../services.ts'
import { submitAsked, WriteHeaders } from './write.ts'
import { writeRoute } from './write-route.ts'

/** What moves stock beside holds: receipts, sales, counts, write-offs, adjustments, prices. */
export function registerStockRoutes(app: FastifyInstance, services: Services): void {
  post(app, services, 'receipts', 'Receive a delivery')
  post(app, services, 'sales', 'Record a sale at a till')
  post(app, services, 'counts', 'Record a count')
  post(app, services, 'write-offs', 'Record a loss')
  registerAdjustments(app, services)
  writeRoute(app, services, {
    path: '/v1/prices',
    id: 'setPrices',
    summary: 'Set prices',
    description:
      'All lines or none, each in its channel’s currency. Ordered with holds: a hold is made at the price that stands at its position.',
    answers: { 201: PriceEffect },
    refusals: ['unknown-sku', 'unknown-channel', 'currency-mismatch'],
  })
}

const factText = {
  receipts: 'Bottles that came fill what is short before anything is available again.',
  sales:
    'A fact, never refused for want of stock: what is not available is taken from the newest holds, which are revoked, then from `short`. A bundle takes its components. With `allotment` it takes of that first: who sells before asking is told of an allotment only. With `orderRef` it hands over what of that order is outstanding at this location, and takes nothing else for it; an order that nobody knows makes it an ordinary sale, which says `orderUnknown: true`.',
  counts:
    'A fact: what was counted, absolute, at its time. On hand is the latest count plus what happened after it. A count older than what is known answers `rebased: true`.',
  'write-offs': 'A fact, as a sale: breakage, corked, spoilage, spillage, tasting, sample or theft.',
} as const

const factIds = {
  receipts: 'recordReceipt',
  sales: 'recordSale',
  counts: 'recordCount',
  'write-offs': 'recordWriteOff',
} as const

function post(app: FastifyInstance, services: Services, path: keyof typeof factText, summary: string): void {
  writeRoute(app, services, {
    path: `/v1/${path}`,
    id: factIds[path],
    summary,
    description: `${factText[path]} An \`occurredAt\` in the future is set to now, and the answer says \`clamped: true\`.`,
    answers: { 201: StockEffect },
    refusals: ['unprocessable', 'unknown-sku', 'unknown-location', 'is-a-bundle', 'quantity-overflow'],
  })
}

const AdjustmentHeaders = Type.Object({
  ...WriteHeaders.properties,
  'if-match': Type.Optional(
    Type.String({ description: 'The level’s version in quotes, as its `ETag` gave it, such as `"12"`.' }),
  ),
})

function registerAdjustments(app: FastifyInstance, services: Services): void {
  app.post<{ Body: Static<typeof AdjustmentRequest> }>(
    '/v1/adjustments',
    {
      schema: described('stock', 'Correct a level by a difference', {
        id: 'adjustLevel',
        description:
          'A request: it takes only what is available. With `If-Match: "version"` only if the level is still at that version.',
        headers: AdjustmentHeaders,
        body: AdjustmentRequest,
        answers: { 201: StockEffect },
        refusals: [
          'below-zero',
          'version-stale',
          'unknown-sku',
          'unknown-location',
          'is-a-bundle',
          'quantity-overflow',
        ],
      }),
    },
    async (request, reply) => {
      const version = versionOf(request)
      if (version === 'malformed') {
        return sendProblem(reply, 'invalid-request', 'If-Match is the version of the level in quotes, such as "12".')
      }
      return submitAsked(services, request, reply, { ...request.body, version })
    },
  )
}

/** `If-Match: "12"`; absent or `*` matches whatever there is. */
function versionOf(request: FastifyRequest): number | undefined | 'malformed' {
  const header = request.headers['if-match']
  if (header === undefined || header === '*') return undefined
  const match = /^(?:(\d{1,15})|"(\d{1,15})")$/.exec(header)
  return match ? Number(match[1] ?? match[2]) : 'malformed'
}
