/** What a connection is doing. `offline`: the device says that it has no network. `ended`: the server will refuse the same again; it is asked for something else at most. */
export type Phase = 'idle' | 'connecting' | 'live' | 'waiting' | 'offline' | 'ended'

/**
 * What can happen to it. `want` and `rest`: the first topic is followed, the last one no longer. `silent`: nothing was heard for too long.
 * `woke`: timers show that the machine slept, so the line is dead whatever it says. `due`: the wait is over. `shown`: the page is looked at again.
 */
export type Event =
  | 'want'
  | 'rest'
  | 'opened'
  | 'lost'
  | 'refused'
  | 'silent'
  | 'woke'
  | 'due'
  | 'online'
  | 'offline'
  | 'shown'
  | 'retry'

/** The connection as it is; times are of the monotonic clock. */
export interface Connection {
  readonly phase: Phase
  readonly since: number
  /** Waits since it was last live for a while. */
  readonly retries: number
  readonly hasEverConnected: boolean
  /** Which of the ways to connect is used, from 0, the best. */
  readonly rung: number
  /** How often this way failed before it was ever open here; below zero for good once it was. */
  readonly failures: number
}

/** What an event comes with: the time, how many ways to connect there are, and of `lost` whether this way cannot work here. */
export interface Circumstances {
  readonly now: number
  readonly rungs: number
  readonly unfit?: boolean | undefined
}

/** Who falls sooner was not really there: a server that takes connections and drops them must not be asked ever more often. */
export const STABLE_MS = 10_000
/** Failures without ever having been open, after which another way is tried. */
const FAILURES_MAX = 2
/** Of a way that was open: it is good here, whatever is wrong now. */
export const PROVEN = -Infinity
const WAIT_MS = 1_000
const WAIT_MAX_MS = 30_000

const always = { rest: 'idle', woke: 'connecting', offline: 'offline', retry: 'connecting' } as const
const onALine = { ...always, lost: 'waiting', refused: 'ended', silent: 'waiting' } as const
const betweenLines = { ...always, due: 'connecting', online: 'connecting', shown: 'connecting' } as const

/** The table of SPEC.md: where an event leads; what is not here changes nothing. To come into a phase again is to begin it anew. */
const moves: Readonly<Record<Phase, Partial<Readonly<Record<Event, Phase>>>>> = {
  idle: { want: 'connecting' },
  connecting: { ...onALine, opened: 'live', online: 'connecting' },
  live: onALine,
  waiting: betweenLines,
  offline: betweenLines,
  ended: { want: 'connecting', rest: 'idle', retry: 'connecting' },
}

/** A connection that nobody has asked for yet. */
export function atRest(now: number, rung: number): Connection {
  return { phase: 'idle', since: now, retries: 0, hasEverConnected: false, rung, failures: 0 }
}

/** The connection after an event: the same object where the event changes nothing. Pure. */
export function step(was: Connection, event: Event, { now, rungs, unfit }: Circumstances): Connection {
  const phase = moves[was.phase][event]
  if (!phase) return was
  const next = { ...was, phase, since: now }
  if (event === 'opened') return { ...next, hasEverConnected: true, failures: PROVEN }
  // Another network may let through what the last one did not, and the reverse.
  if (event === 'online') return { ...next, retries: 0, rung: Math.max(0, was.rung - 1), failures: 0 }
  if (event === 'retry') return { ...next, retries: 0 }
  if (phase !== 'waiting') return next
  if (was.phase === 'live') return { ...next, retries: now - was.since < STABLE_MS ? was.retries + 1 : 1 }
  const failures = was.failures + (unfit ? FAILURES_MAX : 1)
  const falls = failures >= FAILURES_MAX
  // After the last way the first is tried again: they may all have failed because the server was away.
  return {
    ...next,
    retries: was.retries + 1,
    rung: falls ? (was.rung + 1) % rungs : was.rung,
    failures: falls ? 0 : failures,
  }
}

/** How long to wait before the next try, of one or more, ms: full jitter, so that those who lost one server do not all come back to the next at once. */
export function waitMs(retries: number, random: number): number {
  return random * Math.min(WAIT_MAX_MS, WAIT_MS * 2 ** (retries - 1))
}
