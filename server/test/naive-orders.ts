import type { Command } from '../src/stock/core/command.ts'
import { locations } from './cellar-world.ts'
import { follow, withClaim, type Cellar, type NaiveOrder } from './naive-bottles.ts'
import { chosenOf, handOn, inOrder } from './naive-claims.ts'
import type { NaiveAsk } from './naive-cellar.ts'

type Slip = NaiveOrder['slips'][number]

export function placeOrder(cellar: Cellar, { holdId, reference, terms }: Extract<Command, { kind: 'order' }>): string {
  const isTaken = [...cellar.orders.values()].some((order) => order.reference === reference)
  if (reference !== undefined && isTaken) return 'reference-taken'
  const hold = cellar.holds.get(holdId)
  if (!hold) return 'not-found'
  if (hold.state !== 'active') return 'hold-ended'
  hold.state = 'committed'
  cellar.commitments.add(holdId)
  const sold = inOrder([...cellar.bottles, ...cellar.expected].filter(({ claim }) => claim === `hold ${holdId}`))
  for (const bottle of sold) bottle.claim = `commitment ${holdId}`
  cellar.orders.set(holdId, {
    reference,
    isForCollection: terms.fulfilment === 'collect',
    slips: sold.map(({ level }) => ({ level, fate: 'here' })),
    picked: [],
    isPaid: false,
    isReady: false,
    parcels: [],
  })
  return 'done'
}

export function naiveState({ slips, isPaid, isReady, picked, parcels }: NaiveOrder): string {
  const count = (...fates: Slip['fate'][]) => slips.filter(({ fate }) => fates.includes(fate)).length
  if (count('here') > 0) return isReady ? 'ready' : picked.length > 0 ? 'picking' : isPaid ? 'paid' : 'placed'
  if (count('dropped') === slips.length) return 'cancelled'
  if (count('sent', 'fetched') === 0) return 'returned'
  if (parcels.includes(false)) return 'shipped'
  return parcels.length > 0 ? 'delivered' : 'collected'
}

type Change = Extract<
  Command,
  {
    kind:
      | 'payOrder'
      | 'pickOrder'
      | 'readyOrder'
      | 'deliverOrder'
      | 'shipOrder'
      | 'collectOrder'
      | 'cancelOrder'
      | 'returnOrder'
  }
>

export function changeOrder(cellar: Cellar, ask: NaiveAsk, command: Change): string {
  const order = cellar.orders.get(command.documentId)
  if (!order) return 'not-found'
  const state = naiveState(order)
  const isOver = state === 'cancelled' || state === 'returned'
  const isOpen = order.slips.some(({ fate }) => fate === 'here')
  switch (command.kind) {
    case 'payOrder':
      if (isOver || order.isPaid) return 'order-state'
      order.isPaid = true
      return 'done'
    case 'readyOrder':
      if (!isOpen || order.isReady) return 'order-state'
      order.isReady = true
      return 'done'
    case 'pickOrder':
      return isOpen ? pickRest(cellar, order, command.documentId) : 'order-state'
    case 'deliverOrder': {
      const underWay = order.parcels.filter((hasArrived) => !hasArrived).length
      if (isOver || underWay !== 1) return 'order-state'
      order.parcels[order.parcels.indexOf(false)] = true
      return 'done'
    }
    case 'shipOrder':
      if (!isOpen || order.isForCollection) return 'order-state'
      return handOut(cellar, ask, order, command, 'sent')
    case 'collectOrder':
      return isOpen ? handOut(cellar, ask, order, command, 'fetched') : 'order-state'
    case 'cancelOrder':
      return isOpen ? handOut(cellar, ask, order, command, 'dropped') : 'order-state'
    case 'returnOrder':
      return isOver ? 'order-state' : bringBack(cellar, ask, order, command)
  }
}

