import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static, type TSchema } from 'typebox'
import {
  AdjustmentRequest,
  CountRequest,
  PriceEffect,
  PriceRequest,
  ReceiptRequest,
  SaleRequest,
  StockEffect,
  WriteOffRequest,
} from '@cellarhand/protocol/stock'
import type { LotDetails } from '@cellarhand/protocol/lot'
import type { ProblemSlug } from '@cellarhand/protocol/problem'
import type { Command } from '../../stock/stock.ts'
import { DEFAULT_CHANNEL } from '../commands.ts'
import { described } from './openapi.ts'
import { sendProblem } from './problems.ts'
import type { Services } from '../services.ts'
import { submit, timeOf, WriteHeaders } from './write.ts'

type Body<T extends TSchema> = Static<T>

/** What moves stock beside holds: receipts, sales, counts, write-offs, adjustments, prices. */
export function registerStockRoutes(app: FastifyInstance, services: Services): void {
  const facts = factCommands
  post(app, services, 'receipts', 'Receive a delivery', ReceiptRequest, facts.receive)
  post(app, services, 'sales', 'Record a sale at a till', SaleRequest, facts.sale)
  post(app, services, 'counts', 'Record a count', CountRequest, facts.count)
  post(app, services, 'write-offs', 'Record a loss', WriteOffRequest, facts.writeOff)
  registerAdjustments(app, services)
  app.post<{ Body: Body<typeof PriceRequest> }>(
    '/v1/prices',
    {
      schema: described('stock', 'Set prices', {
        id: 'setPrices',
        description:
          'All lines or none, each in its channel’s currency. Ordered with holds: a hold is made at the price that stands at its position.',
        headers: WriteHeaders,
        body: PriceRequest,
        answers: { 201: PriceEffect },
        refusals: ['unknown-sku', 'unknown-channel', 'currency-mismatch'],
      }),
    },
    (request, reply) => {
      const lines = request.body.lines.map(({ sku, channel = DEFAULT_CHANNEL, price }) => ({ sku, channel, price }))
      return submit(services, request, reply, { kind: 'setPrice', lines })
    },
  )
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
} as const satisfies Record<keyof typeof factText, string>

function post<T extends TSchema>(
  app: FastifyInstance,
  services: Services,
  path: keyof typeof factText,
  summary: string,
  schema: T,
  commandOf: (body: Static<T>) => Command,
): void {
  const refusals: ProblemSlug[] = [
    'unprocessable',
    'unknown-sku',
    'unknown-location',
    'is-a-bundle',
    'quantity-overflow',
  ]
  app.post<{ Body: Static<T> }>(
    `/v1/${path}`,
    {
      schema: described('stock', summary, {
        id: factIds[path],
        description: `${factText[path]} An \`occurredAt\` in the future is set to now, and the answer says \`clamped: true\`.`,
        headers: WriteHeaders,
        body: schema,
        answers: { 201: StockEffect },
        refusals,
      }),
    },
    async (request, reply) => {
      const command = commandOf(request.body as Static<T>)
      const costly = command.kind === 'receive' && command.lines.find(({ lot }) => hasCostAlone(lot))
      if (costly) return sendProblem(reply, 'unprocessable', COST_ALONE)
      const repeated = command.kind === 'count' ? repeatedSku(command.lines) : undefined
      if (repeated !== undefined) {
        return sendProblem(
          reply,
          'unprocessable',
          `body/lines name ${repeated} twice: a count has one figure for a SKU.`,
        )
      }
      return submit(services, request, reply, command)
    },
  )
}

/** A cost says nothing without its currency. */
export function hasCostAlone(lot: LotDetails | undefined): boolean {
  return lot?.costMinor !== undefined && lot.currency === undefined
}

export const COST_ALONE = 'A lot has a cost and no currency: say which, with `currency`.'

function repeatedSku(lines: readonly { readonly sku: string }[]): string | undefined {
  const seen = new Set<string>()
  return lines.find(({ sku }) => seen.size === seen.add(sku).size)?.sku
}

const factCommands = {
  receive: (body: Body<typeof ReceiptRequest>): Command => ({ kind: 'receive', ...factOf(body), lines: body.lines }),
  sale: (body: Body<typeof SaleRequest>): Command => ({
    kind: 'sale',
    ...factOf(body),
    ...(body.allotment === undefined ? {} : { allotment: body.allotment }),
    ...(body.orderRef === undefined ? {} : { orderRef: body.orderRef }),
    lines: body.lines,
  }),
  count: (body: Body<typeof CountRequest>): Command => ({ kind: 'count', ...factOf(body), lines: body.lines }),
  writeOff: (body: Body<typeof WriteOffRequest>): Command => ({
    kind: 'writeOff',
    ...factOf(body),
    reason: body.reason,
    ...(body.from === undefined ? {} : { from: body.from }),
    lines: body.lines,
  }),
}

export function factOf({
  location,
  reference,
  occurredAt,
}: {
  location: string
  reference?: string
  occurredAt?: string
}) {
  return { location, ...(reference === undefined ? {} : { reference }), ...timeOf(occurredAt) }
}

const AdjustmentHeaders = Type.Object({
  ...WriteHeaders.properties,
  'if-match': Type.Optional(
    Type.String({ description: 'The level’s version in quotes, as its `ETag` gave it, such as `"12"`.' }),
  ),
})

function registerAdjustments(app: FastifyInstance, services: Services): void {
  app.post<{ Body: Body<typeof AdjustmentRequest> }>(
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
      return adjust(services, request, reply, version)
    },
  )
}

function adjust(
  services: Services,
  request: FastifyRequest<{ Body: Body<typeof AdjustmentRequest> }>,
  reply: FastifyReply,
  version: number | undefined,
): Promise<FastifyReply> {
  const { sku, location, delta, reason, reference } = request.body
  return submit(services, request, reply, {
    kind: 'adjust',
    sku,
    location,
    delta,
    reason,
    ...(reference === undefined ? {} : { reference }),
    ...(version === undefined ? {} : { version }),
  })
}

/** `If-Match: "12"`; absent or `*` matches whatever there is. */
function versionOf(request: FastifyRequest): number | undefined | 'malformed' {
  const header = request.headers['if-match']
  if (header === undefined || header === '*') return undefined
  const match = /^(?:(\d{1,15})|"(\d{1,15})")$/.exec(header)
  return match ? Number(match[1] ?? match[2]) : 'malformed'
}
