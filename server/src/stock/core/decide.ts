import { unreachable } from '../../platform/must.ts'
import { isOnHand, isPhysical } from './accounts.ts'
import { decideAllotment } from './allot.ts'
import { bundleRefusal } from './bundle.ts'
import { decideCommit, decideExpire, decideExtend, decideFree, decideRelease } from './claim.ts'
import type { Command } from './command.ts'
import { allotmentKey, levelKey, priceKey, type Context, type PhysicalChange } from './context.ts'
import type { Ask, Decision, Effect } from './effect.ts'
import { recordFact } from './facts.ts'
import { decideFulfil } from './fulfil.ts'
import { evolveParcels } from './parcels.ts'
import { decideHold } from './hold.ts'
import { decideLot, decideMove } from './lots.ts'
import { decideClearance } from './clear.ts'
import { recordDelivery } from './delivery.ts'
import { decidePurchase, decidePurchaseCancel, decideReschedule } from './purchase.ts'
import type { OrderCommand } from './order.ts'
import { decideOrder } from './order-place.ts'
import { decidePreparation } from './order-prepare.ts'
import { decideOrderLines } from './order-fulfil.ts'
import { recordReturn } from './order-return.ts'
import { recordBottle } from './open-bottle.ts'
import { decideRelabel } from './relabel.ts'
import { decideRepack } from './repack.ts'
import { decideTransfer, decideTransferCancel, recordArrival } from './transfer.ts'
import { decideAdjust, decidePrices, decideReinstate } from './settle.ts'

/**
 * The rules of stock, all of them: requests are decided, facts are recorded. Pure: reads the context and changes nothing of it.
 * Throws only for a broken promise of the caller, such as a level that was not locked.
 */
export function decide(context: Context, ask: Ask): Decision {
  return bundleRefusal(context, ask.command) ?? decideKind(context, ask, ask.command)
}

function decideKind(context: Context, ask: Ask, command: Command): Decision {
  switch (command.kind) {
    case 'hold':
    case 'extend':
    case 'release':
    case 'expire':
    case 'free':
    case 'commit':
    case 'ship':
    case 'cancel':
      return decideClaim(context, ask, command)
    case 'receive':
    case 'sale':
    case 'writeOff':
    case 'quarantine':
    case 'count':
      return recordFact(context, ask, command)
    case 'reinstate':
      return decideReinstate(context, ask, command)
    case 'allocate':
    case 'deallocate':
      return decideAllotment(context, ask, command)
    case 'transfer':
    case 'receiveTransfer':
    case 'cancelTransfer':
    case 'clearDuty':
      return decideJourney(context, ask, command)
    case 'purchase':
    case 'receivePurchase':
    case 'cancelPurchase':
    case 'reschedulePurchase':
      return decideOfPurchase(context, ask, command)
    case 'openBottle':
    case 'pour':
    case 'discard':
      return recordBottle(context, ask, command)
    case 'move':
    case 'openLot':
    case 'repack':
    case 'relabel':
      return decideStanding(context, ask, command)
    case 'adjust':
      return decideAdjust(context, ask, command)
    case 'setPrice':
      return decidePrices(context, ask, command)
    default:
      return decideOfOrder(context, ask, command)
  }
}

type Standing = Extract<Command, { kind: 'move' | 'openLot' | 'repack' | 'relabel' }>

/** Bottles that stay at their location, and lie elsewhere there or are something else from then on. */
function decideStanding(context: Context, ask: Ask, command: Standing): Decision {
  switch (command.kind) {
    case 'move':
      return decideMove(context, ask, command)
    case 'openLot':
      return decideLot(context, ask, command)
    case 'repack':
      return decideRepack(context, ask, command)
    case 'relabel':
      return decideRelabel(context, ask, command)
    default:
      return unreachable(command)
  }
}

/** What is asked, or has happened, of purchase orders. */
function decideOfPurchase(
  context: Context,
  ask: Ask,
  command: Extract<Command, { kind: 'purchase' | 'receivePurchase' | 'cancelPurchase' | 'reschedulePurchase' }>,
): Decision {
  switch (command.kind) {
    case 'purchase':
      return decidePurchase(context, ask, command)
    case 'receivePurchase':
      return recordDelivery(context, ask, command)
    case 'cancelPurchase':
      return decidePurchaseCancel(context, ask, command)
    case 'reschedulePurchase':
      return decideReschedule(context, ask, command)
    default:
      return unreachable(command)
  }
}

