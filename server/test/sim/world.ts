import type { LevelSeen } from '@cellarhand/bench/src/witness/history.ts'
import { priceKey } from '../../src/stock/core/context.ts'
import { locations, skus, tenEuros } from '../cellar-world.ts'
import type { Known } from './draw.ts'
import { createChance, type Chance } from './chance.ts'
import { askUntilTold, runClient, type ClientDoor, type Notebook } from './client.ts'
import { createClock, type Clock } from './clock.ts'
import { noFaults, type Faults, type Network } from './connection.ts'
import { createFollower, type Follower } from './follower.ts'
import { startProcess, type ServerProcess, type Troubles } from './server-process.ts'
import { beginTransaction, commitTransaction, createStore, type Flaw, type Store } from './store.ts'
import { appendLog } from './writing.ts'
import { simSettings, SOLD_AS } from './sold-lot.ts'

/** A world after its end, for the judge. */
export interface World {
  readonly store: Store
  readonly notebook: Notebook
  readonly followers: readonly Follower[]
  readonly troubles: Troubles
}

interface Running extends World {
  readonly clock: Clock
  readonly chance: Chance
  readonly network: Network
  readonly processes: ServerProcess[]
  started: number
  /** Holds and commitments, of all clients: two may want to end the same one. */
  readonly known: Known
}

const CLIENTS = 5
const OPERATIONS = 6
const PROCESSES = 2
/** Longer than any deadline, patience and lock timeout together. */
const LONGEST_MS = 600_000

/**
 * A world from a seed: several real batchers on one simulated database, clients that repeat what they were not told, replicas that
 * follow the log; statements fail, connections break before and after commits, processes are killed, locks are held by somebody who
 * has stopped, clocks jump. Then everything is quiet and comes to rest.
 */
export async function runWorld(seed: number, flaws: readonly Flaw[] = []): Promise<World> {
  const chance = createChance(seed)
  const clock = createClock(chance)
  const network: Network = { clock, chance, faults: drawFaults(chance) }
  const store = createStore(clock, simSettings, flaws)
  for (const sku of [...skus, 'SET', SOLD_AS]) {
    for (const channel of ['web', 'counter'])
      store.tables.prices.set(priceKey(sku, channel), { ...tenEuros, sku, channel })
  }
  const world: Running = {
    store,
    clock,
    chance,
    network,
    processes: [],
    started: 0,
    troubles: new Map(),
    known: { holds: [], commitments: [], transfers: [], orders: [], purchases: [], handedOver: [], openBottles: [] },
    notebook: { history: [], asked: new Map(), answered: new Map(), open: new Set(), faults: [] },
    followers: [createFollower(store, network), createFollower(store, network)],
  }
  for (let i = 0; i < PROCESSES; i++) start(world)
  const over = new AbortController()
  const background = [followLog(world, over.signal), expireHolds(world, over.signal), ...mischief(world, over.signal)]
  await clock.runUntil(finished(stockUp(world)), LONGEST_MS)
  await clock.runUntil(finished(runClients(world)), LONGEST_MS)
  network.faults = noFaults
  await clock.runUntil(finished(comeToRest(world)), LONGEST_MS)
  over.abort()
  await clock.runUntil(finished(Promise.all(background)), LONGEST_MS)
  return world
}

/** Some worlds are calm, some are slow, some are hell. */
function drawFaults(chance: Chance): Faults {
  const often = chance.pick([0, 0.3, 1.5])
  return {
    slow: chance.pick([5, 30]),
    fails: often,
    lost: often / 2,
    lostAtCommit: often * 5,
    rolledBackAtCommit: often * 3,
  }
}

function start(world: Running): void {
  world.started += 1
  world.processes.push(startProcess(`p${world.started}`, world.store, world.network, world.troubles))
}

function finished(work: Promise<unknown>): () => boolean {
  let isOver = false
  let failure: unknown
  work.then(
    () => (isOver = true),
    (error: unknown) => {
      failure = error
      isOver = true
    },
  )
  return () => {
    if (failure !== undefined) throw failure
    return isOver
  }
}

function choose({ processes, chance }: Running): ServerProcess {
  return chance.pick(processes.filter((process) => process.isAlive()))
}

const doorOf = (world: Running, name: string): ClientDoor => ({
  name,
  network: world.network,
  notebook: world.notebook,
  known: world.known,
  choose: () => choose(world),
})

