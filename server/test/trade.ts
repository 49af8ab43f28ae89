import type { Command, Outcome } from '../src/stock/stock.ts'
import { holdOf, type TestStock } from './stock.ts'

/** Random numbers in [0, 1) from a seed, the same on every machine (mulberry32, by Tommy Ettinger). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

interface Floor {
  readonly random: () => number
  readonly skus: readonly string[]
  readonly holds: string[]
  readonly commitments: string[]
  readonly transfers: string[]
  readonly orders: string[]
  readonly purchases: string[]
  references: number
  readonly openBottles: string[]
}

const pick = <T>(random: () => number, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
const takeOne = (random: () => number, from: string[]): string | undefined =>
  from.splice(Math.floor(random() * from.length), 1)[0]

/** Facts come late, and sometimes from a clock that is ahead. */
function happened(random: () => number): { occurredAtMs?: number } {
  return random() < 0.5
    ? {}
    : { occurredAtMs: Date.now() - Math.floor(random() * 2_000) + (random() < 0.1 ? 10_000 : 0) }
}

function fact({ random, skus }: Floor): Command {
  const head = { location: pick(random, ['shop', 'warehouse']), ...happened(random) }
  const line = { sku: pick(random, skus), quantity: 1 + Math.floor(random() * 6) }
  const dice = random()
  const lot = pick(random, ['L1', 'L2'])
  if (dice < 0.2)
    return {
      kind: 'receive',
      ...head,
      lines: [{ ...line, lot: { id: lot, costMinor: 900, currency: 'EUR' }, bin: 'A/1' }],
    }
  if (dice < 0.4) return { kind: 'receive', ...head, lines: [line] }
  if (dice < 0.5) return { kind: 'sale', ...head, lines: [{ ...line, lot }] }
  if (dice < 0.7) return { kind: 'sale', ...head, lines: [line] }
  if (dice < 0.75) return { kind: 'sale', allotment: 'club', ...head, lines: [line] }
  if (dice < 0.8) return { kind: 'writeOff', reason: 'breakage', from: 'quarantined', ...head, lines: [line] }
  if (dice < 0.84) return { kind: 'quarantine', reason: 'leaking', ...head, lines: [{ ...line, condition: 'sticky' }] }
  if (dice < 0.9) return { kind: 'writeOff', reason: 'breakage', ...head, lines: [line] }
  return { kind: 'count', ...head, lines: [{ sku: line.sku, counted: Math.floor(random() * 20) }] }
}

function price({ random, skus }: Floor): Command {
  const amount = {
    amountMinor: 1_000 + Math.floor(random() * 9_000),
    currency: 'EUR',
    taxIncluded: true,
    dutyIncluded: true,
  }
  return {
    kind: 'setPrice',
    lines: [{ sku: pick(random, skus), channel: pick(random, ['web', 'counter']), price: amount }],
  }
}

function claim(floor: Floor): Command | undefined {
  const { random, holds, commitments } = floor
  if (random() < 0.4) return order(floor)
  const dice = random()
  const id = takeOne(random, dice < 0.6 ? holds : commitments)
  if (id === undefined) return undefined
  if (dice < 0.3) return { kind: 'commit', holdId: id }
  if (dice < 0.5) return { kind: 'release', holdId: id }
  if (dice < 0.6) return { kind: 'extend', holdId: id, ttlSeconds: 900 }
  return { kind: dice < 0.9 ? 'ship' : 'cancel', commitmentId: id }
}

