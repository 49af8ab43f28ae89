import type { Command, HoldLineRequest } from '../src/stock/core/command.ts'
import type { OrderCommand } from '../src/stock/core/order.ts'
import { changeHold, fulfil, tidyHold } from './naive-claims.ts'
import { setAside, takeAside } from './naive-aside.ts'
import { attend, measureOf } from './naive-open-bottles.ts'
import { worldBundle, worldSettings } from './cellar-world.ts'
import { changeOrder, naiveState, placeOrder } from './naive-orders.ts'
import { keepPurchase, type Purchasing } from './naive-purchases.ts'
import { repack } from './naive-repacks.ts'
import { sendOff, takeIn } from './naive-transfers.ts'
import { arrive, follow, free, leave, type Cellar, type Counted } from './naive-bottles.ts'

/** What was asked, by whom and when, and the id for a hold. */
export interface NaiveAsk {
  readonly command: Command
  readonly atUs: number
  readonly source: string
  readonly id: string
}

/**
 * Stock as a child would keep it: every bottle a thing in a list, every fact a line in a diary, and on hand worked out of the whole
 * diary each time. Slow, and shares nothing with the core but the words.
 */
export interface NaiveCellar {
  /** `done`, `nothing`, or the slug of the refusal; undefined where it has no opinion: which bottles they are is nothing to it. */
  tell(ask: NaiveAsk): string | undefined
  count(level: string, what: Counted): number
  holdState(id: string): string | undefined
  /** Bottles that a hold or a commitment waits for. */
  waitsFor(id: string): number
  orderState(id: string): string | undefined
  /** Of an open bottle, in ml: what is left, what was thrown away, what was poured beyond what it had. */
  openBottle(id: string): readonly number[] | undefined
}

export function openNaiveCellar(): NaiveCellar {
  const cellar: Cellar = {
    bottles: [],
    expected: [],
    owed: [],
    diary: [],
    holds: new Map(),
    commitments: new Set(),
    transfers: new Map(),
    purchases: new Map(),
    orders: new Map(),
    openBottles: new Map(),
    holdLifeMaxUs: 3_600_000_000,
  }
  return {
    tell: (ask) => tell(cellar, ask),
    holdState: (id) => cellar.holds.get(id)?.state,
    waitsFor: (id) =>
      cellar.expected.filter(({ claim }) => claim === `hold ${id}` || claim === `commitment ${id}`).length,
    orderState: (id) => {
      const order = cellar.orders.get(id)
      return order && naiveState(order)
    },
    openBottle: (id) => {
      const bottle = cellar.openBottles.get(id)
      return bottle && measureOf(bottle)
    },
    count: (level, what) => {
      if (what === 'short') return 0 - cellar.owed.filter((one) => one === level).length
      if (what === 'incoming' || what === 'incomingCommitted') {
        const isFree = what === 'incoming'
        return cellar.expected.filter((one) => one.level === level && (one.claim === 'none') === isFree).length
      }
      const starts = {
        available: 'none',
        held: 'hold',
        committed: 'commitment',
        allocated: 'allotted',
        quarantined: what,
      }[what]
      return cellar.bottles.filter((bottle) => bottle.level === level && bottle.claim.startsWith(starts)).length
    },
  }
}

/** A set is handed over as its bottles. */
function opened<T extends { readonly sku: string; readonly quantity: number }>(lines: readonly T[]): T[] {
  return lines.flatMap((line) =>
    line.sku === 'SET'
      ? worldBundle.map(({ sku, quantity }) => ({ ...line, sku, quantity: quantity * line.quantity }))
      : [line],
  )
}

function unpacked(asked: NaiveAsk): NaiveAsk {
  if (asked.command.kind !== 'sale') return asked
  return { ...asked, command: { ...asked.command, lines: opened(asked.command.lines) } }
}

function tell(cellar: Cellar, asked: NaiveAsk): string | undefined {
  const ask = unpacked(asked)
  const { command } = ask
  if (command.kind === 'receive' && command.lines.some(({ sku }) => sku === 'SET')) return 'is-a-bundle'
  return happen(cellar, ask, command)
}

