import { setTimeout as sleep } from 'node:timers/promises'
import type { Cellar } from '../cellar.ts'
import * as intents from '../intents.ts'
import type { Intent } from '../intents.ts'
import { createRandom, type Random } from '../random.ts'
import type { Recorder } from '../recorder.ts'
import type { ServerNode } from '../server-node.ts'
import { addSku, skuName, skusAtFirst, wineName, winesAtFirst, withdraw } from './goods.ts'
import { HOLDS } from './schedule.ts'

/** Those who change what the feed shows. Each asks again under the same key until it has an answer. */
export interface Writers {
  /** holds that clients follow */
  readonly holds: readonly string[]
  /** offers that were taken away, as `sku@channel` */
  readonly withdrawn: ReadonlySet<string>
  run(signal: AbortSignal): Promise<void>
}

const WRITERS = 3
const PAUSE_MOST_MS = 30
/** Holds last until long after the run: those that lapse would keep it from ever being quiet. */
const HELD_S = 80_000
/** A third of what is done is done to these. */
const HOT_SKUS = 5
/** A search holds 500 SKUs at most: all wines stay below. */
const SKUS_MOST = 440

const habits = {
  price: 20,
  priceList: 7,
  receive: 10,
  sale: 12,
  adjust: 10,
  count: 4,
  hold: 14,
  holdShortly: 4,
  release: 7,
  extend: 6,
  confirm: 6,
  withdraw: 3,
  addSku: 1,
}

interface State {
  readonly cellar: Cellar
  readonly recorder: Recorder
  readonly random: Random
  readonly choose: () => ServerNode
  readonly prefix: string
  readonly live: string[]
  readonly withdrawn: Set<string>
  keys: number
}

/**
 * Makes the holds that are followed, and is ready to begin.
 *
 * @param through the server that is asked, for each try; without it either of them
 */
export async function createWriters(
  cellar: Cellar,
  recorder: Recorder,
  seed: number,
  name: string,
  through?: () => ServerNode,
): Promise<Writers> {
  const random = createRandom(seed * 104_729 + 5)
  const withdrawn = new Set<string>()
  const choose = through ?? (() => random.pick(cellar.nodes))
  const state: State = { cellar, recorder, random, choose, prefix: name, live: [], withdrawn, keys: 0 }
  // Bottles until they are granted: the seeds before may have promised more than there are.
  while (state.live.length < HOLDS) {
    await ask(state, 'house', (key) => intents.receive(key, { location: 'shop' }, [{ sku: skuName(0), quantity: 50 }]))
    for (let made = state.live.length; made < HOLDS; made++) await hold(state, 'house', HELD_S, skuName(0))
  }
  return {
    holds: [...state.live],
    withdrawn,
    run: async (signal) => {
      await Promise.all(Array.from({ length: WRITERS }, (_, index) => write(state, `writer ${index}`, signal)))
    },
  }
}

/** Prices all SKUs in both channels and delivers some bottles of each to both locations. */
export async function stockUp(cellar: Cellar, recorder: Recorder, skus: readonly string[]): Promise<void> {
  const state: State = {
    cellar,
    recorder,
    random: createRandom(1),
    choose: () => cellar.nodes[0],
    prefix: 'stock-up',
    live: [],
    withdrawn: new Set(),
    keys: 0,
  }
  for (let at = 0; at < skus.length; at += LINES_MOST) {
    const some = skus.slice(at, at + LINES_MOST)
    for (const channel of ['web', 'counter']) await ask(state, 'house', (key) => prices(key, some, channel, 1_000 + at))
    for (const location of ['shop', 'warehouse']) {
      const lines = some.map((sku) => ({ sku, quantity: 30 }))
      await ask(state, 'house', (key) => intents.receive(key, { location }, lines))
    }
  }
}

/** Gives back what was taken away: nothing else is as the journal says. */
export async function priceAgain(recorder: Recorder, cellar: Cellar, offers: Iterable<string>, name: string) {
  for (const [index, offer] of [...offers].entries()) {
    const [sku = '', channel = ''] = offer.split('@')
    await recorder.ask(
      'house',
      prices(`${name}:again${index}`, [sku], channel, 1_000 + index),
      () => cellar.nodes[index % 2] ?? cellar.nodes[0],
    )
  }
}

const LINES_MOST = 100

