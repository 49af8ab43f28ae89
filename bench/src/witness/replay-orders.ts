import type { Act, LevelLine } from './history.ts'
import { sameRevoked, type Fault } from './replay-fault.ts'
import { give, keyOf, levelOf, parts, take, type ReplayHold, type ReplayLine, type World } from './world.ts'

/** Writes down that a hold which has just been committed is an order. */
export function placeOrder(world: World, { holdId, reference }: Extract<Act, { kind: 'order' }>): Fault | undefined {
  const first = reference === undefined ? undefined : world.references.get(reference)
  if (world.orders.has(holdId)) return { kind: 'twice', what: `the order ${holdId} was placed twice` }
  world.orders.add(holdId)
  if (reference !== undefined) world.references.set(reference, holdId)
  return first === undefined
    ? undefined
    : { kind: 'twice', what: `the orders ${first} and ${holdId} have one reference` }
}

type Fulfilment = Extract<Act, { kind: 'ship' | 'cancel' }>

/** Bottles of a commitment leave, or go back. One that is an order is spoken to as that. */
export function fulfil(world: World, act: Fulfilment): Fault | undefined {
  const hold = world.holds.get(act.holdId)
  if (world.orders.has(act.holdId) !== (act.isOrder ?? false)) {
    return { kind: 'granted-in-vain', what: `${act.holdId} is ${act.isOrder ? 'no' : 'an'} order` }
  }
  const takes = hold?.state === 'committed' ? parts(hold, act.lines, act.kind) : undefined
  if (!takes) return { kind: 'granted-in-vain', what: `of ${act.holdId} fewer were outstanding` }
  for (const [line, part] of takes) {
    if (act.kind === 'ship') handOver(world, line, part)
    else {
      const level = levelOf(world, keyOf(line))
      const awaited = Math.min(part, line.pending)
      line.outstanding -= part
      line.pending -= awaited
      level.incomingCommitted -= awaited
      level.incoming += awaited
      level.committed -= part - awaited
      give(level, part - awaited, line.allotment)
    }
  }
  return undefined
}

function handOver(world: World, line: ReplayLine, quantity: number): void {
  line.outstanding -= quantity
  line.outside += quantity
  levelOf(world, keyOf(line)).committed -= quantity
}

/** What of a sale's line is of the order that it names. */
export function handOverAtTill(world: World, orderId: string | undefined, { quantity, ...at }: LevelLine): number {
  const hold = orderId === undefined ? undefined : world.holds.get(orderId)
  let left = quantity
  for (const line of hold?.lines ?? []) {
    if (keyOf(line) !== keyOf(at)) continue
    const part = Math.min(left, line.outstanding - line.pending)
    handOver(world, line, part)
    left -= part
  }
  return quantity - left
}

type Taking = Extract<Act, { kind: 'receive' | 'sale' | 'writeOff' | 'quarantine' }>

/**
 * Whether a sale was told the truth about the order that it names. One that is being placed at the same time may go unnoticed if none of its bottles
 * stands where the sale is: the two have no level in common that would put them in order, and nothing is owed.
 */
export function tillFault(
  world: World,
  { order, orderId, lines }: Pick<Taking, 'order' | 'orderId' | 'lines'>,
): Fault | undefined {
  const ours = order === undefined ? undefined : (world.references.get(order) ?? known(world, order))
  if (ours === orderId) return undefined
  const sold = new Set(lines.map(keyOf))
  const isOwed = world.holds.get(ours ?? '')?.lines.some((line) => sold.has(keyOf(line)))
  if (orderId === undefined && !isOwed) return undefined
  return {
    kind: 'wrong-answer',
    what: `a sale that names ${order} was told of ${orderId ?? 'none'}, where it is ${ours ?? 'none'}`,
  }
}

const known = (world: World, id: string): string | undefined => (world.orders.has(id) ? id : undefined)

type Return = Extract<Act, { kind: 'returnOrder' }>

/** By line: how much of what was handed over comes back; undefined where that was less. */
function backOf(hold: ReplayHold, lines: readonly LevelLine[] | undefined): Map<ReplayLine, number> | undefined {
  const outside = hold.lines.map((line) => ({ ...line, outstanding: line.outside, pending: 0 }))
  const found = parts({ ...hold, lines: outside }, lines, 'ship')
  return found && new Map([...found].map(([line, part]) => [hold.lines[outside.indexOf(line)] as ReplayLine, part]))
}

/** Bottles come back. What a count has seen changes nothing on hand; in quarantine they are all the same. */
export function bringBack(world: World, act: Return): Fault | undefined {
  const hold = world.holds.get(act.holdId)
  const back = hold && world.orders.has(act.holdId) ? backOf(hold, act.lines) : undefined
  if (!back) return { kind: 'granted-in-vain', what: `of ${act.holdId} fewer were handed over` }
  const revoked: string[] = []
  for (const [line, part] of back) {
    const key = keyOf({ sku: line.sku, location: act.location ?? line.location })
    const level = levelOf(world, key)
    line.outside -= part
    if (act.to === 'quarantined') level.quarantined += part
    if (act.seen !== true && act.to === 'available') give(level, part)
    if (act.seen === true && act.to === 'quarantined') take(world, key, part, revoked)
  }
  return sameRevoked(revoked, act.revoked)
}

type OrderAct = Extract<Act, { kind: 'order' | 'prepareOrder' | 'returnOrder' }>

/** Why an order's refusal was in vain, if it was. */
export function refusedInVain(world: World, act: OrderAct | Fulfilment, slug: string): string | undefined {
  const hold = world.holds.get(act.holdId)
  if (act.kind === 'order') {
    if (slug === 'not-found') return hold ? 'the hold was known' : undefined
    const isFree = act.reference === undefined || !world.references.has(act.reference)
    return slug === 'reference-taken' && isFree ? 'no order had that reference' : undefined
  }
  const isOrder = world.orders.has(act.holdId)
  if (slug === 'not-found') return isOrder ? 'it was known' : undefined
  if (slug === 'belongs-to-order') return isOrder ? undefined : 'it was no order'
  if (slug === 'nothing-to-return' && act.kind === 'returnOrder' && hold && backOf(hold, act.lines)) {
    return 'as many were handed over'
  }
  const isOpen = hold?.lines.some((line) => line.outstanding > 0) ?? false
  return slug === 'order-state' && act.kind === 'cancel' && isOpen ? 'something was outstanding' : undefined
}
