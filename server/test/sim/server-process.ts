import { createBatcher } from '../../src/stock/batch/batcher.ts'
import type { Outcome, Stock, Submission } from '../../src/stock/stock.ts'
import type { BatcherDoor } from '../../src/stock/stock.ts'
import { connectTo, type Network, type SimulatedSession } from './connection.ts'
import type { Store } from './store.ts'

/** A server: the real batcher over simulated connections. It may be killed at any instant. */
export interface ServerProcess {
  readonly name: string
  /** Like `Stock.submit`; what a killed process was asked is never answered. */
  submit(submission: Submission): Promise<Outcome>
  isAlive(): boolean
  kill(): void
  /** Asks for what has run out and what a revocation left, as the expiry loop does. */
  expire(): void
  close(): Promise<void>
}

const limits = { maxCommands: 8, maxLines: 12, maxQueue: 1_000, deadlineMs: 6_000, holdLifeMaxS: 3_600 }

/** What went wrong and was mended, and how often: a simulation in which nothing does tests nothing. */
export type Troubles = Map<string, number>

export function startProcess(name: string, store: Store, network: Network, troubles: Troubles): ServerProcess {
  const { clock } = network
  let alive = true
  let sessions = 0
  let session: SimulatedSession | undefined
  let ids = 0
  const never = new Promise<never>(() => {})
  /** Nothing of a killed process goes on: what it waits for does not come. */
  const whileAlive = async <T>(promise: Promise<T>): Promise<T> => {
    const value = await promise
    return alive ? value : never
  }
  const door: BatcherDoor = {
    openSession: async () => {
      await clock.sleep(1)
      session = connectTo(store, network, `${name}.${(sessions += 1)}`)
      return session
    },
    nowMs: clock.nowMs,
    newId: () => `${name}-${String((ids += 1)).padStart(4, '0')}`,
    sleep: (ms, signal) => whileAlive(clock.sleep(ms, signal)),
    limits,
    policy: () => undefined,
    onCommitted: () => {},
    later: (work) => work(),
    onTrouble: (_error, what) => troubles.set(what, (troubles.get(what) ?? 0) + 1),
  }
  const stock: Stock = createBatcher(door)
  const internal = (kind: 'expire' | 'free', holdId: string) =>
    stock.submit({ command: { kind, holdId }, caller: 'cellarhand', actor: 'cellarhand' }).catch(() => {})
  return {
    name,
    submit: (submission) => (alive ? whileAlive(stock.submit(submission)) : never),
    isAlive: () => alive,
    kill: () => {
      alive = false
      session?.cut()
    },
    expire: () => {
      for (const hold of store.tables.holds.values()) {
        if (hold.loose) void internal('free', hold.id)
        if (hold.state === 'active' && hold.expiresAtUs <= store.nowUs()) void internal('expire', hold.id)
      }
    },
    close: () => stock.close(),
  }
}
