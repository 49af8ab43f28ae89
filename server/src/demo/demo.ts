import { formatMoney } from '@cellarhand/protocol/money'
import type { Level } from '@cellarhand/protocol/stock'
import { sleep } from '../platform/loop.ts'
import { between, pick, seeded } from './random.ts'
import { openShop, type Shop } from './shop.ts'

export interface DemoOptions {
  /** The same seed plays the same day on the same stock. */
  readonly seed: number
  /** Events a second. */
  readonly pace: number
  readonly signal: AbortSignal
  readonly say: (line: string) => void
  readonly newKey: () => string
}

/** A day is this many events, from nine to nine. */
const DAY_EVENTS = 360
const OPENS_AT_MINUTE = 9 * 60
const OPEN_MINUTES = 12 * 60
/** Short enough to watch a hold lapse, long enough to confirm one. */
const HOLD_SECONDS = 45
/** Stock is looked at anew this often, so that a sold-out bottle is not asked for all day. */
const LOOK_EVERY = 40

interface Day {
  readonly shop: Shop
  readonly random: () => number
  readonly say: DemoOptions['say']
  /** Holds that their customers have still to make up their minds about. */
  readonly carts: { readonly id: string; readonly sku: string }[]
  shelves: Level[]
}

/**
 * Plays trading days through the public API until `signal` aborts: till sales, web holds confirmed or lapsed, deliveries, a count, a
 * breakage, a price change. Errors of the moment are said and passed over.
 */
export async function playDemo(url: string, options: DemoOptions): Promise<void> {
  const { signal, say } = options
  const shop = openShop(url, options)
  const day: Day = { shop, random: seeded(options.seed), say, carts: [], shelves: [] }
  for (let event = 0; !signal.aborted; event++) {
    try {
      if (event % LOOK_EVERY === 0) day.shelves = await shop.levels('shop')
      await play(day, event % DAY_EVENTS, clock(event))
    } catch (error) {
      if (!signal.aborted)
        say(`${clock(event)}  the demo met trouble: ${error instanceof Error ? error.message : 'unknown'}`)
    }
    await sleep(1_000 / options.pace, signal)
  }
}

function clock(event: number): string {
  const minute = OPENS_AT_MINUTE + Math.floor(((event % DAY_EVENTS) * OPEN_MINUTES) / DAY_EVENTS)
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}

/** What has its hour, and else what chance brings. */
function play(day: Day, event: number, time: string): Promise<void> {
  switch (event) {
    case 5:
    case 185:
      return delivery(day, time)
    case 45:
      return count(day, time)
    case 75:
    case 250:
      return priceChange(day, time)
    case 120:
      return breakage(day, time)
    default: {
      const chance = day.random()
      if (chance < 0.5) return sale(day, time)
      if (chance < 0.8 || day.carts.length === 0) return fillCart(day, time)
      return makeUpMind(day, time)
    }
  }
}

async function sale({ shop, random, say, shelves }: Day, time: string): Promise<void> {
  const level = pick(
    random,
    shelves.filter((one) => one.available > 0),
  )
  if (!level) return
  const quantity = between(random, 1, Math.min(3, level.available))
  const done = await shop.write('till-1', '/v1/sales', { location: 'shop', lines: [{ sku: level.sku, quantity }] })
  if (done) say(`${time}  till   sold ${quantity} × ${level.sku}`)
}

async function fillCart({ shop, random, say, shelves, carts }: Day, time: string): Promise<void> {
  const { sku } = pick(random, shelves) ?? {}
  if (sku === undefined) return
  const quantity = between(random, 1, 4)
  const hold = await shop.hold(sku, quantity, HOLD_SECONDS)
  if (hold) carts.push({ id: hold.id, sku })
  say(
    hold ? `${time}  web    holds ${quantity} × ${sku}` : `${time}  web    wanted ${quantity} × ${sku}: not to be had`,
  )
}

/** Two of three confirm; the others' holds lapse by themselves. */
async function makeUpMind({ shop, random, say, carts }: Day, time: string): Promise<void> {
  const cart = carts.shift()
  if (!cart) return
  if (random() < 0.33) return say(`${time}  web    leaves ${cart.sku} in the cart; the hold will lapse`)
  const commitment = await shop.write('web', `/v1/holds/${cart.id}/commit`, {})
  if (!commitment) return say(`${time}  web    came back too late for ${cart.sku}`)
  say(`${time}  web    bought ${cart.sku}`)
  if (random() < 0.5) {
    await shop.write('packer', `/v1/commitments/${cart.id}/ship`, {})
    say(`${time}  packer shipped ${cart.sku}`)
  }
}

/** What runs low comes in, so that the cellar lasts as long as somebody watches. */
async function delivery({ shop, random, say, shelves }: Day, time: string): Promise<void> {
  const low = shelves.filter((level) => level.available < 3).slice(0, 40)
  const chosen = low.length > 0 ? low : [pick(random, shelves)]
  const lines = chosen.filter(Boolean).map(({ sku }) => ({ sku, quantity: pick(random, [6, 6, 12]) }))
  if (lines.length === 0) return
  await shop.write('receiving', '/v1/receipts', { location: 'shop', reference: `delivery ${time}`, lines })
  const bottles = lines.reduce((sum, line) => sum + line.quantity, 0)
  say(`${time}  yard   delivery: ${bottles} of ${lines.length} wines`)
}

/** Mostly right, sometimes one off: that is what counts are for. */
async function count({ shop, random, say, shelves }: Day, time: string): Promise<void> {
  const chosen = new Map(Array.from({ length: 8 }, () => pick(random, shelves)).map((level) => [level?.sku, level]))
  const lines = [...chosen.values()].flatMap((level) =>
    level ? [{ sku: level.sku, counted: Math.max(0, level.onHand - (random() < 0.25 ? 1 : 0)) }] : [],
  )
  if (lines.length === 0) return
  await shop.write('cellar', '/v1/counts', { location: 'shop', reference: 'shelf count', lines })
  say(`${time}  cellar counted ${lines.length} wines`)
}

async function breakage({ shop, random, say, shelves }: Day, time: string): Promise<void> {
  const level = pick(
    random,
    shelves.filter((one) => one.available > 0),
  )
  if (!level) return
  const lines = [{ sku: level.sku, quantity: 1 }]
  await shop.write('cellar', '/v1/write-offs', { location: 'shop', reason: 'breakage', lines })
  say(`${time}  cellar broke a bottle of ${level.sku}`)
}

/** Five per cent up or down, to the next whole unit. */
async function priceChange({ shop, random, say, shelves }: Day, time: string): Promise<void> {
  const { sku } = pick(random, shelves) ?? {}
  const offer = sku === undefined ? undefined : await shop.offer(sku)
  if (!sku || !offer) return
  const factor = random() < 0.5 ? 0.95 : 1.05
  const price = {
    ...offer.price,
    amountMinor: Math.max(100, Math.round((offer.price.amountMinor * factor) / 100) * 100),
  }
  await shop.write('office', '/v1/prices', { lines: [{ sku, channel: 'web', price }] })
  say(`${time}  office ${sku} now costs ${formatMoney(price)}`)
}