function happen(cellar: Cellar, ask: NaiveAsk, command: Command): string | undefined {
  switch (command.kind) {
    case 'hold':
      return hold(cellar, ask, opened(command.lines), command.ttlSeconds)
    case 'extend':
    case 'release':
    case 'commit':
      return changeHold(cellar, ask, command)
    case 'expire':
    case 'free':
      return tidyHold(cellar, ask, command)
    case 'ship':
    case 'cancel':
      return fulfil(cellar, ask, command)
    case 'adjust':
      return adjust(cellar, ask, command)
    case 'receive':
    case 'sale':
    case 'writeOff':
    case 'count':
      return fact(cellar, ask, command)
    case 'transfer':
    case 'clearDuty':
      return sendOff(cellar, ask, command)
    case 'receiveTransfer':
    case 'cancelTransfer':
      return takeIn(cellar, ask, command)
    case 'openBottle':
    case 'pour':
    case 'discard':
      return attend(cellar, ask, command)
    case 'repack':
      return repack(cellar, ask, command)
    case 'quarantine':
    case 'reinstate':
    case 'allocate':
    case 'deallocate':
      return setAside(cellar, command)
    case 'setPrice':
      return 'done'
    case 'move':
    case 'openLot':
    case 'relabel':
      return undefined
    default:
      return keepOrders(cellar, ask, command)
  }
}

function keepOrders(cellar: Cellar, ask: NaiveAsk, command: OrderCommand | Purchasing): string {
  switch (command.kind) {
    case 'purchase':
    case 'receivePurchase':
    case 'cancelPurchase':
    case 'reschedulePurchase':
      return keepPurchase(cellar, ask, command)
    case 'order':
      return placeOrder(cellar, command)
    default:
      return changeOrder(cellar, ask, command)
  }
}

function hold(cellar: Cellar, { id, atUs }: NaiveAsk, lines: readonly HoldLineRequest[], ttlSeconds: number): string {
  const channelOf = (name: string) => worldSettings.channels.find((one) => one.id === name)
  // What is named wrongly is said before what is not there.
  for (const { channel: name, location } of lines) {
    const channel = channelOf(name)
    if (!channel) return 'unknown-channel'
    if (location !== undefined && !channel.locations.includes(location)) return 'location-not-in-channel'
  }
  const before = {
    bottles: cellar.bottles.map((bottle) => ({ ...bottle })),
    expected: cellar.expected.map((bottle) => ({ ...bottle })),
  }
  for (const [index, { sku, quantity, channel: name, location, allotment, from }] of lines.entries()) {
    const channel = channelOf(name)
    if (!channel) continue
    const offered = (location === undefined ? channel.locations : [location]).flatMap((one) =>
      from === undefined
        ? free(cellar, `${sku}@${one}`, allotment)
        : cellar.expected.filter((bottle) => bottle.level === `${sku}@${one}` && bottle.claim === 'none'),
    )
    const kept = location === undefined && allotment === undefined && from === undefined ? channel.safetyStock : 0
    if (offered.length - kept < quantity) {
      Object.assign(cellar, before)
      return 'insufficient-stock'
    }
    for (const bottle of offered.slice(0, quantity)) {
      bottle.claim = `hold ${id}`
      bottle.line = 10 * index + channel.locations.findIndex((one) => bottle.level.endsWith(`@${one}`))
      if (allotment !== undefined) bottle.allotment = allotment
    }
  }
  cellar.holds.set(id, { state: 'active', madeAtUs: atUs, expiresAtUs: atUs + ttlSeconds * 1_000_000 })
  return 'done'
}

function adjust(cellar: Cellar, ask: NaiveAsk, { sku, location, delta }: Extract<Command, { kind: 'adjust' }>): string {
  const level = `${sku}@${location}`
  if (free(cellar, level).length < -delta) return 'below-zero'
  cellar.diary.push({ level, atUs: ask.atUs, delta, source: ask.source })
  if (delta >= 0) arrive(cellar, level, delta)
  else leave(cellar, level, -delta)
  return 'done'
}

type Fact = Extract<Command, { kind: 'receive' | 'sale' | 'writeOff' | 'count' }>

/** Into the diary with it; then on hand is made what the diary says it is. */
function fact(cellar: Cellar, { atUs, source }: NaiveAsk, command: Fact): string {
  const happenedUs = Math.min(atUs, command.occurredAtMs === undefined ? atUs : command.occurredAtMs * 1_000)
  for (const line of command.lines) {
    const level = `${line.sku}@${command.location}`
    const head = { level, atUs: happenedUs, source }
    if ('counted' in line) cellar.diary.push({ ...head, counted: line.counted })
    else cellar.diary.push({ ...head, delta: command.kind === 'receive' ? line.quantity : -line.quantity })
    takeAside(cellar, command, level, 'quantity' in line ? line.quantity : 0)
    follow(cellar, level)
  }
  return 'done'
}
