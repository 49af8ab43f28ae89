import { must } from '../../platform/must.ts'
import { instant } from './answer.ts'
import type { Command } from './command.ts'
import type { CommitmentLineState, CommitmentRecord, Context } from './context.ts'
import { documentAnswer } from './document.ts'
import {
  closeDraft,
  draftCommitment,
  draftLevel,
  give,
  move,
  openDraft,
  overflowed,
  take,
  type Draft,
} from './draft.ts'
import { refuse, type Ask, type Decision, type NoteLine } from './effect.ts'
import { consequences, notesOf } from './facts.ts'
import { matches, type LevelPart } from './fulfil.ts'
import type { LotQuantity } from './lot.ts'
import type { OrderBody, OrderLot, ReturnLine } from './order.ts'
import { lotsBack, withBack } from './order-lots.ts'
import { put } from './parcels.ts'
import { linesNow, noRoom, orderAfter, orderFor, type Order } from './order-change.ts'
import { effectOf, overflow } from './result.ts'

type Return = Extract<Command, { kind: 'returnOrder' }>

/**
 * Records that bottles of an order came back: into quarantine, unless somebody has looked at them and says that they can be sold again. A fact in
 * time, but never of more than was handed over.
 */
export function recordReturn(context: Context, ask: Ask, command: Return): Decision {
  const { location } = command
  if (location !== undefined && !context.locations.has(location)) {
    return refuse('unknown-location', `There is no location ${location}.`)
  }
  const found = orderFor(context, command.documentId, 'return')
  if ('refusal' in found) return found.refusal
  const { order } = found
  const full = noRoom(order, 'returns')
  if (full) return full
  const happenedUs = command.occurredAtMs === undefined ? ask.atUs : command.occurredAtMs * 1_000
  const occurredAtUs = Math.min(happenedUs, ask.atUs)
  const draft = openDraft(context)
  const commitment = must(draftCommitment(draft, order.id), 'the commitment of an order')
  const taken = takeBack(draft, { order, commitment }, command, occurredAtUs)
  if ('refusal' in taken) return taken.refusal
  if (overflowed(draft)) return overflow()
  const document = orderAfter(order, 'return', bodyAfter(order, commitment, command, taken, occurredAtUs))
  const when = { clamped: happenedUs > ask.atUs, rebased: draft.movements.some(({ to }) => to === 'variance') }
  const closed = closeDraft(draft)
  return effectOf(ask, closed, {
    ...when,
    occurredAtUs,
    document,
    reason: command.reason,
    notes: notesOfReturn(command, taken.parts),
    status: 200,
    answer: {
      ...documentAnswer(document),
      ...(when.clamped ? { clamped: true } : {}),
      ...(when.rebased ? { rebased: true } : {}),
      ...consequences(taken.revoked, closed.shortfalls),
    },
  })
}

interface Taken {
  readonly lots: readonly OrderLot[]
  /** What came back, by the level it came to. */
  readonly parts: readonly LevelPart[]
  readonly revoked: readonly string[]
}

function takeBack(
  draft: Draft,
  { order, commitment }: { order: Order; commitment: CommitmentRecord },
  command: Return,
  occurredAtUs: number,
): Taken | { refusal: Decision } {
  const parts: LevelPart[] = []
  let { lots } = order.body
  const revoked = new Set<string>()
  const asked = command.lines ?? wholeOf(commitment)
  if (asked.length === 0) {
    return { refusal: refuse('nothing-to-return', 'Nothing of this order is with its customer.') }
  }
  for (const wanted of asked) {
    let { quantity } = wanted
    for (const line of commitment.lines) {
      const part = matches(line, wanted) ? Math.min(quantity, withCustomer(line)) : 0
      if (part === 0) continue
      quantity -= part
      line.returned += part
      const location = command.location ?? line.location
      const back = lotsBack(lots, line, part, wanted.lot)
      if (wanted.lot !== undefined && count(back) < part) return { refusal: notOfLot(wanted, wanted.lot) }
      lots = withBack(lots, line, back)
      const how = { to: command.to, occurredAtUs, lots: back }
      for (const id of comeBack(draft, line.sku, location, part, how)) revoked.add(id)
      parts.push({ sku: line.sku, location, quantity: part, ...(back.length === 0 ? {} : { lots: back }) })
    }
    if (quantity > 0) return { refusal: tooMany(wanted, wanted.quantity - quantity) }
  }
  return { parts, lots, revoked: [...revoked] }
}

/** Bottles at a level again; the holds that lost theirs. What a count has seen already changes nothing on hand, but in quarantine it is. */
function comeBack(
  draft: Draft,
  sku: string,
  location: string,
  quantity: number,
  { to, occurredAtUs, lots }: { to: Return['to']; occurredAtUs: number; lots: readonly LotQuantity[] },
): string[] {
  const level = draftLevel(draft, sku, location)
  const isSeen = level.countedAtUs !== null && occurredAtUs <= level.countedAtUs
  if (isSeen) {
    move(draft, level, 'customer', 'available', quantity)
    move(draft, level, 'available', 'variance', quantity)
    return to === undefined ? take(draft, level, 'quarantined', quantity) : []
  }
  for (const { lot, quantity: some } of lots) put(draft, level, { lot }, some)
  if (to === undefined) move(draft, level, 'customer', 'quarantined', quantity)
  else give(draft, level, 'customer', quantity)
  return []
}

const count = (lots: readonly LotQuantity[]) => lots.reduce((sum, { quantity }) => sum + quantity, 0)

function notOfLot({ sku, quantity }: ReturnLine, lot: string): Decision {
  return refuse(
    'not-in-lot',
    `Fewer than ${quantity} of ${sku} that were handed over, and did not come back yet, are of lot ${lot}.`,
    {
      sku,
      lot,
      requested: quantity,
    },
  )
}

function withCustomer(line: CommitmentLineState): number {
  return line.shipped - line.returned
}

function wholeOf({ lines }: CommitmentRecord): ReturnLine[] {
  return lines
    .filter((line) => withCustomer(line) > 0)
    .map((line) => ({ sku: line.sku, location: line.location, quantity: withCustomer(line) }))
}

function tooMany({ sku, location, quantity }: ReturnLine, left: number): Decision {
  const where = location === undefined ? '' : ` sold from ${location}`
  return refuse(
    'nothing-to-return',
    `Of ${sku}${where} ${left} were handed over and did not come back yet, fewer than ${quantity}.`,
    { sku, requested: quantity, outstanding: left },
  )
}

function bodyAfter(
  { body }: Order,
  commitment: CommitmentRecord,
  { to = 'quarantined' as const, reason }: Omit<Return, 'to'> & { to?: 'quarantined' | 'available' | undefined },
  { parts, lots }: Taken,
  occurredAtUs: number,
): OrderBody {
  const returned = {
    lines: parts,
    to,
    ...(reason === undefined ? {} : { reason }),
    returnedAt: instant(occurredAtUs),
  }
  return {
    ...body,
    lines: linesNow(body.lines, commitment, 'shipped'),
    lots,
    returns: [...body.returns, returned],
  }
}

/** What was seen of them, where the first of each line came to. */
function notesOfReturn({ lines = [], location: there }: Return, parts: Taken['parts']): NoteLine[] {
  return lines.flatMap((line) => {
    const first = must(
      parts.find(({ sku }) => sku === line.sku),
      'bottles that came back',
    )
    return notesOf({ location: there ?? line.location ?? first.location, lines: [line] })
  })
}