/** A hold is ordered, or something becomes of an order. */
function order(floor: Floor): Command | undefined {
  const { random, holds, orders } = floor
  const dice = random()
  if (dice < 0.35) {
    const holdId = takeOne(random, holds)
    if (holdId === undefined) return undefined
    floor.references += 1
    const reference = `W-${process.pid}-${floor.references}`
    return { kind: 'order', holdId, reference, terms: { fulfilment: 'ship', destination: { country: 'DE' } } }
  }
  if (orders.length === 0) return undefined
  const documentId = pick(random, orders)
  const lines = random() < 0.5 ? { lines: [{ sku: pick(random, floor.skus), quantity: 1 }] } : {}
  if (dice < 0.45) return { kind: pick(random, ['payOrder', 'pickOrder', 'readyOrder'] as const), documentId }
  if (dice < 0.6) return { kind: 'shipOrder', documentId, ...lines, tracking: {} }
  if (dice < 0.65) return { kind: 'deliverOrder', documentId }
  if (dice < 0.72) return { kind: 'collectOrder', documentId, ...lines }
  if (dice < 0.78) return { kind: 'cancelOrder', documentId, ...lines }
  if (dice < 0.92) return { kind: 'returnOrder', documentId, ...lines, ...happened(random) }
  const sold = [{ sku: pick(random, floor.skus), quantity: 1 + Math.floor(random() * 3) }]
  return { kind: 'sale', location: pick(random, ['shop', 'warehouse']), orderRef: documentId, lines: sold }
}

/** As if one SKU were a pair of the other, of which one bottle does not survive. */
export function repackOf(pair: string, bottle: string, location = 'shop'): Command {
  return {
    kind: 'repack',
    location,
    lines: [
      { sku: pair, quantity: 1, part: 'broken' },
      { sku: bottle, quantity: 1, part: 'built' },
      { sku: bottle, quantity: 1, part: 'lost', reason: 'breakage' },
    ],
    contents: [pair, bottle].map((sku) => ({
      sku,
      packaging: sku === pair ? 'carton' : 'bottle',
      bottles: [{ wine: 'w', vintage: 'NV', formatMl: 750, bottles: sku === pair ? 2 : 1 }],
    })),
  }
}

/** Bottles set aside, given back, sent and received. */
function aside({ random, skus, transfers }: Floor): Command {
  const head = {
    location: pick(random, ['shop', 'warehouse']),
    lines: [{ sku: pick(random, skus), quantity: 1 + Math.floor(random() * 3) }] as const,
  }
  const dice = random()
  if (dice < 0.2) return { kind: 'move', location: head.location, lines: [{ ...head.lines[0], toBin: 'B/2' }] }
  const documentId = takeOne(random, transfers)
  if (documentId !== undefined) {
    const missing = Math.floor(random() * 2)
    if (dice < 0.3) return { kind: 'cancelTransfer', documentId }
    return dice < 0.5
      ? { kind: 'receiveTransfer', documentId }
      : { kind: 'receiveTransfer', documentId, reason: 'lost', lines: [{ ...head.lines[0], missing }] }
  }
  if (dice < 0.5) {
    const [fromLocation, toLocation] = dice < 0.35 ? ['shop', 'warehouse'] : ['warehouse', 'shop']
    return { kind: 'transfer', fromLocation, toLocation, lines: head.lines }
  }
  if (dice < 0.6) {
    const [pair = '', bottle = ''] = skus
    return repackOf(pair, bottle, head.location)
  }
  if (dice < 0.7) return { kind: 'reinstate', ...head }
  return { kind: dice < 0.9 ? 'allocate' : 'deallocate', allotment: 'club', ...head }
}

/** Bottles ordered, put off, cancelled, and received in part or whole. */
function purchase({ random, skus, purchases }: Floor): Command {
  const lines = [{ sku: pick(random, skus), quantity: 3 + Math.floor(random() * 6) }]
  const documentId = random() < 0.6 ? purchases.at(-1 - Math.floor(random() * 3)) : undefined
  const expectedAtMs = Date.now() + 86_400_000
  if (documentId === undefined) {
    const location = pick(random, ['shop', 'warehouse'])
    return { kind: 'purchase', location, ...(random() < 0.5 ? { expectedAtMs } : {}), lines }
  }
  const dice = random()
  if (dice < 0.1) return { kind: 'cancelPurchase', documentId }
  if (dice < 0.2) return { kind: 'reschedulePurchase', documentId, expectedAtMs: dice < 0.15 ? null : expectedAtMs }
  if (dice < 0.3) return { kind: 'receivePurchase', documentId, close: true }
  return { kind: 'receivePurchase', documentId, ...happened(random), ...(dice < 0.6 ? { lines } : {}) }
}

