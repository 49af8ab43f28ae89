import type { HistoryRecord, JournalEntry, LevelSeen, WitnessEnd, WitnessStart, WriteRecord } from './history.ts'

/** A made-up history that obeys the rules, for the checks' own tests: sixteen clients hold, release and receive. */
export interface Storm {
  readonly history: HistoryRecord[]
  readonly start: WitnessStart
  readonly end: WitnessEnd & { readonly journal: JournalEntry[]; readonly levels: LevelSeen[] }
}

const CLIENTS = 16
const FIRST_BOTTLES = 10

interface World {
  readonly stock: Map<string, { available: number; held: number }>
  readonly live: { id: string; sku: string; quantity: number }[]
  readonly below: (bound: number) => number
}

/** Numbers below a bound from a seed: mulberry32. */
export function random(seed: number): (bound: number) => number {
  let state = seed >>> 0
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
}

/** A storm of so many operations over `skus` SKUs at one location, decided in batches of up to sixteen. */
export function storm(seed: number, operations: number, skus = 3): Storm {
  const names = Array.from({ length: skus }, (_, index) => `SKU${index}`)
  const world: World = {
    stock: new Map(names.map((sku) => [sku, { available: FIRST_BOTTLES, held: 0 }])),
    live: [],
    below: random(seed),
  }
  const start = { levels: levelsOf(world) }
  const history: HistoryRecord[] = []
  const journal: JournalEntry[] = []
  for (let position = 0; history.length < operations;) {
    const batch = Array.from({ length: 1 + world.below(CLIENTS) }, (_, index) =>
      decide(world, `k${history.length + index}`, names),
    )
    const wrote = batch.some((one) => one.outcome === 'ok')
    if (wrote) position += 1
    for (const [index, one] of batch.entries()) {
      const timed = timedAt(world, one, { position, index: wrote ? index : 1_024 + index }, index)
      history.push(timed)
      if (timed.outcome === 'ok') journal.push({ key: timed.key, position, index })
    }
  }
  return { history, start, end: { journal, levels: levelsOf(world) } }
}

function levelsOf(world: World): LevelSeen[] {
  return [...world.stock].map(([sku, { available, held }]) => ({ sku, location: 'shop', available, held }))
}

/** Batches are a thousand ticks apart; each was asked for at some time after the one before was answered, and answered after its own. */
function timedAt(
  world: World,
  one: WriteRecord,
  place: { position: number; index: number },
  client: number,
): WriteRecord & { outcome: 'ok' | 'refused' } {
  const decidedAt = place.position * 1_000 + (place.index >= 1_024 ? 999 : 0)
  const process = `client ${client}`
  return {
    ...one,
    ...place,
    process,
    invokedAt: decidedAt - world.below(900),
    returnedAt: decidedAt + world.below(90),
  } as WriteRecord & {
    outcome: 'ok' | 'refused'
  }
}

function decide(world: World, key: string, names: readonly string[]): WriteRecord {
  const sku = names[world.below(names.length)] as string
  const level = world.stock.get(sku) as { available: number; held: number }
  const head = { key, process: '', invokedAt: 0, returnedAt: 0, position: 0, index: 0 }
  const roll = world.below(10)
  if (roll < 1) {
    level.available += 2
    return { ...head, kind: 'receive', lines: [{ sku, location: 'shop', quantity: 2 }], outcome: 'ok' }
  }
  if (roll < 4 && world.live.length > 0) {
    const index = world.below(world.live.length)
    const hold = world.live[index] as World['live'][number]
    world.live[index] = world.live.at(-1) as World['live'][number]
    world.live.pop()
    const back = world.stock.get(hold.sku) as { available: number; held: number }
    back.available += hold.quantity
    back.held -= hold.quantity
    return { ...head, kind: 'release', holdId: hold.id, outcome: 'ok' }
  }
  const quantity = 1 + world.below(3)
  const asked = [{ sku, from: ['shop'], quantity }]
  if (level.available < quantity)
    return { ...head, kind: 'hold', asked, outcome: 'refused', slug: 'insufficient-stock' }
  level.available -= quantity
  level.held += quantity
  world.live.push({ id: `hold ${key}`, sku, quantity })
  return {
    ...head,
    kind: 'hold',
    asked,
    holdId: `hold ${key}`,
    granted: [{ sku, location: 'shop', quantity }],
    outcome: 'ok',
  }
}
