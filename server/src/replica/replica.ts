import { followLog, listenForHints, createWaker, type LogRow } from '../log/log.ts'
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
}

/** Builds a replica from the database and keeps it up with the log until the signal aborts, whatever happens to the connections. */
export function openReplica(url: string, options: ReplicaOptions): Replica {
  const timers = options.timers ?? systemTimers
  const live = createLive(timers)
  const waker = createWaker()
  const seen: { ready: boolean; caughtUpAtMs: number | undefined } = { ready: false, caughtUpAtMs: undefined }
  const ready = deferred()
  ready.promise.catch(() => {})
  const loop = keepUp(url, options, {
    live,
    waker,
    onBuilt() {
      seen.ready = true
      ready.resolve()
    },
    onLook(rows, caughtUp) {
      live.apply(rows)
      if (caughtUp) seen.caughtUpAtMs = timers.nowMs()
    },
  })
  const listening = listenForHints(url, () => waker.wake(), options)
  const done = Promise.all([loop, listening]).then(() =>
    ready.reject(new Error('the replica was closed before it was ready')),
  )
  return {
    ...live,
    ready: ready.promise,
    isReady: () => seen.ready,
    lagMs: () => (seen.caughtUpAtMs === undefined ? undefined : timers.nowMs() - seen.caughtUpAtMs),
    hint: () => waker.wake(),
    done,
  }
}

interface Loop {
  readonly live: DrivenLive
  readonly waker: ReturnType<typeof createWaker>
  readonly onBuilt: () => void
  readonly onLook: (rows: readonly LogRow[], caughtUp: boolean) => void
}

/** Snapshot, then the log for as long as it is the same log; then again. */
async function keepUp(url: string, options: ReplicaOptions, { live, waker, onBuilt, onLook }: Loop): Promise<void> {
  const { signal } = options
  while (!signal.aborted) {
    try {
      const state = await readSnapshot(url)
      if (signal.aborted) return
      live.replace(state)
      onBuilt()
      const follow = {
        epoch: state.epoch,
        from: state.position,
        onRows: onLook,
        onError: options.onError,
        waker,
        signal,
      }
      await followLog(url, follow)
    } catch (error) {
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
