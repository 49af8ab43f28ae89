import type { SettingsState } from '../../log/log.ts'
import type { SalesPolicy } from '../core/sales-policy.ts'
import { readSettingsSql, settingsOf } from '../settings.ts'
import { createAside, type Aside } from './aside.ts'
import type { Asked } from './load.ts'
import { createLinesKnown } from './lines-known.ts'
import { createOrdersKnown } from './orders-known.ts'
import { keyArrays } from './literal.ts'
import { unanswered, type Pending } from './pending.ts'
import { createQueue, type Queue, type QueueLimits } from './queue.ts'
import type { Session } from './session.ts'
import * as sql from './sql.ts'
import type { BatchEnvironment, Done } from './transaction.ts'

/** What the batcher needs from outside: the database, time, ids, and somebody to tell. */
export interface BatcherDoor {
  readonly openSession: () => Promise<Session>
  /** Monotonic, milliseconds. */
  readonly nowMs: () => number
  readonly newId: () => string
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  /** Runs work after what is at hand: answers are written while the database is busy with the batch behind them. */
  readonly later: (work: () => void) => void
  readonly limits: QueueLimits & { readonly holdLifeMaxS: number }
  /** What the law says of a sale, for orders. */
  readonly policy: SalesPolicy
  /** After each commit: somebody may want to look at the log. */
  readonly onCommitted: (done: Done, commands: number) => void
  /** For the log: what went wrong and was mended, or was not. */
  readonly onTrouble: (error: unknown, what: string) => void
}

/** The batch behind the one under way, its first round trip sent: it stands behind the commit, and runs without a pause after it. */
export interface Ahead {
  readonly batch: readonly Pending[]
  readonly asked: Asked
}

/** A batcher's state: what waits, what is set aside, the connection and what was read over it. */
export interface Running {
  readonly door: BatcherDoor
  readonly queue: Queue
  readonly aside: Aside
  readonly lines: BatchEnvironment['lines']
  readonly orders: BatchEnvironment['orders']
  session: Session | undefined
  settings: SettingsState | undefined
  reconnectMs: number
  probedAtMs: number
  closing: boolean
  /** What the batch under way is followed by, if it has been sent already. */
  ahead: Ahead | undefined
  /** Ends the loop's wait. */
  wake: () => void
}

const RECONNECT_FIRST_MS = 50
const RECONNECT_MOST_MS = 1_000

export function createRunning(door: BatcherDoor): Running {
  const running: Running = {
    door,
    queue: createQueue(door.limits, { nowMs: door.nowMs, newId: door.newId, wake: () => running.wake() }),
    aside: createAside(),
    lines: createLinesKnown(),
    orders: createOrdersKnown(),
    session: undefined,
    settings: undefined,
    reconnectMs: RECONNECT_FIRST_MS,
    probedAtMs: 0,
    closing: false,
    ahead: undefined,
    wake: () => {},
  }
  return running
}

/** The connection, made anew where it was lost, and the settings as last read over it. */
export async function environmentOf(running: Running): Promise<Omit<BatchEnvironment, 'onAppended'>> {
  const { door, lines, orders } = running
  if (!running.session?.alive()) {
    running.session = undefined
    running.session = await door.openSession()
    // Another server may answer now, restored to another time: nothing read before holds.
    running.settings = undefined
    lines.clear()
    orders.clear()
  }
  running.settings ??= settingsOf((await running.session.send(readSettingsSql)).rows)
  return {
    session: running.session,
    settings: running.settings,
    holdLifeMaxS: door.limits.holdLifeMaxS,
    policy: door.policy,
    lines,
    orders,
  }
}

const TIME_OUT = 'Time ran out, and nothing of this was done: try again.'

/** What may still be tried: others are told that time is up. */
export function inTime({ door }: Running, batch: readonly Pending[]): Pending[] {
  const now = door.nowMs()
  return batch.filter((pending) => {
    if (pending.deadlineMs > now) return true
    pending.fail(unanswered(pending, TIME_OUT))
    return false
  })
}

/** A batch went through: the next loss is a first one again. */
export function calmDown(running: Running): void {
  running.reconnectMs = RECONNECT_FIRST_MS
}

/** Ends the connection, and waits a while before there is another. */
export async function reconnectLater(running: Running): Promise<void> {
  dropAhead(running)
  dropSession(running)
  await running.door.sleep(running.reconnectMs)
  running.reconnectMs = Math.min(running.reconnectMs * 2, RECONNECT_MOST_MS)
}

function dropSession(running: Running): void {
  const lost = running.session
  running.session = undefined
  void lost?.close()
}

/** The batch under way has failed, and takes what was sent behind it along: nothing of it was decided. */
function dropAhead(running: Running): void {
  const { ahead } = running
  running.ahead = undefined
  if (ahead) running.queue.putBack(ahead.batch)
}

/** Ends the transaction under way, and the one sent ahead of it: what was to be decided there waits again. */
export async function rollback(running: Running): Promise<void> {
  dropAhead(running)
  await running.session?.send(sql.rollback).catch(() => dropSession(running))
}

/** Makes level rows, in a transaction of their own: a row of zeros says nothing, and whoever comes second finds it there. */
export async function insertLevels(running: Running, keys: readonly string[]): Promise<void> {
  await running.session
    ?.send(sql.insertMissingLevels, keyArrays(keys))
    .catch((error: unknown) => running.door.onTrouble(error, 'insert-levels'))
}

/** Those of some levels that nobody else has locked. */
export async function probe(running: Running, levels: readonly string[]): Promise<string[]> {
  try {
    const result = await running.session?.send(sql.probeLevels, keyArrays(levels))
    return ((result?.rows ?? []) as { sku: string; location: string }[]).map((row) => `${row.sku}@${row.location}`)
  } catch (error) {
    running.door.onTrouble(error, 'probe')
    return []
  }
}
