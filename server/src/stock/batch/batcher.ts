import type { SettingsState } from '../../log/log.ts'
import { readSettingsSql, settingsOf } from '../settings.ts'
import { Unavailable, type Outcome, type Stock, type Submission } from '../submission.ts'
import { createAside } from './aside.ts'
import { remedyFor } from './failure.ts'
import { LevelsMissing, plansOf } from './load.ts'
import { textArray } from './literal.ts'
import type { Pending } from './pending.ts'
import { createQueue, type QueueLimits } from './queue.ts'
import type { Session } from './session.ts'
import * as sql from './sql.ts'
import { runTransaction, type BatchEnvironment, type Done } from './transaction.ts'

/** What the batcher needs from outside: the database, time, ids, and somebody to tell. */
export interface BatcherDoor {
  readonly openSession: () => Promise<Session>
  /** Monotonic, milliseconds. */
  readonly nowMs: () => number
  readonly newId: () => string
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  readonly limits: QueueLimits & { readonly holdLifeMaxS: number }
  /** After each commit: somebody may want to look at the log. */
  readonly onCommitted: (done: Done, commands: number) => void
  /** For the log: what went wrong and was mended, or was not. */
  readonly onTrouble: (error: unknown, what: string) => void
}

/** How often a batch that lost a race is tried as it is before it is halved. */
const AGAIN_MAX = 4
/** How soon levels set aside are looked at again: well below the lock timeout they waited for. */
const PROBE_EVERY_MS = 250
const RECONNECT_FIRST_MS = 50
const RECONNECT_MOST_MS = 1_000

/**
 * The one way in to stock. Commands that arrive while a transaction is under way go together into the next: one batch at a time, one
 * fsync for all of it.
 */
