import { parsePosition } from '../log/log.ts'
import type { Alarms } from './timers.ts'

export type Reached = 'reached' | 'timeout' | 'foreign_epoch'

/** Where a replica stands. */
interface Standing {
  readonly epoch: string
  readonly position: number
}

interface Waiter {
  readonly epoch: string
  readonly number: number
  readonly settle: (reached: Reached) => void
}

/** Those who wait for a position: who wrote reads what they wrote, on any process. */
export interface Waiting {
  /** Resolves with whether `position` came within `timeoutMs`. A text that is no position is of no epoch of ours. */
  waitFor(position: string, timeoutMs: number, signal?: AbortSignal): Promise<Reached>
  /** The replica has moved. */
  moved(): void
}

/** @param standing where the replica stands, or undefined while it has nothing */
export function createWaiting(standing: () => Standing | undefined, timers: Alarms): Waiting {
  const waiters = new Set<Waiter>()
  return {
    waitFor(position, timeoutMs, signal) {
      const wanted = parsePosition(position)
      if (wanted === undefined) return Promise.resolve('foreign_epoch')
      const now = judge(wanted, standing())
      return now === undefined ? wait(waiters, wanted, { timeoutMs, signal, timers }) : Promise.resolve(now)
    },
    moved() {
      if (waiters.size === 0) return
      const now = standing()
      for (const waiter of waiters) {
        const reached = judge(waiter, now)
        if (reached !== undefined) waiter.settle(reached)
      }
    },
  }
}

function judge(wanted: { epoch: string; number: number }, standing: Standing | undefined): Reached | undefined {
  if (standing === undefined) return undefined
  if (wanted.epoch !== standing.epoch) return 'foreign_epoch'
  return wanted.number <= standing.position ? 'reached' : undefined
}

function wait(
  waiters: Set<Waiter>,
  wanted: { epoch: string; number: number },
  bound: { timeoutMs: number; signal: AbortSignal | undefined; timers: Alarms },
): Promise<Reached> {
  return new Promise((resolve) => {
    const giveUp = () => settle('timeout')
    const callOff = bound.timers.after(bound.timeoutMs, giveUp)
    const waiter: Waiter = { ...wanted, settle }
    waiters.add(waiter)
    bound.signal?.addEventListener('abort', giveUp, { once: true })
    if (bound.signal?.aborted) giveUp()
    function settle(reached: Reached) {
      waiters.delete(waiter)
      callOff()
      bound.signal?.removeEventListener('abort', giveUp)
      resolve(reached)
    }
  })
}