function pickRest(cellar: Cellar, order: NaiveOrder, id: string): string {
  const wanted = order.slips.filter(({ fate }) => fate !== 'dropped').map(({ level }) => level)
  // What has not arrived cannot be picked.
  for (const { level, claim } of cellar.expected) {
    if (claim === `commitment ${id}`) wanted.splice(wanted.indexOf(level), 1)
  }
  for (const level of order.picked) {
    const at = wanted.indexOf(level)
    if (at >= 0) wanted.splice(at, 1)
  }
  if (wanted.length === 0) return 'order-state'
  order.isReady = false
  order.picked.push(...wanted)
  return 'done'
}

/** Slips that lines mean, of those there are; all of them without lines. Undefined: there are too few. */
function chosen(slips: readonly Slip[], lines: Extract<Command, { kind: 'returnOrder' }>['lines']): Slip[] | undefined {
  if (!lines) return slips.length > 0 ? [...slips] : undefined
  const found: Slip[] = []
  for (const { sku, location, quantity } of lines) {
    const fitting = slips.filter(
      (slip) =>
        !found.includes(slip) && locations.some((one) => slip.level === `${sku}@${one}` && one === (location ?? one)),
    )
    if (fitting.length < quantity) return undefined
    found.push(...fitting.slice(0, quantity))
  }
  return found
}

type HandOut = Extract<Command, { kind: 'shipOrder' | 'collectOrder' | 'cancelOrder' }>

function handOut(
  cellar: Cellar,
  ask: NaiveAsk,
  order: NaiveOrder,
  { documentId, lines }: HandOut,
  fate: 'sent' | 'fetched' | 'dropped',
): string {
  const kind = fate === 'dropped' ? 'cancel' : 'ship'
  const bottles = chosenOf(cellar, documentId, kind, lines)
  if (!bottles) return 'nothing-outstanding'
  for (const bottle of bottles) {
    const slip = order.slips.find((one) => one.level === bottle.level && one.fate === 'here')
    if (slip) slip.fate = fate
    handOn(cellar, ask, bottle, kind)
  }
  if (fate === 'sent') order.parcels.push(false)
  return 'done'
}

/** Bottles come back: the diary says so, and those that nobody has looked at stand aside. */
function bringBack(
  cellar: Cellar,
  { atUs, source }: NaiveAsk,
  order: NaiveOrder,
  { lines, location, to, occurredAtMs }: Extract<Command, { kind: 'returnOrder' }>,
): string {
  const slips = chosen(
    order.slips.filter(({ fate }) => fate === 'sent' || fate === 'fetched'),
    lines,
  )
  if (!slips) return 'nothing-to-return'
  const happenedUs = Math.min(atUs, occurredAtMs === undefined ? atUs : occurredAtMs * 1_000)
  const levels = slips.map(({ level }) => (location === undefined ? level : `${level.split('@')[0]}@${location}`))
  for (const slip of slips) slip.fate = 'back'
  for (const level of new Set(levels)) {
    const quantity = levels.filter((one) => one === level).length
    cellar.diary.push({ level, atUs: happenedUs, delta: quantity, source })
    // They stand there whatever the books say; where a count has seen them already, others of that level were not there.
    if (to === undefined) for (let i = 0; i < quantity; i++) cellar.bottles.push({ level, claim: 'quarantined' })
    follow(cellar, level)
  }
  return 'done'
}

/** A till hands over what an order has claimed at a level. How many bottles of a sale that were. */
export function fetchAtTill(cellar: Cellar, orderRef: string | undefined, level: string, quantity: number): number {
  if (orderRef === undefined) return 0
  const [id, order] =
    [...cellar.orders].find(([, one]) => one.reference === orderRef) ??
    [...cellar.orders].find(([one]) => one === orderRef) ??
    []
  if (id === undefined || !order) return 0
  const there = withClaim(cellar, level, `commitment ${id}`).slice(0, quantity)
  for (const bottle of there) {
    const slip = order.slips.find((one) => one.level === level && one.fate === 'here')
    if (slip) slip.fate = 'fetched'
    cellar.bottles = cellar.bottles.filter((one) => one !== bottle)
  }
  return there.length
}
