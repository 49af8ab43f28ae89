import { setTimeout as sleep } from 'node:timers/promises'
import { asideIntent, isAside, type AsideDoing } from './aside.ts'
import { holdAllotted } from './intents-aside.ts'
import * as intents from './intents.ts'
import type { Intent } from './intents.ts'
import type { Random } from './random.ts'
import type { Recorder, Settled } from './recorder.ts'
import type { ServerNode } from './server-node.ts'

/** What clients do, each as often as its weight says against the others. */
export type Habits = Readonly<Record<Doing, number>>

type Doing =
  | 'hold'
  | 'holdSeveral'
  | 'holdShortly'
  | 'extend'
  | 'confirm'
  | 'release'
  | 'ship'
  | 'cancel'
  | 'sale'
  | 'lateSale'
  | 'receive'
  | 'count'
  | 'adjust'
  | 'writeOff'
  | 'setPrice'
  | 'read'
  | 'readOwn'
  | 'holdAllotted'
  | AsideDoing

/** A flash sale: many want the same few bottles, some confirm, a till sells beside them, a delivery comes. */
export const flashSale: Habits = {
  hold: 55,
  holdSeveral: 5,
  holdShortly: 0,
  extend: 3,
  confirm: 12,
  release: 10,
  ship: 3,
  cancel: 1,
  sale: 2,
  lateSale: 0,
  receive: 1,
  count: 0,
  adjust: 0,
  writeOff: 0,
  setPrice: 1,
  read: 4,
  readOwn: 3,
  holdAllotted: 1,
  allocate: 1,
  deallocate: 0,
  allottedSale: 0,
  quarantine: 0,
  reinstate: 0,
  writeOffAside: 0,
  send: 1,
  arrive: 1,
  turnBack: 0,
  receiveLot: 1,
  move: 0,
}

/** A day with everything in it: holds lapse, counts find less, tills sell what is held. */
export const wildDay: Habits = {
  hold: 30,
  holdSeveral: 10,
  holdShortly: 12,
  extend: 3,
  confirm: 10,
  release: 8,
  ship: 4,
  cancel: 3,
  sale: 6,
  lateSale: 2,
  receive: 4,
  count: 3,
  adjust: 3,
  writeOff: 2,
  setPrice: 2,
  read: 5,
  readOwn: 5,
  holdAllotted: 8,
  allocate: 5,
  deallocate: 2,
  allottedSale: 2,
  quarantine: 3,
  reinstate: 2,
  writeOffAside: 2,
  send: 4,
  arrive: 4,
  turnBack: 1,
  receiveLot: 3,
  move: 2,
}

/** The people and tills of a storm. */
export interface Shoppers {
  /** Lets `clients` loop over their habits until the signal aborts or all of `attempts` are made; resolves when all are answered. */
  run(options: { clients: number; signal: AbortSignal; attempts?: number; pauseMs?: number }): Promise<void>
  /** Does one thing under a fresh key. */
  do(process: string, make: (key: string) => Intent): Promise<Settled>
}

interface Street {
  readonly recorder: Recorder
  readonly random: Random
  readonly skus: readonly string[]
  readonly habits: Habits
  readonly choose: () => ServerNode
  readonly nextKey: () => string
  /** Holds that were granted and not ended by who made them; commitments that are not yet shipped. */
  readonly live: string[]
  readonly sold: string[]
  /** Transfers that were sent. */
  readonly sent: string[]
  /** The newest position a client was told. */
  readonly told: Map<string, string>
}

/**
 * Shoppers over some SKUs. The first SKU is the one that everybody wants.
 *
 * @param options.prefix what all their keys begin with
 * @param options.choose the server to ask, anew for each try
 */
export function createShoppers(
  recorder: Recorder,
  random: Random,
  options: { skus: readonly string[]; habits: Habits; prefix: string; choose: () => ServerNode },
): Shoppers {
  let keys = 0
  const { prefix, ...rest } = options
  const street: Street = {
    recorder,
    random,
    ...rest,
    nextKey: () => `${prefix}${(keys += 1)}`,
    live: [],
    sold: [],
    sent: [],
    told: new Map(),
  }
  return {
    do: (process, make) => ask(street, process, make),
    run: async ({ clients, signal, attempts = Number.POSITIVE_INFINITY, pauseMs = 0 }) => {
      let left = attempts
      const client = async (process: string) => {
        while (!signal.aborted && left > 0) {
          left -= 1
          await act(street, process, random.weighted(street.habits))
          if (pauseMs > 0) await sleep(random.below(2 * pauseMs))
        }
      }
      await Promise.all(Array.from({ length: clients }, (_, index) => client(`client ${index}`)))
    },
  }
}

async function ask(street: Street, process: string, make: (key: string) => Intent): Promise<Settled> {
  const settled = await street.recorder.ask(process, make(street.nextKey()), street.choose)
  street.told.set(process, String(settled.answer.headers['cellarhand-position']))
  return settled
}