export function createBatcher(door: BatcherDoor): Stock {
  let wake = () => {}
  let closing = false
  const queue = createQueue(door.limits, { nowMs: door.nowMs, newId: door.newId, wake: () => wake() })
  const aside = createAside()
  const lines: BatchEnvironment['lines'] = new Map()
  let session: Session | undefined
  let settings: SettingsState | undefined
  let reconnectMs = RECONNECT_FIRST_MS
  let probedAtMs = 0

  async function environment(): Promise<BatchEnvironment> {
    if (!session?.alive()) {
      session = undefined
      session = await door.openSession()
      settings = undefined
    }
    settings ??= settingsOf((await session.send(readSettingsSql)).rows)
    return { session, settings, holdLifeMaxS: door.limits.holdLifeMaxS, lines }
  }

  /** Runs a batch until each of it is answered, set aside or out of time. */
  async function carry(first: readonly Pending[]): Promise<void> {
    let batch = inTime(first)
    for (let again = 0; batch.length > 0; batch = inTime(batch)) {
      try {
        const done = await runTransaction(await environment(), batch)
        reconnectMs = RECONNECT_FIRST_MS
        answer(batch, done)
        return
      } catch (error) {
        const remedy = session ? remedyFor(error, session.alive()) : 'lost'
        if (remedy !== 'lost') await rollback()
        if (remedy !== 'insert-levels' && remedy !== 'read-settings') door.onTrouble(error, remedy)
        again += 1
        switch (remedy) {
          case 'insert-levels':
            await insertLevels((error as LevelsMissing).keys)
            break
          case 'read-settings':
            settings = undefined
            break
          case 'lost':
            await reconnectLater()
            break
          case 'set-aside':
            batch = await setAside(batch)
            break
          case 'no-room':
            return failAll(batch, 'The database has no room or resources left; nothing of this was done.')
          case 'again':
          case 'bisect':
            if (remedy === 'again' && again <= AGAIN_MAX) break
            return halve(batch, remedy, error)
        }
      }
    }
  }

  async function halve(batch: readonly Pending[], remedy: 'again' | 'bisect', error: unknown): Promise<void> {
    const [only] = batch
    if (batch.length === 1 && only) {
      if (remedy === 'again') only.fail(new Unavailable('Others were quicker, several times; nothing of this was done.'))
      else only.fail(error instanceof Error ? error : new Error(String(error)))
      return
    }
    const middle = Math.ceil(batch.length / 2)
    await carry(batch.slice(0, middle))
    await carry(batch.slice(middle))
  }

  function answer(batch: readonly Pending[], done: Done): void {
    for (const [index, pending] of batch.entries()) pending.answer(done.outcomes[index] as Outcome)
    if (done.effects.length === 0) return
    door.onCommitted(done, batch.length)
    const loose = done.effects.flatMap((effect) => effect.holds.filter((hold) => hold.loose).map((hold) => hold.id))
    for (const holdId of loose) {
      // Lost with the process? Expiry looks for loose holds as well.
      submitInternal({ command: { kind: 'free', holdId }, caller: 'cellarhand', actor: 'cellarhand' })
    }
  }

  function submitInternal(submission: Submission): void {
    queue.submit(submission).catch((error: unknown) => door.onTrouble(error, 'internal'))
  }

  function inTime(batch: readonly Pending[]): Pending[] {
    const now = door.nowMs()
    return batch.filter((pending) => {
      if (pending.deadlineMs > now) return true
      pending.fail(new Unavailable('Time ran out; ask again with the same Idempotency-Key, which will tell what was done.'))
      return false
    })
  }

  function failAll(batch: readonly Pending[], message: string): void {
    for (const pending of batch) pending.fail(new Unavailable(message, 5))
  }

  async function rollback(): Promise<void> {
    await session?.send(sql.rollback).catch(() => dropSession())
  }

  async function dropSession(): Promise<void> {
    const lost = session
    session = undefined
    void lost?.close()
  }

  async function reconnectLater(): Promise<void> {
    await dropSession()
    await door.sleep(reconnectMs)
    reconnectMs = Math.min(reconnectMs * 2, RECONNECT_MOST_MS)
  }

  async function insertLevels(keys: readonly string[]): Promise<void> {
    const pairs = keys.map((key) => key.split('@') as [string, string])
    const values = [textArray(pairs.map(([sku]) => sku)), textArray(pairs.map(([, location]) => location))]
    await session?.send(sql.insertMissingLevels, values).catch((error: unknown) => door.onTrouble(error, 'insert-levels'))
  }

  /** Finds out which levels are held by another, and keeps their commands for later. */
  async function setAside(batch: readonly Pending[]): Promise<Pending[]> {
    const { settings: now } = await environment().catch(() => ({ settings: undefined }))
    if (!now) return [...batch]
    const plans = plansOf({ settings: now, lines }, batch)
    const levels = new Set(plans.flatMap((plan) => [...plan.levels]))
    const free = await probe([...levels])
    for (const level of free) levels.delete(level)
    aside.block(levels)
    probedAtMs = door.nowMs()
    return aside.sift(batch, plans)
  }

  async function probe(levels: readonly string[]): Promise<string[]> {
    const pairs = levels.map((key) => key.split('@') as [string, string])
    const values = [textArray(pairs.map(([sku]) => sku)), textArray(pairs.map(([, location]) => location))]
    try {
      const result = await session?.send(sql.probeLevels, values)
      return ((result?.rows ?? []) as { sku: string; location: string }[]).map((row) => `${row.sku}@${row.location}`)
    } catch (error) {
      door.onTrouble(error, 'probe')
      return []
    }
  }

  /** Brings back what was set aside, as soon as its levels are free. */
  async function lookAside(): Promise<void> {
    for (const pending of aside.drop((one) => one.deadlineMs <= door.nowMs())) {
      pending.fail(new Unavailable('Its stock was locked by another for too long; nothing of this was done.'))
    }
    if (aside.blocked().length === 0 || door.nowMs() - probedAtMs < PROBE_EVERY_MS) return
    probedAtMs = door.nowMs()
    queue.putBack(aside.unblock(await probe(aside.blocked())))
  }

  async function sift(batch: readonly Pending[]): Promise<Pending[]> {
    if (aside.blocked().length === 0 || !settings) return [...batch]
    return aside.sift(batch, plansOf({ settings, lines }, batch))
  }

  async function run(): Promise<void> {
    for (;;) {
      await lookAside()
      const batch = queue.take()
      if (batch.length > 0) await carry(await sift(batch))
      else if (closing && queue.size() === 0) return
      else await idle()
    }
  }

  /** Until something arrives, or a while where something is set aside or time may run out. */
  async function idle(): Promise<void> {
    const woken = new AbortController()
    wake = () => woken.abort()
    await door.sleep(aside.size() > 0 || closing ? PROBE_EVERY_MS : 60_000, woken.signal)
    wake = () => {}
  }

  const stopTimes = new AbortController()
  const times = (async () => {
    while (!stopTimes.signal.aborted) {
      await door.sleep(PROBE_EVERY_MS, stopTimes.signal)
      queue.expire()
    }
  })()
  const running = run()

  return {
    submit: (submission) => (closing ? Promise.reject(new Unavailable('This server is stopping.')) : queue.submit(submission)),
    close: async () => {
      closing = true
      wake()
      await running
      stopTimes.abort()
      await times
      await session?.close()
    },
  }
}
