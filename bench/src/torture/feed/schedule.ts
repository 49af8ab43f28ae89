import { createRandom, type Random } from '../random.ts'
import { skuName, skusAtFirst, wineName, winesAtFirst } from './goods.ts'
import { transports, type Transport } from './line.ts'

/** What happens to one client's line, or what it does itself. */
export type ClientAct =
  | { readonly what: 'drop' | 'forsake' | 'repeat' }
  | { readonly what: 'stall' | 'rest'; readonly forMs: number }
  | { readonly what: 'cut' | 'slice'; readonly bytes: number }
  | { readonly what: 'follow' | 'leave'; readonly topic: string }

/** What happens to a process. Whatever is killed or sent away is started again. */
export type ProcessAct =
  | { readonly what: 'kill' | 'drain' | 'stop'; readonly node: 0 | 1 }
  | { readonly what: 'postgres' }

/** What happens to Redis, or what it says that is not so. */
export type RedisAct = { readonly what: 'redis-drop' | 'redis-stall' | 'redis-cut' | 'redis-lie' }

export type Step = { readonly atMs: number } & (
  | { readonly client: number; readonly act: ClientAct }
  | { readonly process: ProcessAct }
  | { readonly redis: RedisAct }
  /** so much changes that what these clients are sent no longer fits into the kernel's buffers: they take nothing meanwhile */
  | { readonly flood: readonly number[] }
)

export interface ClientPlan {
  readonly transport: Transport
  readonly topics: readonly string[]
}

/** All that is decided before a seed begins: who follows what, and what goes wrong when. */
export interface Schedule {
  readonly seed: number
  readonly clients: readonly ClientPlan[]
  readonly steps: readonly Step[]
  readonly lastsMs: number
}

const CLIENTS = 12
const LASTS_MS = { least: 1_300, more: 700 }
/** Something happens to somebody's line so often, on the average. */
const STEP_EVERY_MS = 70
/** Of a hundred seeds, so many have this happen to a process. */
const processes = { none: 24, kill: 22, drain: 16, stop: 20, postgres: 18 }
const acts = { drop: 14, forsake: 8, repeat: 8, stall: 14, rest: 12, cut: 16, slice: 8, follow: 12, leave: 8 }
const PAUSE_MS = { least: 50, more: 500 }
/** A frame of one offer has some 300 bytes, one of a list of prices 30,000. */
const CUT_MOST_BYTES = 40_000
const SLICE_MOST_BYTES = 60
/** What clients follow: a hold is one of those that the seed makes before they come, by its number. */
const kinds = { sku: 26, wine: 16, search: 14, channel: 20, location: 14, hold: 10 }
export const HOLDS = 4

/** One in so many seeds has a flood, which takes longer than all the rest of it. */
const FLOOD_EVERY = 16
const FLOODED = 3

/** A schedule from its seed. */
export function scheduleOf(seed: number, with_: { audit: boolean; redis: boolean }): Schedule {
  const random = createRandom(seed * 7_919 + 17)
  const lastsMs = LASTS_MS.least + random.below(LASTS_MS.more)
  const clients = Array.from({ length: CLIENTS }, (_, index) => ({
    // Every transport in every seed.
    transport: transports[index % transports.length] as Transport,
    topics: topicsOf(random, with_.audit),
  }))
  const steps: Step[] = []
  for (let atMs = 30; atMs < lastsMs; atMs += 1 + random.below(2 * STEP_EVERY_MS)) {
    steps.push({ atMs, client: random.below(CLIENTS), act: clientAct(random, with_.audit) })
  }
  steps.push(
    ...processSteps(random, lastsMs),
    ...(with_.redis ? redisSteps(random, lastsMs) : []),
    ...floodSteps(random),
  )
  return { seed, clients, steps: steps.toSorted((a, b) => a.atMs - b.atMs), lastsMs }
}

