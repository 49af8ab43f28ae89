import { must } from '../../platform/must.ts'
import type { Command } from './command.ts'
import type { Context, LevelState } from './context.ts'
import { draftCommitment, type Draft } from './draft.ts'
import { ship, shippable } from './fulfil.ts'
import { linesNow, orderAfter, type Order } from './order-change.ts'
import type { More } from './result.ts'

type Sale = Extract<Command, { kind: 'sale' }>

/** The order that a sale names, by the caller's reference or by its id; undefined where nobody knows it. */
export function orderAtTill(context: Context, { orderRef }: Pick<Sale, 'orderRef'>): Order | undefined {
  if (orderRef === undefined) return undefined
  const order = context.documents.get(context.orders.get(orderRef) ?? orderRef)
  return order?.kind === 'order' ? order : undefined
}

/**
 * Hands over what of an order is outstanding at a level, no more than so many bottles: they were set aside for it, and nothing else is
 * taken. Returns how many.
 */
export function handOver(draft: Draft, { id }: Order, level: LevelState, quantity: number): number {
  let left = quantity
  const isHere = (line: { readonly sku: string; readonly location: string }) =>
    line.sku === level.sku && line.location === level.location
  // Only a commitment of which something leaves is taken in hand, and so written.
  if (!draft.context.commitments.get(id)?.lines.some((line) => isHere(line) && shippable(line) > 0)) return 0
  for (const line of must(draftCommitment(draft, id), 'the commitment of an order').lines) {
    if (!isHere(line)) continue
    const part = Math.min(left, shippable(line))
    ship(draft, line, part)
    left -= part
  }
  return quantity - left
}

/** What a sale did to the order that it names, and what its answer says of it. A sale that hands nothing of it over leaves it alone. */
export function tillEffect(
  draft: Draft,
  { orderRef }: Pick<Sale, 'orderRef'>,
  order: Order | undefined,
): { more: Pick<More, 'document'>; answer: object } {
  if (orderRef === undefined) return { more: {}, answer: {} }
  if (!order) return { more: {}, answer: { orderUnknown: true } }
  const commitment = draft.commitments.get(order.id)
  if (!commitment) return { more: {}, answer: { order: { id: order.id, state: order.state } } }
  const lines = linesNow(order.body.lines, commitment, 'collected')
  const document = orderAfter(order, 'collect', { ...order.body, lines })
  return { more: { document }, answer: { order: { id: document.id, state: document.state } } }
}
