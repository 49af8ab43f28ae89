import type { View } from '../../src/client.ts'
import { createCellarhand, type Cellarhand, type Outcome } from '../../src/client.ts'
import { keyOf, type Value } from '../../src/store.ts'
import type { Signal } from '../../src/world.ts'
import {
  change,
  createCellar,
  heldBy,
  positionOf,
  recatalogue,
  restore,
  skus,
  topics,
  type Cellar,
  type Flaw,
} from './cellar.ts'
import { simulatedWays, type Network } from './lines.ts'
import { createLoop, type Loop } from './loop.ts'
import { createOffice, type Office } from './office.ts'

/** One world: a client, its server and what is between them. */
interface World {
  readonly loop: Loop
  readonly cellar: Cellar
  readonly network: Network
  readonly office: Office
  readonly client: Cellarhand
  readonly tell: (signal: Signal) => void
  readonly following: Map<string, () => void>
  readonly outcomes: { kind: Outcome<unknown>['kind'] }[]
  naps: number
  readonly complaints: string[]
}

/** What a world goes through; and how long it then has to come to rest: the longest wait between two tries, twice, and a line that is silent. */
const ACTS = 28
const QUIET_MS = 180_000

function createWorld(seed: number, flaw: Flaw | undefined): World {
  const loop = createLoop(seed)
  const cellar = createCellar()
  const blocked = new Set(loop.percent(30) ? ['websocket'] : [])
  if (loop.percent(20)) blocked.add('sse')
  const network: Network = { isUp: true, blocked, open: new Set(), flaw }
  const office = createOffice(loop, network)
  let tell: (signal: Signal) => void = () => {}
  let keys = 0
  let wallOffset = 0
  const client = createCellarhand({
    url: '',
    getToken: () =>
      loop.percent(50) ? 'token' : new Promise((go) => loop.after(loop.below(100), () => go(undefined))),
    world: {
      now: loop.now,
      // The device's clock jumps back and forth.
      wall: () => loop.now() + (wallOffset += loop.percent(2) ? loop.below(7_200_000) - 3_600_000 : 0),
      random: loop.random,
      key: () => `key-${(keys += 1)}`,
      after: loop.after,
      fetch: office.fetch,
      ways: simulatedWays({ loop, cellar, network }),
      signals(on) {
        tell = on
        return () => {}
      },
    },
  })
  return {
    loop,
    cellar,
    network,
    office,
    client,
    tell: (signal) => tell(signal),
    following: new Map(),
    outcomes: [],
    naps: 0,
    complaints: [],
  }
}

/** Runs the world of a seed to its end. What went wrong in it, as sentences. */
export async function runWorld(seed: number, flaw?: Flaw): Promise<readonly string[]> {
  const world = createWorld(seed, flaw)
  const { loop } = world
  for (let count = 0; count < 3; count += 1) follow(world, loop.pick(topics))
  for (let count = 0; count < ACTS; count += 1) {
    act(world)
    for (let more = loop.below(8); more > 0; more -= 1) loop.after(loop.below(2_000), () => trade(world))
    await loop.run(loop.percent(30) ? loop.below(12_000) : loop.below(600))
  }
  world.network.isUp = true
  world.tell('online')
  await loop.run(QUIET_MS)
  judgeViews(world)
  judgeWrites(world)
  world.client.close()
  await loop.run(600_000)
  if (loop.pending() > 0) world.complaints.push(`${loop.pending()} timers are left after the client was closed`)
  return world.complaints
}

function act(world: World): void {
  const { loop, cellar, network, client } = world
  const acts: (() => void)[] = [
    () => follow(world, loop.pick(topics)),
    () => follow(world, loop.pick(topics)),
    () => unfollow(world),
    () => unfollow(world),
    () => cut(network),
    () => cut(network),
    () => network.open.forEach((line) => line.reset()),
    () => setUp(world, false),
    () => setUp(world, true),
    () => loop.percent(20) && sleep(world),
    () => world.tell('shown'),
    () => loop.percent(30) && restoreCellar(world),
    () => (cellar.horizon = loop.percent(20) ? cellar.head : cellar.horizon),
    () => loop.percent(20) && client.reconnect(),
    () => write(world),
    () => burst(world),
    () =>
      loop.percent(30) && [...world.following.keys()].slice(0, 1).forEach((topic) => client.offers(topic).refetch()),
  ]
  loop.pick(acts)()
}

