/** Counted over a minute that slides: what was asked in the minute before counts less and less. */
const WINDOW_MS = 60_000
/** Names that are counted at once. Those beyond push the least lately asked for out: some 20 MB. */
const NAMES_MAX = 100_000

/** How a caller stands after a request. */
export interface Standing {
  readonly isOver: boolean
  /** requests a minute */
  readonly limit: number
  readonly remaining: number
  /** seconds until some are allowed again that are not now */
  readonly resetS: number
}

/** Counts requests by name: here, and as far as is known elsewhere. */
export interface Rates {
  /** Counts one request. One that is refused for being too many is not counted: who waits may come again. */
  take(name: string, limit: number): Standing
  /** How it stands, without counting. */
  look(name: string, limit: number): Standing
  /** Names that were asked for in this minute since the last call, each with how often within it. */
  changed(): readonly Count[]
  /** What another process has counted. */
  heard(from: string, counts: readonly Count[]): void
}

/** So many in the minute that began then. */
export type Count = readonly [name: string, minute: number, count: number]

interface Counted {
  minute: number
  now: number
  before: number
  /** by process: what it has counted in the minute `minute`, and in the one before */
  readonly peers: Map<string, { minute: number; now: number; before: number }>
}

interface Counter {
  readonly nowMs: () => number
  readonly counted: Map<string, Counted>
  /** names that were counted since others were told */
  readonly fresh: Set<string>
}

/** @param nowMs ms since 1970, the same in all processes but for some seconds */
export function createRates(nowMs: () => number): Rates {
  const counter: Counter = { nowMs, counted: new Map(), fresh: new Set() }
  return {
    take(name, limit) {
      const known = find(counter, name)
      const before = standingOf(counter, known, limit)
      if (before.isOver) return before
      known.now += 1
      counter.fresh.add(name)
      return { ...before, remaining: before.remaining - 1 }
    },
    look: (name, limit) => standingOf(counter, find(counter, name), limit),
    changed() {
      const names = [...counter.fresh]
      counter.fresh.clear()
      return names.flatMap((name): Count[] => {
        const known = counter.counted.get(name)
        return known ? [[name, known.minute, known.now]] : []
      })
    },
    heard(from, counts) {
      for (const [name, minute, count] of counts) hear(find(counter, name), from, { minute, count })
    },
  }
}

function hear({ peers }: Counted, from: string, { minute, count }: { minute: number; count: number }): void {
  const peer = peers.get(from) ?? { minute, now: 0, before: 0 }
  peers.set(from, peer)
  turn(peer, Math.max(peer.minute, minute))
  if (peer.minute === minute) peer.now = Math.max(peer.now, count)
}

/** What is counted under a name, as of this minute. */
function find({ nowMs, counted }: Counter, name: string): Counted {
  const minute = Math.floor(nowMs() / WINDOW_MS)
  const known = counted.get(name) ?? { minute, now: 0, before: 0, peers: new Map() }
  counted.delete(name)
  counted.set(name, known)
  for (const oldest of counted.size > NAMES_MAX ? counted.keys() : []) {
    counted.delete(oldest)
    break
  }
  turn(known, minute)
  for (const peer of known.peers.values()) turn(peer, minute)
  return known
}

function standingOf({ nowMs }: Counter, known: Counted, limit: number): Standing {
  const passed = (nowMs() % WINDOW_MS) / WINDOW_MS
  const sum = (of: 'now' | 'before') => [...known.peers.values()].reduce((total, peer) => total + peer[of], known[of])
  const used = sum('now') + Math.floor(sum('before') * (1 - passed))
  return {
    isOver: used >= limit,
    limit,
    remaining: Math.max(0, limit - used),
    resetS: Math.max(1, Math.ceil(((1 - passed) * WINDOW_MS) / 1_000)),
  }
}

/** Goes on to a later minute. */
function turn(counted: { minute: number; now: number; before: number }, minute: number): void {
  if (minute <= counted.minute) return
  counted.before = minute === counted.minute + 1 ? counted.now : 0
  counted.now = 0
  counted.minute = minute
}
