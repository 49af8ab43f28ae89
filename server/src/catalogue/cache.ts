import { createHash } from 'node:crypto'
import type { Seal } from '../platform/seal.ts'
import { createMemory, readKept, writeKept, type Kept } from './kept.ts'
import type { Marks } from './marks.ts'

/** Where processes keep texts for each other; as little is sure of it as of a bus. */
export interface Store {
  get(key: string): Promise<string | undefined>
  set(key: string, text: string, ttlMs: number): Promise<void>
  /** False: somebody has it. Undefined: nobody knows. */
  claim(key: string, ttlMs: number): Promise<boolean | undefined>
}

export interface CacheOptions {
  readonly marks: Marks
  /** Milliseconds since 1970. */
  readonly nowMs: () => number
  readonly sleep: (ms: number) => Promise<void>
  /** The next moment after now at which something is known to change; undefined: none is known. */
  readonly nextChangeMs?: (nowMs: number) => number | undefined
  readonly shared?: { readonly store: Store; readonly seal: Seal } | undefined
  readonly onRead?: (read: Read) => void
}

/** One read, for who measures: of what, where from, how long ago it had been computed. `outdated`: it was there, and the log had touched it since. */
export interface Read {
  readonly of: string
  readonly from: 'memory' | 'shared' | 'joined' | 'computed'
  readonly ageMs: number
  readonly outdated: boolean
}

/** What is asked for: the key says all that the answer depends on beside the log, and the topics what of the log may touch it. */
export interface Asked {
  readonly of: string
  readonly key: string
  readonly topics: readonly string[]
}

/** What was computed, at which position; without one it is not kept. More topics than were known before may touch it. */
export interface Computed<T> {
  readonly value: T
  readonly position: number | undefined
  readonly topics?: readonly string[]
}

type Answer<T> = Pick<Computed<T>, 'value' | 'position'>

export interface Cache {
  /** The value, computed or kept, and the newest position at which it is known to be true. A caller gets an object of its own. */
  read<T>(asked: Asked, compute: () => Promise<Computed<T>>): Promise<Answer<T>>
  /** Bytes kept in memory. */
  bytes(): number
}

/** However little happens, nothing is shown for longer without being read again. */
const ttlMaxMs = 60_000
/** Pages of 100 wines are some 100 KB: a few hundred of them. */
const memoryBytesMax = 64 * 1024 * 1024
/** Somebody else computes it: how long that may take, and how often is looked whether it is there. A search of all takes 150 to 250 ms. */
const othersWithinMs = 2_000
const lookEveryMs = 40
/** Longer than anybody waits for it; it ends by itself where its owner is gone. */
const claimMs = 5_000

/** What one computation came to. */
interface Fetched {
  readonly from: 'shared' | 'computed'
  readonly kept: Kept | undefined
  /** where it is not kept */
  readonly value: unknown
}

interface Flight {
  /** the newest position when it began: what it brings is at least of that */
  readonly since: number
  readonly done: Promise<Fetched>
}

/**
 * Keeps what is dear to compute, in memory and, where there is one, in a store that processes share. What was computed at position p is still true as long
 * as the log has not touched it since, which this process knows as far as it follows. Many who ask for the same at once are one computation.
 */
