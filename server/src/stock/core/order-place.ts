import type { Command } from './command.ts'
import { commitHold, ended, unknownHold } from './claim.ts'
import { levelKey, type CommitmentRecord, type Context } from './context.ts'
import { documentAnswer } from './document.ts'
import { closeDraft, draftHold, openDraft } from './draft.ts'
import { refuse, type Ask, type Decision } from './effect.ts'
import { stateOf, type OrderBody, type OrderTerms } from './order.ts'
import type { Order } from './order-change.ts'
import { effectOf } from './result.ts'

/**
 * Places an order: its hold is committed, and the order is on record, in one entry. It has the id of its hold and of its commitment. Its reference
 * is its own for ever, so that a till can name it, and who asks twice under two keys is told of the first.
 */
export function decideOrder(context: Context, ask: Ask, command: Extract<Command, { kind: 'order' }>): Decision {
  const { holdId, reference, terms } = command
  const first = reference === undefined ? undefined : context.orders.get(reference)
  if (first !== undefined) {
    return refuse('reference-taken', `Order ${first} has the reference ${reference} already.`, { order: first })
  }
  const draft = openDraft(context)
  const hold = draftHold(draft, holdId)
  if (!hold) return unknownHold(holdId)
  if (hold.state !== 'active') return ended(hold)
  const refusal = context.policy({
    place: terms.destination,
    buyer: terms.buyer,
    isShipped: terms.fulfilment === 'ship',
    atUs: ask.atUs,
  })
  if (refusal) return { kind: 'refusal', refusal }
  const commitment = commitHold(draft, ask, hold, reference)
  const document = orderOf(ask, commitment, terms)
  return effectOf(ask, closeDraft(draft), {
    newCommitment: commitment,
    document,
    reference,
    status: 201,
    answer: documentAnswer(document),
  })
}

function orderOf(ask: Ask, { id, customer, reference, lines }: CommitmentRecord, terms: OrderTerms): Order {
  const body: OrderBody = {
    ...(customer === undefined ? {} : { customer }),
    ...terms,
    lines: lines.map(({ sku, location, channel, quantity, price, bundle }) => ({
      sku,
      location,
      channel,
      quantity,
      shipped: 0,
      collected: 0,
      cancelled: 0,
      returned: 0,
      price,
      ...(bundle === undefined ? {} : { bundle }),
    })),
    picks: [],
    lots: [],
    shipments: [],
    returns: [],
  }
  return {
    id,
    kind: 'order',
    state: stateOf(body),
    reference,
    createdAtUs: ask.atUs,
    version: 1,
    levels: [...new Set(lines.map(({ sku, location }) => levelKey(sku, location)))],
    body,
  }
}
