import type { Command, QuantityLine } from '../src/stock/core/command.ts'
import {
  arrive,
  leave,
  newestHold,
  onHandOf,
  revoke,
  type Bottle,
  type Cellar,
  type NaivePurchase,
} from './naive-bottles.ts'
import type { NaiveAsk } from './naive-cellar.ts'

export type Purchasing = Extract<
  Command,
  { kind: 'purchase' | 'receivePurchase' | 'cancelPurchase' | 'reschedulePurchase' }
>

/** Bottles on order: each a thing that is not there yet, and that somebody may have been promised. */
export function keepPurchase(cellar: Cellar, ask: NaiveAsk, command: Purchasing): string {
  if (command.kind === 'purchase') {
    const { location, lines } = command
    for (const { sku, quantity } of lines) {
      for (let i = 0; i < quantity; i++) cellar.expected.push({ level: `${sku}@${location}`, claim: 'none' })
    }
    cellar.purchases.set(ask.id, { location, lines: lines.map(({ sku, quantity }) => ({ sku, left: quantity })) })
    return 'done'
  }
  const order = cellar.purchases.get(command.documentId)
  if (!order) return 'not-found'
  switch (command.kind) {
    case 'receivePurchase':
      return receive(cellar, ask, order, command)
    case 'cancelPurchase':
      return cancel(cellar, order, command.lines)
    case 'reschedulePurchase':
      return outstanding(order).length > 0 ? 'done' : 'nothing-outstanding'
  }
}

/** So many bottles of a SKU are expected no more of an order. */
function cross(order: NaivePurchase, sku: string, quantity: number): void {
  for (let i = 0; i < quantity; i++) {
    const line = order.lines.find((one) => one.sku === sku && one.left > 0)
    if (line) line.left -= 1
  }
}

function outstanding(order: NaivePurchase): QuantityLine[] {
  return order.lines.filter(({ left }) => left > 0).map(({ sku, left }) => ({ sku, quantity: left }))
}

const isOf = (order: NaivePurchase, sku: string) => order.lines.some((line) => line.sku === sku)
const waiting = (order: NaivePurchase, sku: string) =>
  order.lines.reduce((sum, line) => (line.sku === sku ? sum + line.left : sum), 0)

function receive(
  cellar: Cellar,
  ask: NaiveAsk,
  order: NaivePurchase,
  command: Extract<Command, { kind: 'receivePurchase' }>,
): string {
  const lines = command.lines ?? (command.close ? [] : outstanding(order))
  if (lines.some(({ sku }) => !isOf(order, sku))) return 'not-in-order'
  if (lines.length === 0 && outstanding(order).length === 0) return 'nothing-outstanding'
  const atUs = Math.min(ask.atUs, command.occurredAtMs === undefined ? ask.atUs : command.occurredAtMs * 1_000)
  for (const { sku, quantity } of lines) {
    const level = `${sku}@${order.location}`
    for (let i = waiting(order, sku); i < quantity; i++) cellar.expected.push({ level, claim: 'none' })
    cross(order, sku, quantity)
    const before = onHandOf(cellar, level)
    cellar.diary.push({ level, atUs, delta: quantity, source: ask.source })
    unload(cellar, level, quantity, onHandOf(cellar, level) === before)
  }
  if (command.close) for (const { sku, quantity } of outstanding(order)) giveUp(cellar, order, sku, quantity)
  return 'done'
}

/** Bottles become things that are there. Where a count has seen them they are there already, and who was promised them takes of what is. */
function unload(cellar: Cellar, level: string, quantity: number, isSeen: boolean): void {
  const next = inTurn(cellar, level).slice(0, quantity)
  const promised = next.filter(({ claim }) => claim !== 'none')
  cellar.expected = cellar.expected.filter((bottle) => !next.includes(bottle))
  cellar.bottles.push(...promised)
  if (isSeen) leave(cellar, level, promised.length)
  else arrive(cellar, level, quantity - promised.length)
}

/** Expected bottles at a level in the order in which they are given out: to who bought, oldest first; to who holds, oldest first; to anybody. */
function inTurn(cellar: Cellar, level: string): Bottle[] {
  const turns = [
    ...[...cellar.commitments].map((id) => `commitment ${id}`),
    ...[...cellar.holds.keys()].map((id) => `hold ${id}`),
    'none',
  ]
  return turns.flatMap((claim) => cellar.expected.filter((one) => one.level === level && one.claim === claim))
}

/** No more of a SKU will come of an order: from what nobody was promised, then from the newest holds, then who bought last is owed. */
function giveUp(cellar: Cellar, order: NaivePurchase, sku: string, gone: number): void {
  const level = `${sku}@${order.location}`
  cross(order, sku, gone)
  const isFree = (one: Bottle) => one.level === level && one.claim === 'none'
  while (cellar.expected.filter(isFree).length < gone) {
    const newest = newestHold(cellar, cellar.expected, level)
    if (newest === undefined) break
    revoke(cellar, newest, level)
  }
  const lost = inTurn(cellar, level).toReversed()
  const free = lost.filter(isFree).slice(0, gone)
  // Who bought first is at the front of the turn: who bought last loses first.
  const sold = lost.filter((one) => !isFree(one)).slice(0, gone - free.length)
  cellar.expected = cellar.expected.filter((one) => !free.includes(one) && !sold.includes(one))
  leave(cellar, level, sold.length)
  cellar.bottles.push(...sold)
}

function cancel(cellar: Cellar, order: NaivePurchase, lines: readonly QuantityLine[] | undefined): string {
  const wanted = lines ?? outstanding(order)
  if (wanted.length === 0) return 'nothing-outstanding'
  const before = { expected: cellar.expected, left: order.lines.map(({ left }) => left) }
  for (const { sku, quantity } of wanted) {
    const free = cellar.expected.filter((one) => one.level === `${sku}@${order.location}` && one.claim === 'none')
    const refusal = !isOf(order, sku)
      ? 'not-in-order'
      : waiting(order, sku) < quantity
        ? 'nothing-outstanding'
        : free.length < quantity
          ? 'promised-already'
          : undefined
    if (refusal !== undefined) {
      cellar.expected = before.expected
      for (const [index, line] of order.lines.entries()) line.left = before.left[index] ?? 0
      return refusal
    }
    cellar.expected = cellar.expected.filter((one) => !free.slice(0, quantity).includes(one))
    cross(order, sku, quantity)
  }
  return 'done'
}
