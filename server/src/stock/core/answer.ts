import { onHand, type CommitmentRecord, type HoldRecord, type LevelState } from './context.ts'

/** Microseconds since 1970 as RFC 3339 in UTC, with microseconds only where there are any. */
export function instant(us: number): string {
  const ms = Math.floor(us / 1000)
  const rest = us - ms * 1000
  const text = new Date(ms).toISOString()
  return rest === 0 ? text : `${text.slice(0, -1)}${String(rest).padStart(3, '0')}Z`
}

/** A hold as the protocol's `Hold`, without its position. Lines freed by a revocation are gone from it. */
export function holdAnswer(hold: HoldRecord): object {
  return {
    id: hold.id,
    state: hold.state,
    expiresAt: instant(hold.expiresAtUs),
    ...(hold.customer === undefined ? {} : { customer: hold.customer }),
    lines: hold.lines.map((line) => ({
      line: line.requestLine,
      sku: line.sku,
      location: line.location,
      channel: line.channel,
      quantity: line.quantity,
      price: line.price,
    })),
  }
}

/** A commitment as the protocol's `Commitment`, without its position. */
export function commitmentAnswer(commitment: CommitmentRecord): object {
  const open = commitment.lines.some((line) => line.shipped + line.cancelled < line.quantity)
  return {
    id: commitment.id,
    holdId: commitment.holdId,
    state: open ? 'open' : 'closed',
    ...(commitment.reference === undefined ? {} : { reference: commitment.reference }),
    lines: commitment.lines.map(({ line: _line, ...shown }) => shown),
  }
}

/** A level as the protocol's `Level`, without its position. */
export function levelAnswer(level: LevelState): object {
  const { sku, location, available, held, committed, allocated, quarantined, short, incoming, version, revision } =
    level
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
    version,
    revision,
  }
}