function topicsOf(random: Random, audit: boolean): string[] {
  const topics = Array.from({ length: 1 + random.below(5) }, () => topicOf(random, audit))
  return [...new Set(topics)]
}

function topicOf(random: Random, audit: boolean): string {
  const channel = random.below(4) < 3 ? 'web' : 'counter'
  switch (random.weighted({ ...kinds, audit: audit ? 8 : 0 })) {
    case 'sku':
      return `sku:${skuName(random.below(skusAtFirst))}@${channel}`
    case 'wine':
      return `wine:${wineName(random.below(winesAtFirst))}@${channel}`
    case 'search':
      return `search:${searchOf(random)}@${channel}`
    case 'channel':
      return `channel:${channel}`
    case 'location':
      return `location:${random.pick(['shop', 'warehouse'])}`
    case 'hold':
      return `hold:${random.below(HOLDS)}`
    default:
      return 'audit'
  }
}

/** Prices change, and so do the wines between two of them. */
function searchOf(random: Random): string {
  const least = 1_000 + random.below(400)
  return random.pick(['offered=true', `price=${least}-${least + 60}`, `price=-${least}`, 'q=Storm'])
}

function clientAct(random: Random, audit: boolean): ClientAct {
  const what = random.weighted(acts)
  switch (what) {
    case 'stall':
    case 'rest':
      return { what, forMs: PAUSE_MS.least + random.below(PAUSE_MS.more) }
    case 'cut':
      // Small ones often: in the middle of the answer's head, or of a hello.
      return { what, bytes: random.below(random.pick([400, 4_000, CUT_MOST_BYTES])) }
    case 'slice':
      return { what, bytes: random.below(3) === 0 ? 0 : 1 + random.below(SLICE_MOST_BYTES) }
    case 'follow':
    case 'leave':
      return { what, topic: topicOf(random, audit) }
    default:
      return { what }
  }
}

function processSteps(random: Random, lastsMs: number): Step[] {
  // One in five has two, which may fall together.
  return Array.from({ length: random.below(5) === 0 ? 2 : 1 }, () => processStep(random, lastsMs)).flat()
}

function processStep(random: Random, lastsMs: number): Step[] {
  const atMs = 200 + random.below(lastsMs - 400)
  const what = random.weighted(processes)
  if (what === 'none') return []
  if (what === 'postgres') return [{ atMs, process: { what } }]
  return [{ atMs, process: { what, node: random.below(2) === 0 ? 0 : 1 } }]
}

function redisSteps(random: Random, lastsMs: number): Step[] {
  return Array.from({ length: 1 + random.below(4) }, () => ({
    atMs: random.below(lastsMs),
    redis: { what: random.pick(['redis-drop', 'redis-stall', 'redis-cut', 'redis-lie'] as const) },
  }))
}

function floodSteps(random: Random): Step[] {
  if (random.below(FLOOD_EVERY) > 0) return []
  return [{ atMs: 300 + random.below(500), flood: Array.from({ length: FLOODED }, () => random.below(CLIENTS)) }]
}

/** A schedule as a person reads it. */
export function tellSchedule({ clients, steps, lastsMs }: Schedule): string[] {
  return [
    ...clients.map(({ transport, topics }, index) => `  client ${index}  ${transport}  ${topics.join(' ')}`),
    ...steps.map((step) => `  ${String(step.atMs).padStart(5)} ms  ${wordsOf(step)}`),
    `  ${String(lastsMs).padStart(5)} ms  quiet`,
  ]
}

function wordsOf(step: Step): string {
  if ('flood' in step) return `a flood, and clients ${step.flood.join(', ')} take nothing`
  if ('redis' in step) return step.redis.what
  const act = 'process' in step ? step.process : step.act
  const { what, ...how } = act
  const whom = 'client' in step ? `client ${step.client}: ` : ''
  return `${whom}${what}${Object.entries(how)
    .map(([name, value]) => ` ${name} ${String(value)}`)
    .join('')}`
}