/** Two thirds want the first SKU, the others any. */
function wanted({ random, skus }: Street): string {
  return random.below(3) < 2 ? (skus[0] as string) : random.pick(skus)
}

function some(street: Street): { sku: string; quantity: number } {
  return { sku: wanted(street), quantity: 1 + street.random.below(2) }
}

function somewhere(street: Street): { location: string } {
  return { location: street.random.below(4) < 3 ? 'shop' : 'warehouse' }
}

async function act(street: Street, process: string, doing: Doing): Promise<void> {
  switch (doing) {
    case 'hold':
      return hold(street, process, [some(street)])
    case 'holdShortly':
      return hold(street, process, [some(street)], 1)
    case 'holdSeveral':
      return hold(
        street,
        process,
        street.random
          .shuffled(street.skus)
          .slice(0, 3)
          .map((sku) => ({ sku, quantity: 1 })),
      )
    case 'extend':
    case 'confirm':
    case 'release':
      return endHold(street, process, doing)
    case 'ship':
    case 'cancel':
      return fulfil(street, process, doing)
    case 'holdAllotted':
      return keep(street, await ask(street, process, (key) => holdAllotted(key, some(street))))
    case 'read':
      return look(street, process, {})
    case 'readOwn':
      return look(street, process, { least: street.told.get(process) })
    default:
      if (isAside(doing)) return aside(street, process, doing)
      await ask(street, process, (key) => fact(street, doing, key))
  }
}

async function aside(street: Street, process: string, doing: AsideDoing) {
  const at = { ...some(street), ...somewhere(street) }
  const { intent, outcome, answer } = await ask(street, process, (key) => asideIntent(street, doing, key, at))
  if (intent.call.path === '/v1/transfers' && outcome === 'ok') {
    street.sent.push((JSON.parse(answer.body) as { id: string }).id)
  }
}

async function hold(street: Street, process: string, lines: readonly intents.SkuQuantity[], ttlSeconds?: number) {
  keep(street, await ask(street, process, (key) => intents.hold(key, lines, ttlSeconds)))
}

/** Remembers a hold that was granted. */
function keep(street: Street, { outcome, answer }: Settled): void {
  if (outcome === 'ok') street.live.push((JSON.parse(answer.body) as { id: string }).id)
}

/** Of holds that anybody made: two may want to end the same one at once. */
async function endHold(street: Street, process: string, doing: 'extend' | 'confirm' | 'release') {
  if (street.live.length === 0) return hold(street, process, [some(street)])
  const id = street.random.pick(street.live)
  const make = {
    extend: (key: string) => intents.extend(key, id, 300),
    confirm: (key: string) => intents.confirm(key, id),
    release: (key: string) => intents.release(key, id),
  }
  const { outcome } = await ask(street, process, make[doing])
  if (doing === 'extend' && outcome === 'ok') return
  const at = street.live.indexOf(id)
  // Some stay on the list: that a hold has ended has to be said as often as somebody asks.
  if (at >= 0 && street.random.below(8) > 0) street.live.splice(at, 1)
  if (doing === 'confirm' && outcome === 'ok') street.sold.push(id)
}

async function fulfil(street: Street, process: string, doing: 'ship' | 'cancel') {
  if (street.sold.length === 0) return hold(street, process, [some(street)])
  const id = street.random.pick(street.sold)
  await ask(street, process, (key) => intents.fulfil(key, id, doing))
  const at = street.sold.indexOf(id)
  if (at >= 0 && street.random.below(8) > 0) street.sold.splice(at, 1)
}

async function look(street: Street, process: string, { least }: { least?: string | undefined }) {
  const level = { sku: wanted(street), ...somewhere(street) }
  await street.recorder.look(process, street.choose(), least === undefined ? level : { ...level, least })
}

/** A late sale happened up to ten minutes ago: a count since then has seen it. */
const LATE_MOST_MS = 600_000

function fact(street: Street, doing: Exclude<Doing, AsideDoing>, key: string): Intent {
  const at = somewhere(street)
  const line = some(street)
  const below = (bound: number) => street.random.below(bound)
  switch (doing) {
    case 'lateSale': {
      const occurredAt = new Date(Date.now() - below(LATE_MOST_MS)).toISOString()
      return intents.sale(key, { ...at, occurredAt }, [line])
    }
    case 'receive':
      return intents.receive(key, at, [{ ...line, quantity: 1 + below(12) }])
    case 'count':
      return intents.count(key, at.location, { sku: line.sku, counted: below(30) })
    case 'adjust':
      return intents.adjust(key, { sku: line.sku, ...at, quantity: below(11) - 5 })
    case 'writeOff':
      return intents.writeOff(key, at, [line])
    case 'setPrice':
      return intents.setPrice(key, [line.sku], 1_000 + below(500))
    default:
      return intents.sale(key, at, [line])
  }
}