export function createCache(options: CacheOptions): Cache {
  const { marks, nowMs } = options
  const memory = createMemory(memoryBytesMax)
  const flights = new Map<string, Flight>()
  const state = { epoch: '' }
  const isTrue = (kept: Kept) => kept.untilMs > nowMs() && kept.position >= marks.touched(kept.topics)
  const places: Places = { memory, isTrue, ...options }
  const takeOff = (key: string, asked: Asked, since: number, compute: () => Promise<Computed<unknown>>): Flight => {
    const done = fetch(places, key, asked, compute).finally(() => flights.delete(key))
    const flight = { since, done }
    flights.set(key, flight)
    return flight
  }
  return {
    bytes: () => memory.bytes(),
    async read<T>(asked: Asked, compute: () => Promise<Computed<T>>) {
      const since = marks.position()
      if (since === undefined) return compute()
      if (state.epoch !== marks.epoch()) memory.clear()
      state.epoch = marks.epoch()
      const key = keyOf(state.epoch, asked)
      const known = memory.get(key)
      const tell = (from: Read['from'], kept: Kept | undefined) =>
        options.onRead?.({
          of: asked.of,
          from,
          ageMs: kept === undefined ? 0 : Math.max(0, nowMs() - kept.madeAtMs),
          outdated: known !== undefined && from !== 'memory' && known.untilMs > nowMs(),
        })
      if (known && isTrue(known)) {
        tell('memory', known)
        return valueOf(known, marks.position()) as Answer<T>
      }
      for (;;) {
        const others = flights.get(key)
        const flight = others ?? takeOff(key, asked, since, compute)
        const { from, kept, value } = await flight.done
        // One that took off before this was asked for may have read what was true then only.
        if (flight.since < since && !(kept && isTrue(kept))) continue
        tell(others ? 'joined' : from, kept)
        if (kept === undefined) return { value: value as T, position: undefined }
        return valueOf(kept, isTrue(kept) ? marks.position() : undefined) as Answer<T>
      }
    },
  }
}

/** Nothing that touches it has come up to `followed`. */
function valueOf(kept: Kept, followed: number | undefined): Answer<unknown> {
  return { value: JSON.parse(kept.text), position: Math.max(kept.position, followed ?? 0) }
}

const keyOf = (epoch: string, { of, key }: Asked): string =>
  `cache:${epoch}:${of}:${createHash('sha256').update(key).digest('base64url')}`

interface Places extends CacheOptions {
  readonly memory: ReturnType<typeof createMemory>
  readonly isTrue: (kept: Kept) => boolean
}

async function fetch(
  places: Places,
  key: string,
  asked: Asked,
  compute: () => Promise<Computed<unknown>>,
): Promise<Fetched> {
  const others = await fromOthers(places, key, asked)
  if (others) {
    places.memory.put(key, others)
    return { from: 'shared', kept: others, value: undefined }
  }
  const epoch = places.marks.epoch()
  const { value, position, topics = [] } = await compute()
  if (position === undefined) return { from: 'computed', kept: undefined, value }
  const nowMs = places.nowMs()
  const untilMs = Math.min(nowMs + ttlMaxMs, places.nextChangeMs?.(nowMs) ?? Infinity)
  const all = [...asked.topics, ...topics]
  const kept = { position, madeAtMs: nowMs, untilMs, topics: all, text: JSON.stringify(value) }
  if (epoch === places.marks.epoch()) keep(places, key, kept, untilMs - nowMs)
  return { from: 'computed', kept, value: undefined }
}

function keep({ memory, shared }: Places, key: string, kept: Kept, ttlMs: number): void {
  memory.put(key, kept)
  if (shared && ttlMs > 0) void shared.store.set(key, shared.seal.close(key, writeKept(kept)), ttlMs)
}

/** What another process has computed, or is computing now; undefined where this one has to. */
async function fromOthers(places: Places, key: string, { topics }: Asked): Promise<Kept | undefined> {
  const { shared, marks, sleep } = places
  if (!shared) return undefined
  const there = await readShared(places, key)
  if (there) return there
  // Named after what has to be in it: whoever knows of a later change claims another.
  if ((await shared.store.claim(`${key}:${marks.touched(topics)}`, claimMs)) !== false) return undefined
  for (let waitedMs = 0; waitedMs < othersWithinMs; waitedMs += lookEveryMs) {
    await sleep(lookEveryMs)
    const come = await readShared(places, key)
    if (come) return come
  }
  return undefined
}

async function readShared({ shared, isTrue, nowMs }: Places, key: string): Promise<Kept | undefined> {
  const sealed = await shared?.store.get(key)
  const written = sealed === undefined ? undefined : shared?.seal.open(key, sealed)
  const kept = written === undefined ? undefined : readKept(written)
  // Another machine's clock may be ahead of ours.
  const bounded = kept && { ...kept, untilMs: Math.min(kept.untilMs, nowMs() + ttlMaxMs) }
  return bounded && isTrue(bounded) ? bounded : undefined
}