/** A price of some SKUs in a channel. */
function prices(key: string, skus: readonly string[], channel: string, amountMinor: number): Intent {
  const price = { currency: 'EUR', taxIncluded: true, dutyIncluded: true, amountMinor }
  const lines = skus.map((sku) => ({ sku, channel, price }))
  return { call: { method: 'POST', path: '/v1/prices', key, body: { lines } }, act: () => ({ kind: 'setPrice' }) }
}

function ask(state: State, process: string, make: (key: string) => Intent) {
  const key = `${state.prefix}:${(state.keys += 1)}`
  return state.recorder.ask(process, make(key), state.choose)
}

async function hold(state: State, process: string, ttlSeconds: number, sku: string): Promise<void> {
  const { outcome, answer } = await ask(state, process, (key) => intents.hold(key, [{ sku, quantity: 1 }], ttlSeconds))
  if (outcome === 'ok') state.live.push((JSON.parse(answer.body) as { id: string }).id)
}

async function write(state: State, process: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await writeOne(state, process, state.random.weighted(habits))
    await sleep(state.random.below(PAUSE_MOST_MS))
  }
}

function anySku({ random }: State): string {
  return skuName(random.below(random.below(3) === 0 ? HOT_SKUS : skusAtFirst))
}

async function writeOne(state: State, process: string, doing: keyof typeof habits): Promise<void> {
  const { random, cellar } = state
  const sku = anySku(state)
  const channel = random.below(3) > 0 ? 'web' : 'counter'
  const amount = 1_000 + random.below(500)
  switch (doing) {
    case 'price':
      await ask(state, process, (key) => prices(key, [sku], channel, amount))
      return
    case 'priceList': {
      const first = random.below(skusAtFirst - LINES_MOST)
      const skus = Array.from({ length: LINES_MOST }, (_, index) => skuName(first + index))
      await ask(state, process, (key) => prices(key, skus, channel, amount))
      return
    }
    case 'hold':
      return hold(state, process, HELD_S, sku)
    case 'holdShortly':
      return hold(state, process, 1, sku)
    case 'release':
    case 'extend':
    case 'confirm':
      return endHold(state, process, doing)
    case 'withdraw':
      state.withdrawn.add(`${sku}@${channel}`)
      // Where the database is away it was done or not: what is true is asked for in the end.
      return withdraw(cellar, sku, channel).catch(() => {})
    case 'addSku':
      return addAnother(state, process)
    default:
      await ask(state, process, (key) => fact(state, doing, key, sku))
  }
}

async function endHold(state: State, process: string, doing: 'release' | 'extend' | 'confirm'): Promise<void> {
  const { live, random } = state
  if (live.length === 0) return hold(state, process, HELD_S, anySku(state))
  const id = random.pick(live)
  await ask(state, process, (key) => {
    if (doing === 'extend') return intents.extend(key, id, HELD_S + random.below(300))
    return doing === 'release' ? intents.release(key, id) : intents.confirm(key, id)
  })
  if (doing !== 'extend') live.splice(live.indexOf(id), 1)
}

function fact(state: State, doing: 'receive' | 'sale' | 'adjust' | 'count', key: string, sku: string): Intent {
  const location = state.random.pick(['shop', 'warehouse'])
  const quantity = 1 + state.random.below(6)
  if (doing === 'receive') return intents.receive(key, { location }, [{ sku, quantity: 2 * quantity }])
  if (doing === 'sale') return intents.sale(key, { location }, [{ sku, quantity }])
  if (doing === 'count') return intents.count(key, location, { sku, counted: 5 * quantity })
  return intents.adjust(key, { sku, location, quantity: quantity > 3 ? 3 - quantity : quantity })
}

/** One more SKU of a wine, and its first price. */
async function addAnother(state: State, process: string): Promise<void> {
  const { cellar, random } = state
  const [row] = await cellar.query<{ count: number }>('select count(*)::int as count from catalogue.skus')
  const count = row?.count ?? SKUS_MOST
  const sku = skuName(10_000 + count)
  if (count >= SKUS_MOST) return
  await addSku(cellar, sku, wineName(random.below(winesAtFirst))).catch(() => {})
  // Where it is not known whether there is one, or another writer has made it, a price is refused or good.
  await ask(state, process, (key) => prices(key, [sku], 'web', 1_000 + random.below(500)))
}
