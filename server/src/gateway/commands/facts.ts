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
import { DEFAULT_CHANNEL } from '../default-channel.ts'
import type { Refusal } from '../../stock/stock.ts'
import { intent, invalid, type Meant } from './intent.ts'

/** The level's version that `If-Match` says in REST. */
const version = Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))
const Adjustment = Type.Object({ ...AdjustmentRequest.properties, version }, { additionalProperties: false })

/** What is asked of what stands at a location, by its operation. */
export const factIntents = {
  recordReceipt: intent(ReceiptRequest, receive),
  recordSale: intent(SaleRequest, (body) => ({ kind: 'sale', ...fact(body) })),
  recordCount: intent(CountRequest, count),
  recordWriteOff: intent(WriteOffRequest, (body) => ({ kind: 'writeOff', ...fact(body) })),
  adjustLevel: intent(Adjustment, (body) => ({ kind: 'adjust', ...body })),
  setPrices: intent(PriceRequest, ({ lines }) => ({
    kind: 'setPrice',
    lines: lines.map(({ sku, channel = DEFAULT_CHANNEL, price }) => ({ sku, channel, price })),
  })),
  quarantineBottles: intent(QuarantineRequest, (body) => ({ kind: 'quarantine', ...fact(body) })),
  reinstateBottles: intent(ReinstateRequest, (body) => ({ kind: 'reinstate', ...body })),
  allocateBottles: intent(AllocationRequest, (body) => ({ kind: 'allocate', ...body })),
  deallocateBottles: intent(AllocationRequest, (body) => ({ kind: 'deallocate', ...body })),
  moveBottles: intent(MoveRequest, (body) => ({ kind: 'move', ...body })),
  openLot: intent(
    OpenLotRequest,
    ({ sku, location, quantity, lot, ...rest }) =>
      costAlone([{ lot }]) ?? { kind: 'openLot', sku, location, quantity, lot, ...rest },
  ),
} as const

function receive(body: Static<typeof ReceiptRequest>): Meant {
  return costAlone(body.lines) ?? { kind: 'receive', ...fact(body) }
}

/** Why lines with these lots cannot be taken in: a cost says nothing without its currency. */
export function costAlone(lines: readonly { readonly lot?: LotDetails }[]): Refusal | undefined {
  const alone = lines.find(({ lot }) => lot?.costMinor !== undefined && lot.currency === undefined)
  return alone && invalid('A lot has a cost and no currency: say which, with `currency`.')
}

function count(body: Static<typeof CountRequest>): Meant {
  const seen = new Set<string>()
  const repeated = body.lines.find(({ sku }) => seen.size === seen.add(sku).size)
  if (repeated) return invalid(`body/lines name ${repeated.sku} twice: a count has one figure for a SKU.`)
  return { kind: 'count', ...fact(body) }
}

interface FactHead {
  readonly location: string
  readonly reference?: string
  readonly occurredAt?: string
}

/** A fact with its time in milliseconds, which stands where it was said. */
function fact<T extends FactHead>({ location, reference, occurredAt, ...rest }: T) {
  return {
    location,
    ...(reference === undefined ? {} : { reference }),
    ...(occurredAt === undefined ? {} : { occurredAtMs: Date.parse(occurredAt) }),
    ...rest,
  }
}
