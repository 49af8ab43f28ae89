import type { Act, SkuLine } from './history.ts'
import { sameRevoked, type Fault } from './replay-fault.ts'
import { give, keyOf, levelOf, revoke, take, type ReplayLine, type ReplayPurchase, type World } from './world.ts'

export type Purchasing = Extract<
  Act,
  { kind: 'purchase' | 'receivePurchase' | 'cancelPurchase' | 'reschedulePurchase' }
>

const unreceived = ({ lines }: ReplayPurchase): SkuLine[] =>
  lines.filter(({ left }) => left > 0).map(({ sku, left }) => ({ sku, quantity: left }))

const leftOf = ({ lines }: ReplayPurchase, sku: string) =>
  lines.reduce((sum, line) => (line.sku === sku ? sum + line.left : sum), 0)

/** So many bottles are owed no more, of the first lines first; beyond what is owed nothing happens. */
function cross({ lines }: ReplayPurchase, { sku, quantity }: SkuLine): void {
  let left = quantity
  for (const line of lines) {
    if (line.sku !== sku) continue
    const part = Math.min(left, line.left)
    line.left -= part
    left -= part
  }
}

export function keepPurchase(world: World, act: Purchasing): Fault | undefined {
  if (act.kind === 'purchase') return place(world, act)
  const order = world.purchases.get(act.purchaseId)
  if (!order) return { kind: 'granted-in-vain', what: `there is no order ${act.purchaseId}` }
  switch (act.kind) {
    case 'receivePurchase':
      return receive(world, order, act)
    case 'cancelPurchase':
      return cancel(world, order, act)
    case 'reschedulePurchase':
      return unreceived(order).length > 0 ? undefined : { kind: 'granted-in-vain', what: 'the order was over' }
  }
}

function place(world: World, { purchaseId, location, bottles }: Extract<Act, { kind: 'purchase' }>): Fault | undefined {
  for (const { sku, quantity } of bottles) levelOf(world, `${sku}@${location}`).incoming += quantity
  if (purchaseId === undefined) return { kind: 'wrong-answer', what: 'a granted order names its id' }
  if (world.purchases.has(purchaseId)) return { kind: 'twice', what: `the order ${purchaseId} was made twice` }
  world.purchases.set(purchaseId, { location, lines: bottles.map(({ sku, quantity }) => ({ sku, left: quantity })) })
  return undefined
}

function receive(
  world: World,
  order: ReplayPurchase,
  act: Extract<Act, { kind: 'receivePurchase' }>,
): Fault | undefined {
  const revoked: string[] = []
  const came = act.bottles ?? (act.isLast ? [] : unreceived(order))
  if (came.length === 0 && unreceived(order).length === 0) {
    return { kind: 'granted-in-vain', what: `nothing was expected of the order ${act.purchaseId}` }
  }
  for (const { sku, quantity } of came) {
    const key = `${sku}@${order.location}`
    const level = levelOf(world, key)
    level.incoming += Math.max(0, quantity - leftOf(order, sku))
    cross(order, { sku, quantity })
    const promised = Math.min(quantity, level.incomingCommitted)
    handOut(world, key, promised)
    level.incoming -= quantity - promised
    if (act.seen === true) take(world, key, promised, revoked)
    else give(level, quantity - promised)
  }
  if (act.isLast) for (const line of unreceived(order)) giveUp(world, order, line, revoked)
  return sameRevoked(revoked, act.revoked)
}

/** Lines that wait at a level: of commitments, oldest first; then of holds, oldest first. */
function* waitingAt(world: World, key: string, of: 'sold' | 'held'): Generator<ReplayLine> {
  for (const id of of === 'sold' ? world.waiting : levelOf(world, key).holds) {
    for (const line of world.holds.get(id)?.lines ?? []) {
      if (line.pending > 0 && keyOf(line) === key && line.freed === (of === 'sold')) yield line
    }
  }
}

function handOut(world: World, key: string, bottles: number): void {
  const level = levelOf(world, key)
  let left = bottles
  for (const of of ['sold', 'held'] as const) {
    for (const line of waitingAt(world, key, of)) {
      const part = Math.min(left, line.pending)
      line.pending -= part
      level.incomingCommitted -= part
      level[of === 'sold' ? 'committed' : 'held'] += part
      left -= part
    }
  }
  forgetServed(world)
}

function forgetServed(world: World): void {
  world.waiting = world.waiting.filter((id) => world.holds.get(id)?.lines.some((line) => line.pending > 0))
}

/** What nobody was promised is gone; then the newest holds that wait lose theirs; then who bought last has a claim on what is there. */
function giveUp(world: World, order: ReplayPurchase, line: SkuLine, revoked: string[]): void {
  const key = `${line.sku}@${order.location}`
  const level = levelOf(world, key)
  const waits = (id: string) =>
    world.holds.get(id)?.lines.some((one) => !one.freed && one.pending > 0 && keyOf(one) === key) ?? false
  while (level.incoming < line.quantity) {
    const newest = level.holds.findLast(waits)
    if (newest === undefined) break
    revoke(world, newest, key)
    revoked.push(newest)
  }
  const broken = Math.max(0, line.quantity - level.incoming)
  let left = broken
  for (const sold of [...waitingAt(world, key, 'sold')].toReversed()) {
    const part = Math.min(left, sold.pending)
    sold.pending -= part
    left -= part
  }
  forgetServed(world)
  level.incoming -= line.quantity - broken
  level.incomingCommitted -= broken
  level.committed += broken
  take(world, key, broken, revoked)
  cross(order, line)
}

function cancel(world: World, order: ReplayPurchase, act: Extract<Act, { kind: 'cancelPurchase' }>): Fault | undefined {
  const can = isFree(world, order, act.bottles)
  for (const line of act.bottles ?? unreceived(order)) {
    levelOf(world, `${line.sku}@${order.location}`).incoming -= line.quantity
    cross(order, line)
  }
  return can === 'yes' ? undefined : { kind: 'granted-in-vain', what: `it was ${can}` }
}

/** Whether so many bottles are owed, and promised to nobody. */
function isFree(world: World, order: ReplayPurchase, bottles: readonly SkuLine[] | undefined) {
  const wanted = new Map<string, number>()
  for (const { sku, quantity } of bottles ?? unreceived(order)) wanted.set(sku, (wanted.get(sku) ?? 0) + quantity)
  if (wanted.size === 0 || [...wanted].some(([sku, quantity]) => leftOf(order, sku) < quantity)) return 'not expected'
  const isPromised = [...wanted].some(([sku, of]) => levelOf(world, `${sku}@${order.location}`).incoming < of)
  return isPromised ? 'promised' : 'yes'
}

/** Whether an act on an order was refused for a reason that was not so. */
export function isPurchaseRefusedInVain(world: World, act: Purchasing, slug: string): boolean {
  if (act.kind === 'purchase') return false
  const order = world.purchases.get(act.purchaseId)
  if (slug === 'not-found') return order !== undefined
  if (!order) return false
  if (act.kind === 'cancelPurchase') {
    return (
      (slug === 'promised-already' || slug === 'nothing-outstanding') && isFree(world, order, act.bottles) === 'yes'
    )
  }
  return slug === 'nothing-outstanding' && unreceived(order).length > 0
}
