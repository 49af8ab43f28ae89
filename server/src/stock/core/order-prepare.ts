import { unreachable } from '../../platform/must.ts'
import { instant } from './answer.ts'
import type { Command } from './command.ts'
import type { CommitmentLineState, Context } from './context.ts'
import { documentAnswer } from './document.ts'
import { closeDraft, openDraft } from './draft.ts'
import { refuse, type Ask, type Decision } from './effect.ts'
import type { LevelPart } from './fulfil.ts'
import type { OrderAct, OrderBody, PickLine } from './order.ts'
import { noRoom, notNow, orderAfter, orderFor, type Order } from './order-change.ts'
import { effectOf } from './result.ts'

type Preparation = Extract<Command, { kind: 'payOrder' | 'pickOrder' | 'readyOrder' | 'deliverOrder' }>

const actOf: Readonly<Record<Preparation['kind'], OrderAct>> = {
  payOrder: 'pay',
  pickOrder: 'pick',
  readyOrder: 'ready',
  deliverOrder: 'deliver',
}

/** What happens to an order while its bottles stay where the books have them: paid, picked, ready, delivered. */
export function decidePreparation(context: Context, ask: Ask, command: Preparation): Decision {
  const act = actOf[command.kind]
  const found = orderFor(context, command.documentId, act)
  if ('refusal' in found) return found.refusal
  const { order } = found
  const body = prepared(order, context.commitments.get(order.id)?.lines ?? [], ask, command)
  if ('kind' in body) return body
  const document = orderAfter(order, act, body)
  return effectOf(ask, closeDraft(openDraft(context)), {
    document,
    reference: command.kind === 'payOrder' ? command.reference : undefined,
    status: 200,
    answer: documentAnswer(document),
  })
}

/** The body after it, or why not. */
function prepared(
  order: Order,
  sold: readonly CommitmentLineState[],
  ask: Ask,
  command: Preparation,
): OrderBody | Decision {
  const { body } = order
  const at = instant(ask.atUs)
  switch (command.kind) {
    case 'payOrder': {
      const { reference } = command
      if (body.paid) return notNow(order, 'pay', `The order was paid at ${body.paid.at}.`)
      return { ...body, paid: { at, ...(reference === undefined ? {} : { reference }) } }
    }
    case 'pickOrder':
      return picked(order, here(order, sold), command.lines)
    case 'readyOrder':
      return { ...body, readyAt: at }
    case 'deliverOrder':
      return delivered(order, at, command.shipment)
    default:
      return unreachable(command)
  }
}

function delivered(order: Order, deliveredAt: string, number: number | undefined): OrderBody | Decision {
  const { shipments } = order.body
  const underWay = shipments.filter((shipment) => shipment.deliveredAt === undefined)
  const [only, more] = number === undefined ? underWay : underWay.filter((shipment) => shipment.number === number)
  if (more) {
    const numbers = underWay.map((shipment) => shipment.number).join(', ')
    return notNow(order, 'deliver', `Say which shipment was delivered, with \`shipment\`: ${numbers} are on their way.`)
  }
  if (!only) {
    const which = number === undefined ? 'No shipment' : `No shipment ${number}`
    return notNow(order, 'deliver', `${which} of this order is on its way.`)
  }
  return {
    ...order.body,
    shipments: shipments.map((shipment) => (shipment === only ? { ...shipment, deliveredAt } : shipment)),
  }
}

/** What of an order can have been picked: all that is not cancelled, and has arrived. */
function here({ body }: Order, sold: readonly CommitmentLineState[]): LevelPart[] {
  return body.lines.map(({ sku, location, quantity, cancelled }, index) => ({
    sku,
    location,
    quantity: quantity - cancelled - (sold[index]?.pending ?? 0),
  }))
}

/** Bottles taken from the shelf: no more of a SKU than are to go. Whoever picks again after it was ready has to say anew that it is. */
function picked(
  order: Order,
  there: readonly LevelPart[],
  asked: readonly PickLine[] | undefined,
): OrderBody | Decision {
  const { body } = order
  const lines = asked ?? wholeOf(there, body.picks)
  if (lines.length === 0) return notNow(order, 'pick', 'Everything of this order that is there is picked.')
  const full = noRoom(order, 'picks', lines.length)
  if (full) return full
  const picks = [...body.picks]
  for (const wanted of lines) {
    const left = toPick(there, picks, wanted)
    if (left < wanted.quantity) {
      const { sku, quantity: requested } = wanted
      return refuse('nothing-outstanding', `Of ${sku} ${left} are left to be picked, fewer than ${requested}.`, {
        sku,
        requested,
        outstanding: left,
      })
    }
    picks.push(wanted)
  }
  return { ...body, picks, readyAt: undefined }
}

/** Bottles that may still be picked of a SKU, at a location where one is named. */
function toPick(lines: readonly LevelPart[], picks: readonly PickLine[], wanted: PickLine): number {
  const isMeant = ({ sku, location }: { sku: string; location?: string }) =>
    sku === wanted.sku && (wanted.location === undefined || location === undefined || location === wanted.location)
  const sum = (of: readonly { quantity: number }[]) => of.reduce((total, { quantity }) => total + quantity, 0)
  return Math.max(0, sum(lines.filter(isMeant)) - sum(picks.filter(isMeant)))
}

/** All that is not picked, where it stands. */
function wholeOf(lines: readonly LevelPart[], picks: readonly PickLine[]): PickLine[] {
  const more: PickLine[] = []
  for (const { sku, location, quantity } of lines) {
    const left = Math.min(quantity, toPick(lines, [...picks, ...more], { sku, location, quantity }))
    if (left > 0) more.push({ sku, location, quantity: left })
  }
  return more
}
