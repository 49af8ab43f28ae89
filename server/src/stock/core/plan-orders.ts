import { LINE_MAX } from '@cellarhand/protocol/primitives'
import type { Command } from './command.ts'
import { lotOfOrder } from './delivery.ts'
import type { OrderCommand } from './order.ts'
import { lotKey } from './context.ts'
import { at, named, type Plan, type PlanContext } from './plan-parts.ts'

/** What is asked of orders, of customers and to suppliers. */
export function planOfOrder(context: PlanContext, command: OrderCommand | Purchasing): Plan {
  switch (command.kind) {
    case 'purchase':
    case 'receivePurchase':
    case 'cancelPurchase':
    case 'reschedulePurchase':
      return planOfPurchase(context, command)
    case 'order':
      return {
        ...named(context.linesOf(command.holdId)),
        holdId: command.holdId,
        ...(command.reference === undefined ? {} : { orderRef: command.reference }),
      }
    case 'payOrder':
    case 'pickOrder':
    case 'readyOrder':
    case 'deliverOrder':
    case 'shipOrder':
    case 'collectOrder':
    case 'cancelOrder':
      return aboutOrder(context, command.documentId)
    case 'returnOrder':
      return planReturn(context, command)
  }
}

/** A commitment and the order that it may belong to: they have one id. */
export function aboutOrder(context: PlanContext, id: string): Plan {
  return { ...named(context.linesOf(id)), commitmentId: id, documentId: id }
}

/** What a sale looks at besides its own lines, where it names an order. */
export function atTill(
  context: PlanContext,
  { orderRef = '' }: Extract<Command, { kind: 'sale' }>,
  own: readonly string[],
) {
  const id = context.orderOf(orderRef)
  if (id === undefined) return { orderRef }
  const levels = [...own, ...named(context.linesOf(id)).levels]
  return { orderRef, levels, commitmentId: id, documentId: id }
}

/** Bottles come back where they were sold from, or all to one place. Late ones, which a count has seen, may have to be taken from holds. */
function planReturn(context: PlanContext, command: Extract<Command, { kind: 'returnOrder' }>): Plan {
  const plan = aboutOrder(context, command.documentId)
  const { location, lines, occurredAtMs } = command
  const sold = context.linesOf(command.documentId)
  const to = location === undefined ? [] : at(location, lines ?? sold).levels
  if (occurredAtMs === undefined) return { ...plan, levels: [...plan.levels, ...to] }
  const most = lines ? lines.reduce((sum, { quantity }) => sum + quantity, 0) : LINE_MAX
  const levels = [...plan.levels, ...to]
  return { ...plan, levels, takes: levels.map(() => most), revokes: command.to === undefined }
}

type Purchasing = Extract<Command, { kind: 'purchase' | 'receivePurchase' | 'cancelPurchase' | 'reschedulePurchase' }>

/** What is asked, or has happened, of purchase orders. */
function planOfPurchase(context: PlanContext, command: Purchasing): Plan {
  switch (command.kind) {
    case 'purchase':
      return { ...at(command.location, command.lines), takes: command.lines.map(({ quantity }) => quantity) }
    case 'receivePurchase':
      return planDelivery(context, command)
    case 'cancelPurchase':
    case 'reschedulePurchase':
      return { ...named(context.linesOf(command.documentId)), documentId: command.documentId }
  }
}

/**
 * What comes of an order. All that it stands on is read, since those who wait there may be served; where the order is closed, or a count may have
 * seen the bottles, as many as anybody waits for may have to come out of holds.
 */
function planDelivery(context: PlanContext, command: Extract<Command, { kind: 'receivePurchase' }>): Plan {
  const levels = context.linesOf(command.documentId)
  const comes = (sku: string) =>
    (command.lines ?? []).reduce((sum, line) => (line.sku === sku ? sum + line.quantity : sum), 0)
  return {
    ...named(levels),
    takes: levels.map(({ sku }) => comes(sku)),
    documentId: command.documentId,
    lots: [
      ...levels.map(({ sku }) => lotKey(sku, lotOfOrder(command.documentId))),
      ...(command.lines ?? []).flatMap(({ sku, lot }) => (lot?.id === undefined ? [] : [lotKey(sku, lot.id)])),
    ],
    waited: true,
    revokes: command.close === true || command.occurredAtMs !== undefined,
  }
}