/** Bottles by the glass. */
function glass({ random, skus, openBottles }: Floor): Command {
  const documentId = openBottles.at(-1)
  if (documentId === undefined || random() < 0.3)
    return { kind: 'openBottle', location: 'shop', sku: pick(random, skus), formatMl: 750, ...happened(random) }
  if (random() < 0.7) return { kind: 'pour', documentId, ml: pick(random, [75, 125, 250]), ...happened(random) }
  takeOne(random, openBottles)
  return { kind: 'discard', documentId, reason: 'oxidised' }
}

/** What every day begins with, so that none is without an allotment. */
function morningOf([sku = '']: readonly string[]): Command[] {
  const line = { sku, quantity: 12 }
  return [
    { kind: 'receive', location: 'shop', lines: [line] },
    { kind: 'allocate', allotment: 'club', location: 'shop', lines: [{ ...line, quantity: 2 }] },
  ]
}

function next(floor: Floor): Command {
  const { random, skus } = floor
  const dice = random()
  if (dice < 0.3) return fact(floor)
  if (dice < 0.33) return price(floor)
  if (dice < 0.36)
    return { kind: 'adjust', sku: pick(random, skus), location: 'shop', delta: 2, reason: 'found behind a rack' }
  if (dice < 0.42) return aside(floor)
  if (dice < 0.46) return glass(floor)
  if (dice < 0.51) return purchase(floor)
  const claimed = dice < 0.6 ? claim(floor) : undefined
  if (claimed) return claimed
  const lines = [pick(random, skus), pick(random, skus)].map((sku) => ({
    sku,
    quantity: 1 + Math.floor(random() * 3),
    channel: 'web',
    ...(random() < 0.3 ? { allotment: 'club' } : random() < 0.3 ? { from: 'incoming' as const } : {}),
  }))
  return random() < 0.3
    ? { kind: 'hold', ttlSeconds: 600, lines }
    : holdOf(pick(random, skus), 1 + Math.floor(random() * 3))
}

function note(floor: Floor, command: Command, outcome: Outcome): void {
  if (outcome.kind !== 'done') return
  const { id } = JSON.parse(outcome.body) as { id: string }
  if (command.kind === 'hold') floor.holds.push(id)
  if (command.kind === 'commit') floor.commitments.push(id)
  if (command.kind === 'order') floor.orders.push(id)
  if (command.kind === 'transfer') floor.transfers.push(id)
  if (command.kind === 'purchase') floor.purchases.push(id)
  if (command.kind === 'openBottle') floor.openBottles.push(id)
}

/**
 * A trading day over some SKUs: facts in and out of time, prices, holds and what becomes of them, from a seed. Several at once, over one or
 * several processes.
 *
 * @param options.commands how many each of `options.hands` submits, one after another
 */
export async function trade(
  stocks: readonly TestStock[],
  options: { seed: number; commands: number; hands: number; skus: readonly string[] },
): Promise<void> {
  const floor = {
    skus: options.skus,
    holds: [],
    commitments: [],
    transfers: [],
    orders: [],
    purchases: [],
    openBottles: [],
  }
  await Promise.all(
    Array.from({ length: options.hands }, async (_, hand) => {
      const mine: Floor = {
        ...floor,
        random: seeded(options.seed * 1_000 + hand),
        references: (options.seed * 1_000 + hand) * 1_000,
      }
      for (let i = 0; i < options.commands; i++) {
        const command = (hand === 0 ? morningOf(options.skus)[i] : undefined) ?? next(mine)
        note(mine, command, await pick(mine.random, stocks).ask(command))
      }
    }),
  )
}
