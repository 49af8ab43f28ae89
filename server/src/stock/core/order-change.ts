import { must } from '../../platform/must.ts'
import type { CommitmentRecord, Context } from './context.ts'
import { changed, type DocumentOf } from './document.ts'
import { refuse, type Decision } from './effect.ts'
import { possibleActs, stateOf, transitions, type OrderAct, type OrderBody, type OrderLine } from './order.ts'

export type Order = DocumentOf<'order'>

/** Shipments and returns of one order, each: the document is written whole with every change, and has to stay small. */
const ACTS_MAX = 100
/** Lines picked: a hold of 100 lines, each from 16 locations, and some picked in parts. */
const PICKS_MAX = 2_000

/** An order of which an act may be asked; or why not. */
export function orderFor(context: Context, id: string, act: OrderAct): { order: Order } | { refusal: Decision } {
  const order = context.documents.get(id)
  if (order?.kind !== 'order') return { refusal: refuse('not-found', `There is no order ${id}.`) }
  return transitions[order.state][act].length > 0 ? { order } : { refusal: notNow(order, act) }
}

const acted: Readonly<Record<OrderAct, string>> = {
  pay: 'paid',
  pick: 'picked',
  ready: 'made ready',
  ship: 'shipped',
  deliver: 'delivered',
  collect: 'collected',
  cancel: 'cancelled',
  return: 'returned',
}

/** Why an act is not possible, with what is. `why` where it is not the state alone. */
export function notNow({ state, id }: Order, act: OrderAct, why?: string): Decision {
  const possible = possibleActs(state)
  const can = possible.length === 0 ? 'Nothing more can be done with it.' : `Possible are: ${possible.join(', ')}.`
  return refuse('order-state', why ?? `The order is ${state} and cannot be ${acted[act]}. ${can}`, {
    order: id,
    state,
    possible,
  })
}

/** Says that a list of an order has no room for so many more. */
export function noRoom(order: Order, of: 'shipments' | 'returns' | 'picks', more = 1): Decision | undefined {
  const most = of === 'picks' ? PICKS_MAX : ACTS_MAX
  if (order.body[of].length + more <= most) return undefined
  return refuse('order-full', `The order would have more than ${most} ${of}, the most there may be.`, {
    order: order.id,
  })
}

/** The order after an act. Its state follows from its body, and has to be one that the table of transitions has. */
export function orderAfter(order: Order, act: OrderAct, body: OrderBody): Order {
  const state = stateOf(body)
  must(transitions[order.state][act].includes(state), `an order that is ${order.state} may be ${state} after: ${act}`)
  return changed(order, { state, body })
}

/** The order's lines as its commitment has them now. What was shipped since they were written has gone one way. */
export function linesNow(lines: readonly OrderLine[], commitment: CommitmentRecord, way: 'shipped' | 'collected') {
  return lines.map((line, index): OrderLine => {
    const now = must(commitment.lines[index], 'the line of the commitment')
    const moved = now.shipped - line.shipped - line.collected
    return { ...line, [way]: line[way] + moved, cancelled: now.cancelled, returned: now.returned }
  })
}
