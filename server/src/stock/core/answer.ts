import {
  onHand,
  type CommitmentRecord,
  type HoldLineState,
  type HoldRecord,
  type LevelState,
  type SoldLots,
} from './context.ts'

const US = 1_000_000

/** The second that was last asked for, written: a batch's holds nearly all end in the same few. */
let lastSecond = Number.NaN
let lastText = ''

/** Microseconds since 1970 as RFC 3339 in UTC, with microseconds only where there are any. */
export function instant(us: number): string {
  const second = Math.floor(us / US)
  if (second !== lastSecond) {
    lastText = new Date(second * 1000).toISOString().slice(0, -4)
    lastSecond = second
  }
  const digits = String(us - second * US).padStart(6, '0')
  return `${lastText}${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`
}

/** A hold as the protocol's `Hold`, without its position. Lines freed by a revocation are gone from it. */
export function holdAnswer(hold: HoldRecord, soldLots: SoldLots): object {
  return {
    id: hold.id,
    state: hold.state,
    expiresAt: instant(hold.expiresAtUs),
    ...(hold.customer === undefined ? {} : { customer: hold.customer }),
    lines: hold.lines.map((line) => {
      const { requestLine, sku, location, channel, quantity, price } = line
      const plain = { line: requestLine, sku, location, channel, quantity, price }
      const isPlain = line.allotment === undefined && line.pending === 0 && line.bundle === undefined
      return isPlain && !soldLots.has(sku) ? plain : { ...plain, ...source(line, soldLots) }
    }),
  }
}

/** What a line was drawn from, where that is not what was available, and the bundle or the lot that it is of. */
function source(
  { sku, allotment, pending, bundle }: Pick<HoldLineState, 'sku' | 'allotment' | 'pending' | 'bundle'>,
  soldLots: SoldLots,
): object {
  const lot = soldLots.get(sku)
  return {
    ...(allotment === undefined ? {} : { allotment }),
    ...(pending === 0 ? {} : { pending }),
    ...(bundle === undefined ? {} : { bundle }),
    ...(lot === undefined ? {} : { lot }),
  }
}

/** A commitment as the protocol's `Commitment`, without its position. */
export function commitmentAnswer(commitment: CommitmentRecord, soldLots: SoldLots): object {
  const open = commitment.lines.some((line) => line.shipped + line.cancelled < line.quantity)
  return {
    id: commitment.id,
    holdId: commitment.holdId,
    state: open ? 'open' : 'closed',
    ...(commitment.reference === undefined ? {} : { reference: commitment.reference }),
    lines: commitment.lines.map((line) => ({
      sku: line.sku,
      location: line.location,
      channel: line.channel,
      quantity: line.quantity,
      shipped: line.shipped,
      cancelled: line.cancelled,
      returned: line.returned,
      ...source(line, soldLots),
      price: line.price,
    })),
  }
}

/** A level as the protocol's `Level`, without its position. */
export function levelAnswer(level: LevelState): object {
  const { sku, location, available, held, committed, allocated, quarantined, short, version, revision } = level
  const { incoming, incomingCommitted } = level
  return {
    sku,
    location,
    onHand: onHand(level),
    available,
    held,
    committed,
    allocated,
    quarantined,
    short,
    incoming,
    incomingCommitted,
    version,
    revision,
  }
}
