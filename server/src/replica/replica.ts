import {
  createWaker,
  followLog,
  HeardWrong,
  listenForHints,
  type Bus,
  type CommittedRow,
  type Heard,
  type LogRow,
} from '../log/log.ts'
import { sleep } from '../platform/loop.ts'
import { createLive, type DrivenLive, type Live } from './live.ts'
import { readSnapshot } from './snapshot.ts'
import { systemTimers, type Timers } from './timers.ts'

// The module's door: all that may be seen, in memory, from one snapshot and then the log.
export { createLive } from './live.ts'
export type { Change, DrivenLive, Live, OfferPage } from './live.ts'
export type { LevelPage, LevelQuery } from './levels.ts'
export type { OfferQuery, OfferRows, OfferTopic } from './offers.ts'
export { createState, createTouched } from './state.ts'
export type { State } from './state.ts'
export { systemTimers } from './timers.ts'
export type { Timers } from './timers.ts'
export type { Reached } from './waiting.ts'

/** Between attempts to read a snapshot, and after a log that could not be followed. */
const rebuildPauseMs = 500

export interface Replica extends Live {
  /** Resolves when the first snapshot is in memory; rejects when the signal aborts before. */
  readonly ready: Promise<void>
  isReady(): boolean
  /** How long ago the replica last knew that it had seen all, in milliseconds; undefined before it ever had. */
  lagMs(): number | undefined
  /** Something was committed in this process: look now. */
  hint(): void
  /** This row was committed in this process: it is taken over as it is if it comes next, and looked for otherwise. */
  committed(row: CommittedRow): void
  /** Resolves when everything it started has ended, after the signal aborted. */
  readonly done: Promise<void>
}

export interface ReplicaOptions {
  readonly signal: AbortSignal
  /** Told of lost connections and rebuilds; all are healed. */
  readonly onError?: (error: unknown) => void
  readonly timers?: Timers
  /** This process' name for hints: its own are passed over. */
  readonly self?: string
  /** Tells of other processes' rows before PostgreSQL is asked for them. */
  readonly bus?: Bus | undefined
  /** Told what became of everything that came by the bus. */
  readonly onHeard?: (what: HeardOnBus) => void
  /** Told of rows right before they can be seen, and of a new beginning right before it can be. */
  readonly watcher?: LogWatcher
}

/** What became of something that came by the bus. `refused`: none of ours had told it; `wrong`: PostgreSQL has another row there. */
export type HeardOnBus = Heard | 'refused' | 'wrong'

/** Follows what a replica follows, at the same positions. */
export interface LogWatcher {
  /** Everything up to the position is another than before. */
  begins(epoch: string, position: number): void
  follows(rows: readonly LogRow[]): void
}

/** Builds a replica from the database and keeps it up with the log until the signal aborts, whatever happens to the connections. */
export function openReplica(url: string, options: ReplicaOptions): Replica {
  const timers = options.timers ?? systemTimers
  const live = createLive(timers)
  const waker = createWaker()
  const seen: { ready: boolean; caughtUpAtMs: number | undefined } = { ready: false, caughtUpAtMs: undefined }
  const ready = deferred()
  ready.promise.catch(() => {})
  const hearing = createHearing(options, waker)
  const loop = keepUp(url, options, {
    live,
    waker,
    hearing,
    onBuilt() {
      seen.ready = true
      ready.resolve()
    },
    onLook(rows, caughtUp) {
      options.watcher?.follows(rows)
      live.apply(rows)
      if (caughtUp) seen.caughtUpAtMs = timers.nowMs()
    },
  })
  const isNews = (position: number | undefined) =>
    position === undefined || !seen.ready || position > live.positionNumber()
  const listening = listenForHints(url, (position) => isNews(position) && waker.wake(), options)
  const done = Promise.all([loop, listening]).then(() =>
    ready.reject(new Error('the replica was closed before it was ready')),
  )
  return {
    ...live,
    ready: ready.promise,
    isReady: () => seen.ready,
    lagMs: () => (seen.caughtUpAtMs === undefined ? undefined : timers.nowMs() - seen.caughtUpAtMs),
    hint: () => waker.wake(),
    committed: (row) => hearing.committed(row),
    done,
  }
}

/** Rows that are heard of, from this process and by the bus, on their way to whoever follows the log now. */
interface Hearing {
  committed(row: CommittedRow): void
  follow(epoch: string, take: (row: CommittedRow) => Heard): () => void
  /** What the bus tells is not listened to any more. */
  distrust(): void
}

function createHearing({ bus, onHeard }: ReplicaOptions, waker: ReturnType<typeof createWaker>): Hearing {
  let current: ((row: CommittedRow) => Heard) | undefined
  let trusted = bus
  return {
    committed(row) {
      if (current === undefined || current(row) === 'garbage') waker.wake()
    },
    follow(epoch, take) {
      current = take
      const stop = trusted?.hear(epoch, {
        onRow: (row) => onHeard?.(take(row)),
        onBegin: () => waker.wake(),
        onRefused: () => onHeard?.('refused'),
      })
      return () => {
        current = undefined
        stop?.()
      }
    },
    distrust() {
      trusted = undefined
      onHeard?.('wrong')
    },
  }
}

interface Loop {
  readonly live: DrivenLive
  readonly waker: ReturnType<typeof createWaker>
  readonly hearing: Hearing
  readonly onBuilt: () => void
  readonly onLook: (rows: readonly LogRow[], caughtUp: boolean) => void
}

/** Snapshot, then the log for as long as it is the same log; then again. */
async function keepUp(
  url: string,
  options: ReplicaOptions,
  { live, waker, hearing, onBuilt, onLook }: Loop,
): Promise<void> {
  const { signal } = options
  while (!signal.aborted) {
    try {
      const state = await readSnapshot(url)
      if (signal.aborted) return
      options.watcher?.begins(state.epoch, state.position)
      live.replace(state)
      onBuilt()
      const follow = {
        epoch: state.epoch,
        from: state.position,
        onRows: onLook,
        onError: options.onError,
        hear: (take: (row: CommittedRow) => Heard) => hearing.follow(state.epoch, take),
        waker,
        signal,
      }
      await followLog(url, follow)
    } catch (error) {
      // Its sender is mistaken, or the secret is known to somebody: until it is started again, this process believes PostgreSQL alone.
      if (error instanceof HeardWrong) hearing.distrust()
      if (!signal.aborted) options.onError?.(error)
      await sleep(rebuildPauseMs, signal)
    }
  }
}

function deferred() {
  let resolve: () => void = () => {}
  let reject: (reason: Error) => void = () => {}
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
