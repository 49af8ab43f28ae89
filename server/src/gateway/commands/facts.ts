import { Type, type Static } from 'typebox'
import { AllocationRequest, QuarantineRequest, ReinstateRequest } from '@cellarhand/protocol/aside'
import { MoveRequest, OpenLotRequest, type LotDetails } from '@cellarhand/protocol/lot'
import {
  AdjustmentRequest,
  CountRequest,
  PriceRequest,
  ReceiptRequest,
  SaleRequest,
  WriteOffRequest,
} from '@cellarhand/protocol/stock'
import { DEFAULT_CHANNEL } from '../commands.ts'
import { COST_ALONE, hasCostAlone } from '../rest/stock-routes.ts'
import { intent, invalid, timed, type Meant } from './intent.ts'

/** The level's version that `If-Match` says in REST. */
const version = Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))
const Adjustment = Type.Object({ ...AdjustmentRequest.properties, version }, { additionalProperties: false })

/** What is asked of what stands at a location, by its operation. */
export const factIntents = {
  recordReceipt: intent(ReceiptRequest, receive),
  recordSale: intent(SaleRequest, (body) => ({ kind: 'sale', ...timed(body) })),
  recordCount: intent(CountRequest, count),
  recordWriteOff: intent(WriteOffRequest, (body) => ({ kind: 'writeOff', ...timed(body) })),
  adjustLevel: intent(Adjustment, (body) => ({ kind: 'adjust', ...body })),
  setPrices: intent(PriceRequest, ({ lines }) => ({
    kind: 'setPrice',
    lines: lines.map(({ sku, channel = DEFAULT_CHANNEL, price }) => ({ sku, channel, price })),
  })),
  quarantineBottles: intent(QuarantineRequest, (body) => ({ kind: 'quarantine', ...timed(body) })),
  reinstateBottles: intent(ReinstateRequest, (body) => ({ kind: 'reinstate', ...body })),
  allocateBottles: intent(AllocationRequest, (body) => ({ kind: 'allocate', ...body })),
  deallocateBottles: intent(AllocationRequest, (body) => ({ kind: 'deallocate', ...body })),
  moveBottles: intent(MoveRequest, (body) => ({ kind: 'move', ...body })),
  openLot: intent(OpenLotRequest, (body) =>
    hasCostAlone(body.lot) ? invalid(COST_ALONE) : { kind: 'openLot', ...body },
  ),
} as const

function receive(body: Static<typeof ReceiptRequest>): Meant {
  return hasLoneCost(body.lines) ? invalid(COST_ALONE) : { kind: 'receive', ...timed(body) }
}

/** Whether a line has a lot with a cost and no currency. */
export function hasLoneCost(lines: readonly { readonly lot?: LotDetails }[]): boolean {
  return lines.some(({ lot }) => hasCostAlone(lot))
}

function count(body: Static<typeof CountRequest>): Meant {
  const seen = new Set<string>()
  const repeated = body.lines.find(({ sku }) => seen.size === seen.add(sku).size)
  if (repeated) return invalid(`lines name ${repeated.sku} twice: a count has one figure for a SKU.`)
  return { kind: 'count', ...timed(body) }
}
