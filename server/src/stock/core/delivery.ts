import type { Command, QuantityLine, ReceiptLine } from './command.ts'
import type { Context, LevelState } from './context.ts'
import { changed, documentAnswer, type PurchaseLine } from './document.ts'
import { closeDraft, draftLevel, give, move, openDraft, overflowed, take, type Draft } from './draft.ts'
import type { Ask, Decision } from './effect.ts'
import { consequences } from './facts.ts'
import { openLot } from './lot.ts'
import { put } from './parcels.ts'
import {
  allExpected,
  counted,
  expectedIn,
  nothingExpected,
  notInOrder,
  purchaseOf,
  unknownPurchase,
  type Purchase,
} from './purchase.ts'
import { effectOf, overflow } from './result.ts'
import { callOff, serve } from './waiting.ts'

type Delivery = Extract<Command, { kind: 'receivePurchase' }>

/**
 * Records what has come of a purchase order: a fact. Who was promised bottles before they were there has theirs first: commitments, oldest first, then
 * holds. The rest fills what is short, and then is available. With `close` it is a fact, too, that nothing more will come.
 */
export function recordDelivery(context: Context, ask: Ask, command: Delivery): Decision {
  const document = purchaseOf(context, command.documentId)
  if (!document) return unknownPurchase(command.documentId)
  const { body } = document
  const arrivals: readonly ReceiptLine[] = command.lines ?? (command.close === true ? [] : allExpected(body.lines))
  const stranger = arrivals.find(({ sku }) => !body.lines.some((line) => line.sku === sku))
  if (stranger) return notInOrder(stranger.sku)
  if (arrivals.length === 0 && allExpected(body.lines).length === 0) return nothingExpected()
  const happenedUs = command.occurredAtMs === undefined ? ask.atUs : command.occurredAtMs * 1_000
  const occurredAtUs = Math.min(happenedUs, ask.atUs)
  const draft = openDraft(context)
  const revoked = new Set<string>()
  let { lines } = body
  for (const arrival of arrivals) {
    const level = draftLevel(draft, arrival.sku, body.location)
    const expected = Math.min(arrival.quantity, expectedIn(lines, arrival.sku))
    lines = landed(lines, arrival, expected)
    const isSeen = level.countedAtUs !== null && occurredAtUs <= level.countedAtUs
    if (!isSeen) put(draft, level, { lot: lotOf(draft, ask, document, arrival), bin: arrival.bin }, arrival.quantity)
    for (const id of arrive(draft, level, arrival.quantity, expected, isSeen)) revoked.add(id)
  }
  for (const rest of command.close === true ? allExpected(lines) : []) {
    for (const id of callOff(draft, draftLevel(draft, rest.sku, body.location), rest.quantity)) revoked.add(id)
    lines = counted(lines, rest, 'cancelled')
  }
  if (overflowed(draft)) return overflow()
  const after = changed(document, { state: stateAfter(document, lines), body: { ...body, lines } })
  return recorded(ask, command, draft, after, { happenedUs, occurredAtUs, revoked: [...revoked] })
}

interface How {
  readonly happenedUs: number
  readonly occurredAtUs: number
  readonly revoked: readonly string[]
}

function recorded(ask: Ask, command: Delivery, draft: Draft, document: Purchase, how: How): Decision {
  const { happenedUs, occurredAtUs, revoked } = how
  const [clamped, rebased] = [happenedUs > ask.atUs, draft.movements.some(({ to }) => to === 'variance')]
  const closed = closeDraft(draft)
  return effectOf(ask, closed, {
    document,
    occurredAtUs,
    clamped,
    rebased,
    reason: command.reason,
    status: 200,
    answer: {
      ...documentAnswer(document),
      ...(clamped ? { clamped } : {}),
      ...(rebased ? { rebased } : {}),
      ...consequences(revoked, closed.shortfalls),
    },
  })
}

/** The lines after bottles of a SKU have come, of which so many were expected. What came besides is told by its first line. */
function landed(lines: readonly PurchaseLine[], { sku, quantity }: QuantityLine, expected: number): PurchaseLine[] {
  const after = counted(lines, { sku, quantity: expected }, 'received')
  const first = after.findIndex((line) => line.sku === sku)
  return after.map((line, index) => (index === first ? { ...line, surplus: line.surplus + quantity - expected } : line))
}

/** The lot of bottles that an order opens where nobody says which they are: one for each SKU of it, whatever comes in how many deliveries. */
export function lotOfOrder(documentId: string): string {
  return `PO-${documentId}`
}

/** The lot that bottles came as: what is told of it, with the supplier and the cost that the order knows; or else, where the order knows a cost, its own. */
function lotOf(draft: Draft, ask: Ask, { id, body }: Purchase, { sku, lot }: ReceiptLine): string | undefined {
  const costMinor = unitCostOf(body.lines, sku)
  if (!lot && costMinor === undefined) return undefined
  const { supplier, currency } = body
  const isCosted = costMinor !== undefined && currency !== undefined && lot?.costMinor === undefined
  return openLot(draft, ask, sku, {
    ...(supplier === undefined ? {} : { supplier }),
    ...(lot ?? { id: lotOfOrder(id) }),
    ...(isCosted ? { costMinor, currency } : {}),
  })
}

/** What one of a SKU costs by its order: where that has it in several lines, their average, rounded to the nearest minor unit. */
function unitCostOf(lines: readonly PurchaseLine[], sku: string): number | undefined {
  let [cost, bottles] = [0n, 0n]
  for (const line of lines) {
    if (line.sku !== sku || line.unitCostMinor === undefined) continue
    cost += BigInt(line.unitCostMinor) * BigInt(line.quantity)
    bottles += BigInt(line.quantity)
  }
  return bottles === 0n ? undefined : Number((2n * cost + bottles) / (2n * bottles))
}

/** An order is open as long as anything is expected of it. */
function stateAfter(document: Purchase, lines: readonly PurchaseLine[]): Purchase['state'] {
  if (allExpected(lines).length > 0) return 'open'
  if (document.state !== 'open') return document.state
  return lines.some((line) => line.received > 0) ? 'received' : 'cancelled'
}

/**
 * Bottles that came. More than were expected were expected after all, so that those who wait are served before anybody else. What a count has seen
 * changes nothing on hand: it stands among what is available there, and who is served has theirs of that, as any fact takes. Returns the holds it revoked.
 */
function arrive(
  draft: Draft,
  level: LevelState,
  quantity: number,
  expected: number,
  isSeen: boolean,
): readonly string[] {
  move(draft, level, 'supplier', 'incoming', quantity - expected)
  const promised = Math.min(quantity, level.incomingCommitted)
  serve(draft, level, promised)
  if (!isSeen) {
    give(draft, level, 'incoming', quantity - promised)
    return []
  }
  move(draft, level, 'incoming', 'available', quantity - promised)
  move(draft, level, 'available', 'variance', quantity - promised)
  return take(draft, level, 'variance', promised)
}
