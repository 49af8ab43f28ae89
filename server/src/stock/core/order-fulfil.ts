import { instant } from './answer.ts'
import type { Command } from './command.ts'
import type { Context } from './context.ts'
import { documentAnswer } from './document.ts'
import { closeDraft, openDraft } from './draft.ts'
import type { Ask, Decision } from './effect.ts'
import { consequences } from './facts.ts'
import { fulfil, type LevelPart } from './fulfil.ts'
import type { OrderAct, OrderBody, Tracking } from './order.ts'
import { picksOf, withOut } from './order-lots.ts'
import { linesNow, noRoom, notNow, orderAfter, orderFor, type Order } from './order-change.ts'
import { effectOf } from './result.ts'

type Fulfilment = Extract<Command, { kind: 'shipOrder' | 'collectOrder' | 'cancelOrder' }>

const actOf = { shipOrder: 'ship', collectOrder: 'collect', cancelOrder: 'cancel' } as const satisfies Record<
  Fulfilment['kind'],
  OrderAct
>

/** Bottles of an order leave by a carrier, are handed over in person, or will not be sold after all: all that is outstanding, or some lines. */
export function decideOrderLines(context: Context, ask: Ask, command: Fulfilment): Decision {
  const act = actOf[command.kind]
  const found = orderFor(context, command.documentId, act)
  if ('refusal' in found) return found.refusal
  const { order } = found
  const against = refusalOf(context, ask, order, command)
  if (against) return against
  const draft = openDraft(context)
  const kind = act === 'cancel' ? 'cancel' : 'ship'
  const { commitment, parts, refusal } = fulfil(draft, order.id, kind, command.lines, picksOf(order.body))
  if (refusal) return refusal
  const lines = linesNow(order.body.lines, commitment, act === 'collect' ? 'collected' : 'shipped')
  const body = { ...order.body, lines, lots: withOut(order.body.lots, parts) }
  const document = orderAfter(
    order,
    act,
    command.kind === 'shipOrder' ? withShipment(body, parts, command.tracking, instant(ask.atUs)) : body,
  )
  const closed = closeDraft(draft)
  return effectOf(ask, closed, {
    document,
    reason: command.kind === 'cancelOrder' ? command.reason : undefined,
    status: 200,
    answer: { ...documentAnswer(document), ...consequences([], closed.shortfalls) },
  })
}

/** Why bottles of an order must not be handed over now: the law of this day, or that nobody said where they go. */
function refusalOf(context: Context, ask: Ask, order: Order, command: Fulfilment): Decision | undefined {
  const { fulfilment, destination, buyer } = order.body
  switch (command.kind) {
    case 'cancelOrder':
      return undefined
    case 'shipOrder':
      if (fulfilment === 'collect') {
        return notNow(order, 'ship', 'This order is to be collected: nobody said where to ship it.')
      }
      return noRoom(order, 'shipments') ?? unlawful(context, ask, { place: destination, buyer, isShipped: true })
    case 'collectOrder':
      return unlawful(context, ask, {
        place: command.place ?? (fulfilment === 'collect' ? destination : undefined),
        buyer: { ...buyer, ...command.buyer },
        isShipped: false,
      })
  }
}

function unlawful(
  context: Context,
  { atUs }: Ask,
  handOver: Omit<Parameters<Context['policy']>[0], 'atUs'>,
): Decision | undefined {
  const refusal = context.policy({ ...handOver, atUs })
  return refusal && { kind: 'refusal', refusal }
}

function withShipment(body: OrderBody, lines: readonly LevelPart[], tracking: Tracking, shippedAt: string): OrderBody {
  const shipment = { number: body.shipments.length + 1, lines, ...tracking, shippedAt }
  return { ...body, shipments: [...body.shipments, shipment] }
}