function trade({ loop, cellar }: World): void {
  if (loop.percent(20))
    return recatalogue(cellar, loop.pick(skus), positionOf({ ...cellar, head: loop.below(cellar.head) }))
  change(cellar, loop.pick(skus), loop.percent(15) ? undefined : loop.below(4))
}

/** Much changes at once, and the line breaks while it is told. */
function burst(world: World): void {
  const { loop, network } = world
  for (let count = 0; count < 8; count += 1) trade(world)
  loop.after(loop.below(500), () => cut(network))
}

function follow(world: World, topic: string): void {
  if (world.following.has(topic)) return
  const followed = world.client.offers(topic)
  const newest = new Map<string, Value>()
  const off = followed.subscribe(() => judgeOrder(world, topic, newest, followed.view()))
  world.following.set(topic, off)
}

function unfollow(world: World): void {
  const { loop, following } = world
  const [topic, off] = loop.pick([...following, [undefined, () => {}] as const])
  if (topic === undefined) return
  off()
  following.delete(topic)
  // Somebody comes back for it just when it has been given up.
  if (loop.percent(50)) loop.after(5_000 + loop.below(500), () => follow(world, topic))
}

function cut(network: Network): void {
  for (const line of network.open) line.cut()
}

function sleep(world: World): void {
  world.loop.sleep(600_000)
  world.naps += 1
}

function setUp({ loop, network, tell }: World, isUp: boolean): void {
  network.isUp = isUp
  if (!isUp) cut(network)
  if (loop.percent(50)) tell(isUp ? 'online' : 'offline')
}

function restoreCellar({ loop, cellar, network }: World): void {
  restore(cellar, `${cellar.epoch}b`, () => (loop.percent(20) ? undefined : loop.below(6)))
  if (loop.percent(50)) cut(network)
  else for (const line of network.open) line.reset()
}

function write(world: World): void {
  const outcome: { kind: Outcome<unknown>['kind'] } = { kind: 'unheard' }
  world.outcomes.push(outcome)
  void world.client.hold({ lines: [{ sku: 'A', quantity: 1 }] }).then(({ kind }) => (outcome.kind = kind))
}

/** Nothing goes back: of one log, no value is older than the one before it, also where it was gone between. */
function judgeOrder(
  { complaints }: World,
  topic: string,
  newest: Map<string, Value>,
  { data }: View<readonly Value[]>,
): void {
  for (const value of data ?? []) {
    const key = keyOf(value)
    const last = newest.get(key)
    if (last === value) continue
    const [epoch, number] = value.position.split('.')
    const [wasEpoch, was] = last?.position.split('.') ?? []
    if (epoch === wasEpoch && Number(number) < Number(was))
      complaints.push(`${topic}: ${key} went back from ${was} to ${number}`)
    newest.set(key, value)
  }
}

/** At rest, what is seen is what the server has: all of it, and nothing else. */
function judgeViews({ client, cellar, following, complaints, loop }: World): void {
  for (const topic of following.keys()) {
    const { status, data = [] } = client.offers(topic).view() as View<readonly Value[]>
    if (status !== 'live') complaints.push(`${topic} is ${status} at rest`)
    const held = heldBy(cellar, topic)
    // Of the journal there is what came since the topic began: none left out, none twice.
    const wanted = topic === 'audit' ? held.slice(held.length - data.length) : held
    const sorted = (values: readonly { position: string }[]) =>
      JSON.stringify(values.map((one) => JSON.stringify(one)).sort())
    if (sorted(data) !== sorted(wanted as never)) complaints.push(`${topic} is not what the server has`)
  }
  const { state, queued } = client.connection()
  if (state !== (following.size > 0 ? 'live' : 'idle'))
    complaints.push(`the connection is ${state} at rest, at ${loop.now()}`)
  if (queued > 0) complaints.push(`${queued} writes are still waiting`)
}

/** Every intent is decided once, and its outcome is what was decided. Only what waited too long (ten minutes, twice) may be given up. */
function judgeWrites({ outcomes, office, naps, complaints }: World): void {
  const told = outcomes.map(({ kind }, at) => ({ kind, decided: office.decided.get(`key-${at + 1}`) }))
  const wrong = told.filter(({ kind, decided }) => kind !== decided && !(kind === 'unheard' && naps > 1))
  if (wrong.length > 0) complaints.push(`writes were told otherwise than decided: ${JSON.stringify(wrong)}`)
  if (office.decided.size > outcomes.length) complaints.push('a write was sent under two keys')
}