/** The first deliveries and orders, at levels that have no row yet; the same faults as for everybody. */
async function stockUp(world: Running): Promise<void> {
  const some = (most: number) => 1 + world.chance.below(most)
  const deliveries = locations.map((location) => {
    const lines = skus.map((sku) => ({ sku, quantity: some(8) }))
    return askUntilTold(doorOf(world, `delivery to ${location}`), 'first', { kind: 'receive', location, lines })
  })
  const orders = skus.map((sku) => {
    const order = { kind: 'purchase', location: 'shop', lines: [{ sku, quantity: some(6) }] } as const
    return askUntilTold(doorOf(world, `order of ${sku}`), 'first', order)
  })
  await Promise.all([...deliveries, ...orders])
}

async function runClients(world: Running): Promise<void> {
  await Promise.all(Array.from({ length: CLIENTS }, (_, index) => runClient(doorOf(world, `c${index}`), OPERATIONS)))
}

/** Everything that is still owed is done, and everybody stops. */
async function comeToRest(world: Running): Promise<void> {
  const { clock, store, processes } = world
  await clock.sleep(8_000)
  store.skewMs = Math.max(store.skewMs, 0)
  for (const { tables } = store; [...tables.holds.values()].some((hold) => hold.loose);) {
    choose(world).expire()
    await clock.sleep(300)
  }
  await Promise.all(processes.filter((process) => process.isAlive()).map((process) => process.close()))
}

async function followLog({ followers, chance, clock, store, notebook }: Running, signal: AbortSignal): Promise<void> {
  const isBehind = () => followers.some((follower) => follower.live.positionNumber() < store.head())
  while (!signal.aborted || isBehind()) {
    await clock.sleep(isBehind() ? 1 + chance.below(30) : 100, signal.aborted ? undefined : signal)
    for (const [index, follower] of followers.entries()) {
      if (signal.aborted || chance.percent(70)) follower.look()
      const { live } = follower
      const at = clock.nowMs()
      const read = { process: `reader ${index}`, invokedAt: at, returnedAt: at, position: live.positionNumber() }
      if (chance.percent(20)) notebook.history.push({ ...read, kind: 'read', levels: levelsSeen(follower) })
    }
  }
}

/** What a replica shows of every level. */
export function levelsSeen({ live }: Follower): LevelSeen[] {
  return skus.flatMap((sku) =>
    locations.map((location) => {
      const level = live.level(sku, location)
      const {
        available = 0,
        held = 0,
        committed = 0,
        allocated = 0,
        quarantined = 0,
        short = 0,
        incoming = 0,
        incomingCommitted = 0,
      } = level ?? {}
      return { sku, location, available, held, committed, allocated, quarantined, short, incoming, incomingCommitted }
    }),
  )
}

async function expireHolds(world: Running, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await world.clock.sleep(100 + world.chance.below(400), signal)
    if (!signal.aborted) choose(world).expire()
  }
}

function mischief(world: Running, signal: AbortSignal): Promise<void>[] {
  const { chance } = world
  return [
    ...(chance.percent(50) ? [now(world, signal, killOne)] : []),
    ...(chance.percent(30) ? [now(world, signal, stopWithLock)] : []),
    ...(chance.percent(40) ? [now(world, signal, turnClock)] : []),
    ...(chance.percent(30) ? [now(world, signal, changeSettings)] : []),
  ]
}

/** Does something every so often until it is over. */
async function now(world: Running, signal: AbortSignal, deed: (world: Running) => Promise<void> | void): Promise<void> {
  while (!signal.aborted) {
    await world.clock.sleep(50 + world.chance.below(2_000), signal)
    if (!signal.aborted && world.network.faults !== noFaults) await deed(world)
  }
}

function killOne(world: Running): void {
  choose(world).kill()
  start(world)
}

/** Somebody locks a level and stops, for less or more than the lock timeout. */
async function stopWithLock({ store, chance, clock }: Running): Promise<void> {
  const transaction = beginTransaction(store, 'stopped')
  try {
    await store.locks.take(transaction, `level ${chance.pick(skus)}@${chance.pick(locations)}`)
    await clock.sleep(chance.pick([100, 3_000]))
  } catch {
    // Somebody else was longer at it.
  }
  store.locks.releaseAll(transaction)
}

function turnClock({ store, chance }: Running): void {
  store.skewMs = chance.pick([0, 3_600_000, -3_600_000])
}

/** A new settings version that means nothing else: batches planned on the old one have to notice. */
async function changeSettings({ store }: Running): Promise<void> {
  const transaction = beginTransaction(store, 'settings')
  try {
    await store.locks.take(transaction, 'settings')
    const settings = { ...store.settings, version: store.settings.version + 1 }
    await appendLog(transaction, { batch: null, atUs: store.nowUs(), changes: { settings } })
    store.settings = settings
    commitTransaction(transaction)
  } catch {
    store.locks.releaseAll(transaction)
  }
}