type Journey = Extract<Command, { kind: 'transfer' | 'receiveTransfer' | 'cancelTransfer' | 'clearDuty' }>

/** Bottles that go from one location to another. */
function decideJourney(context: Context, ask: Ask, command: Journey): Decision {
  switch (command.kind) {
    case 'transfer':
      return decideTransfer(context, ask, command)
    case 'receiveTransfer':
      return recordArrival(context, ask, command)
    case 'cancelTransfer':
      return decideTransferCancel(context, ask, command)
    case 'clearDuty':
      return decideClearance(context, ask, command)
    default:
      return unreachable(command)
  }
}

type Claim = Extract<
  Command,
  { kind: 'hold' | 'extend' | 'release' | 'expire' | 'free' | 'commit' | 'ship' | 'cancel' }
>

/** Claims on bottles, and what becomes of them. */
function decideClaim(context: Context, ask: Ask, command: Claim): Decision {
  switch (command.kind) {
    case 'hold':
      return decideHold(context, ask, command)
    case 'extend':
      return decideExtend(context, ask, command)
    case 'release':
      return decideRelease(context, ask, command)
    case 'expire':
      return decideExpire(context, ask, command)
    case 'free':
      return decideFree(context, ask, command)
    case 'commit':
      return decideCommit(context, ask, command)
    case 'ship':
    case 'cancel':
      return decideFulfil(context, ask, command)
    default:
      return unreachable(command)
  }
}

/** What is asked of orders. */
function decideOfOrder(context: Context, ask: Ask, command: OrderCommand): Decision {
  switch (command.kind) {
    case 'order':
      return decideOrder(context, ask, command)
    case 'payOrder':
    case 'pickOrder':
    case 'readyOrder':
    case 'deliverOrder':
      return decidePreparation(context, ask, command)
    case 'shipOrder':
    case 'collectOrder':
    case 'cancelOrder':
      return decideOrderLines(context, ask, command)
    case 'returnOrder':
      return recordReturn(context, ask, command)
    default:
      return unreachable(command)
  }
}

/** Takes an effect over into the context, for the commands behind it in the same batch. */
export function evolve(context: Context, effect: Effect): void {
  for (const level of effect.levels) context.levels.set(level.key, level)
  if (effect.newHold) context.holds.set(effect.newHold.id, effect.newHold)
  for (const hold of effect.holds) context.holds.set(hold.id, hold)
  if (effect.newCommitment) context.commitments.set(effect.newCommitment.id, effect.newCommitment)
  for (const commitment of effect.commitments) context.commitments.set(commitment.id, commitment)
  if (effect.document) {
    const { kind, id, reference } = effect.document
    context.documents.set(id, effect.document)
    if (kind === 'order' && reference !== undefined) context.orders.set(reference, id)
  }
  for (const { sku, channel, price } of effect.prices) context.prices.set(priceKey(sku, channel), price)
  for (const { allotment, sku, location, delta } of effect.allotments) {
    const key = allotmentKey(allotment, levelKey(sku, location))
    const left = context.allotments.get(key)
    // One that was not read is one that no command of the batch draws on.
    if (left !== undefined) context.allotments.set(key, left + delta)
  }
  if (effect.parcels.length > 0 || effect.lots.length > 0) evolveParcels(context, effect)
  for (const change of physicalChanges(effect)) {
    const key = levelKey(change.sku, change.location)
    const known = context.batchPhysical.get(key)
    if (known) known.push(change)
    else context.batchPhysical.set(key, [change])
  }
}

/** The physical movements of an effect as signed changes of on hand. */
export function physicalChanges(effect: Effect): (PhysicalChange & { sku: string; location: string })[] {
  const changes: (PhysicalChange & { sku: string; location: string })[] = []
  for (const { sku, location, from, to, quantity } of effect.movements) {
    if (!isPhysical(from, to)) continue
    changes.push({ sku, location, occurredAtUs: effect.occurredAtUs, delta: isOnHand(to) ? quantity : -quantity })
  }
  return changes
}
