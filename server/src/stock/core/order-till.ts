import { must } from '../../platform/must.ts'
import type { Command } from './command.ts'
import type { Context, LevelState } from './context.ts'
import { draftCommitment, type Draft } from './draft.ts'
import { handOn, ship, shippable, type LevelPart } from './fulfil.ts'
import { lotsBehind, type LotQuantity } from './lot.ts'
import { picksOf, withOut } from './order-lots.ts'
import { linesNow, orderAfter, type Order } from './order-change.ts'
import type { More } from './result.ts'

type Sale = Extract<Command, { kind: 'sale' }>

/** The order that a sale names, by the caller's reference or by its id; undefined where nobody knows it. */
export function orderAtTill(context: Context, { orderRef }: Pick<Sale, 'orderRef'>): TillOrder | undefined {
  if (orderRef === undefined) return undefined
  const order = context.documents.get(context.orders.get(orderRef) ?? orderRef)
  return order?.kind === 'order' ? { order, parts: [] } : undefined
}

/** An order whose bottles a till hands over, and which of them it did. */
export interface TillOrder {
  readonly order: Order
  readonly parts: LevelPart[]
}

/** How its bottles leave: those that were picked for it, those that the sale has taken already (and they are of these lots), or none, because a count has seen them gone. */
export type Leaving = 'as-picked' | readonly LotQuantity[]

/**
 * Hands over what of an order is outstanding at a level, no more than so many bottles: they were set aside for it, and nothing else is
 * taken. Returns how many.
 */
export function handOver(
  draft: Draft,
  { order, parts }: TillOrder,
  level: LevelState,
  quantity: number,
  leaving: Leaving,
): number {
  let left = quantity
  const isHere = (line: { readonly sku: string; readonly location: string }) =>
    line.sku === level.sku && line.location === level.location
  // Only a commitment of which something leaves is taken in hand, and so written.
  if (!draft.context.commitments.get(order.id)?.lines.some((line) => isHere(line) && shippable(line) > 0)) return 0
  const picked = picksOf({ ...order.body, lots: withOut(order.body.lots, parts) })
  for (const line of must(draftCommitment(draft, order.id), 'the commitment of an order').lines) {
    const part = isHere(line) ? Math.min(left, shippable(line)) : 0
    if (part === 0) continue
    if (leaving === 'as-picked') parts.push(ship(draft, line, part, picked(line, part)))
    else {
      handOn(draft, line, part)
      const { sku, location } = line
      parts.push({ sku, location, quantity: part, lots: lotsBehind(leaving, quantity - left, part) })
    }
    left -= part
  }
  return quantity - left
}

/** What a sale did to the order that it names, and what its answer says of it. A sale that hands nothing of it over leaves it alone. */
export function tillEffect(
  draft: Draft,
  { orderRef }: Pick<Sale, 'orderRef'>,
  till: TillOrder | undefined,
): { more: Pick<More, 'document'>; answer: object } {
  if (orderRef === undefined) return { more: {}, answer: {} }
  if (!till) return { more: {}, answer: { orderUnknown: true } }
  const { order, parts } = till
  const commitment = draft.commitments.get(order.id)
  if (!commitment) return { more: {}, answer: { order: { id: order.id, state: order.state } } }
  const { body } = order
  const lines = linesNow(body.lines, commitment, 'collected')
  const document = orderAfter(order, 'collect', { ...body, lines, lots: withOut(body.lots, parts) })
  return { more: { document }, answer: { order: { id: document.id, state: document.state } } }
}
