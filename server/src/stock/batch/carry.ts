import { unreachable } from '../../platform/must.ts'
import type { Outcome, Submission } from '../submission.ts'
import { sendAhead } from './ahead.ts'
import { remedyFor, type Remedy } from './failure.ts'
import type { Asked, LevelsMissing } from './load.ts'
import { plansOf } from './need.ts'
import { unanswered, type Pending } from './pending.ts'
import {
  calmDown,
  environmentOf,
  inTime,
  insertLevels,
  probe,
  reconnectLater,
  rollback,
  type Running,
} from './running.ts'
import { runTransaction, type BatchEnvironment, type Done } from './transaction.ts'

/** What happens in the course of things, and is no trouble. */
const expected = new Set<Remedy>(['insert-levels', 'read-settings', 'lock-orders'])

/** How often a batch that lost a race is tried as it is before it is halved. */
const AGAIN_MAX = 4

/** Runs a batch until each of it is answered, set aside or out of time. */
export async function carry(running: Running, first: readonly Pending[], ahead?: Asked): Promise<void> {
  let batch: readonly Pending[] | undefined = ahead ? first : inTime(running, first)
  for (let attempt = 1; batch && batch.length > 0; attempt++) {
    const failure = await attemptBatch(running, batch, attempt === 1 ? ahead : undefined)
    if (!failure) return
    batch = await mend(running, batch, failure, attempt)
    batch &&= inTime(running, batch)
  }
}

interface Failure {
  readonly error: unknown
  readonly remedy: Remedy
}

/** Undefined once everybody of the batch is answered. */
async function attemptBatch(
  running: Running,
  batch: readonly Pending[],
  ahead: Asked | undefined,
): Promise<Failure | undefined> {
  try {
    // A half of a batch that failed may have sent another batch behind itself: the other half comes first.
    if (running.ahead) await rollback(running)
    const environment: BatchEnvironment = {
      ...(await environmentOf(running)),
      onAppended: () => sendAhead(running, environment),
    }
    // What was sent over a connection that is gone is gone with it.
    const done = await runTransaction(environment, batch, ahead?.session === environment.session ? ahead : undefined)
    calmDown(running)
    answer(running, batch, done)
    return undefined
  } catch (error) {
    const remedy = running.session ? remedyFor(error, running.session.alive()) : 'lost'
    if (remedy !== 'lost') await rollback(running)
    if (!expected.has(remedy)) running.door.onTrouble(error, remedy)
    return { error, remedy }
  }
}

/** Does what a failure asks for, and returns what is to be tried again; undefined when that has been seen to. */
async function mend(
  running: Running,
  batch: readonly Pending[],
  { error, remedy }: Failure,
  attempt: number,
): Promise<readonly Pending[] | undefined> {
  switch (remedy) {
    case 'insert-levels':
      await insertLevels(running, (error as LevelsMissing).keys)
      return batch
    case 'read-settings':
      running.settings = undefined
      return batch
    case 'lock-orders':
      return batch
    case 'lost':
      // Without a session there was no connection to lose: nothing was sent.
      if (running.session) for (const pending of batch) pending.mayBeDone = true
      await reconnectLater(running)
      return batch
    case 'set-aside':
      return setAside(running, batch)
    case 'no-room':
      for (const pending of batch) pending.fail(unanswered(pending, NO_ROOM, NO_ROOM_RETRY_S))
      return undefined
    case 'again':
      if (attempt <= AGAIN_MAX) return batch
      return halve(running, batch, (pending) => unanswered(pending, LOST_RACES))
    case 'bisect':
      return halve(running, batch, () => (error instanceof Error ? error : new Error(String(error))))
    default:
      return unreachable(remedy)
  }
}

const LOST_RACES = 'Others were quicker, several times; nothing of this was done.'
const NO_ROOM = 'The database has no room or resources left; nothing of this was done.'
const NO_ROOM_RETRY_S = 5

/** A command that fails alone fails; among others it is looked for. */
async function halve(
  running: Running,
  batch: readonly Pending[],
  errorFor: (pending: Pending) => Error,
): Promise<undefined> {
  const [only] = batch
  if (batch.length === 1 && only) {
    only.fail(errorFor(only))
    return
  }
  const middle = Math.ceil(batch.length / 2)
  await carry(running, batch.slice(0, middle))
  await carry(running, batch.slice(middle))
}

function answer(running: Running, batch: readonly Pending[], done: Done): void {
  running.door.later(() => {
    for (const [index, pending] of batch.entries()) pending.answer(done.outcomes[index] as Outcome)
  })
  if (done.effects.length === 0) return
  running.door.onCommitted(done, batch.length)
  for (const { holds } of done.effects) {
    for (const { id: holdId, loose } of holds) {
      // Lost with the process? Expiry looks for loose holds as well.
      if (loose)
        submitInternal(running, { command: { kind: 'free', holdId }, caller: 'cellarhand', actor: 'cellarhand' })
    }
  }
}

function submitInternal({ queue, door }: Running, submission: Submission): void {
  queue.submit(submission).catch((error: unknown) => door.onTrouble(error, 'internal'))
}

/** Finds out which levels are held by another, and keeps their commands for later. */
async function setAside(running: Running, batch: readonly Pending[]): Promise<readonly Pending[]> {
  const { settings, lines, orders, aside, door } = running
  if (!settings) return batch
  const plans = plansOf({ settings, lines, orders }, batch)
  const levels = new Set(plans.flatMap((plan) => plan.levels))
  for (const free of await probe(running, [...levels])) levels.delete(free)
  aside.block(levels)
  running.probedAtMs = door.nowMs()
  return aside.sift(batch, plans)
}
