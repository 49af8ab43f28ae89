import { Unavailable, type Outcome, type Submission } from '../submission.ts'
import { digestOf, scopedKey, unanswered, underWay, weightOf, type Pending } from './pending.ts'

/** Why the queue ends somewhere: at 10,000 a second this is a second of work; behind it nobody would be answered in time. */
export interface QueueLimits {
  readonly maxCommands: number
  readonly maxLines: number
  readonly maxQueue: number
  readonly deadlineMs: number
}

export interface Queue {
  /** Takes a submission in; rejects with `Unavailable` when there is no room or its deadline passes. */
  submit(submission: Submission): Promise<Outcome>
  /** The next batch: at most so many commands and lines, in the order of arrival. */
  take(): Pending[]
  /** Back to the front, in their order. */
  putBack(batch: readonly Pending[]): void
  /** Tells those whose time has passed. */
  expire(): void
  size(): number
}

export interface QueueDoor {
  readonly nowMs: () => number
  readonly newId: () => string
  /** Called when there is something to take. */
  readonly wake: () => void
}

/** What a queue keeps: those who wait, and with those under way all who are not answered yet. */
interface Waiting {
  readonly limits: QueueLimits
  readonly door: QueueDoor
  waiting: Pending[]
  readonly live: Set<Pending>
  /** By scoped key. A key in flight waits for its first answer. */
  readonly inFlight: Map<string, InFlight>
}

/** A key under way: who else came with it, to be told when it is settled. Hardly ever anybody, so the list is made when there is one. */
interface InFlight {
  behind?: (() => void)[]
}

/** The commands that wait for a batch. */
export function createQueue(limits: QueueLimits, door: QueueDoor): Queue {
  const state: Waiting = { limits, door, waiting: [], live: new Set(), inFlight: new Map() }
  return {
    submit: (submission) => submit(state, submission),
    take: () => take(state),
    putBack: (batch) => {
      state.waiting = [...batch, ...state.waiting]
    },
    expire: () => expire(state),
    size: () => state.live.size,
  }
}

function submit(state: Waiting, submission: Submission): Promise<Outcome> {
  const key = scopedKey(submission)
  const first = key === undefined ? undefined : state.inFlight.get(key)
  if (first) return submitBehind(state, submission, first)
  if (state.live.size >= state.limits.maxQueue) {
    return Promise.reject(new Unavailable('Too much is waiting: try again in a moment.'))
  }
  return enqueue(state, submission, key)
}

async function submitBehind(state: Waiting, submission: Submission, first: InFlight): Promise<Outcome> {
  await new Promise<void>((resolve) => (first.behind ??= []).push(resolve))
  return submit(state, submission)
}

function enqueue(
  { door, inFlight, limits, live, waiting }: Waiting,
  submission: Submission,
  scoped: string | undefined,
): Promise<Outcome> {
  const { command, key, deadlineMs = limits.deadlineMs } = submission
  const flight: InFlight = {}
  if (scoped !== undefined) inFlight.set(scoped, flight)
  return new Promise((resolve, reject) => {
    const end = () => {
      if (!live.delete(pending)) return
      if (scoped !== undefined) inFlight.delete(scoped)
      for (const next of flight.behind ?? []) next()
    }
    const pending: Pending = {
      submission,
      command,
      id: door.newId(),
      digest: key === undefined ? undefined : digestOf(command),
      deadlineMs: door.nowMs() + deadlineMs,
      weight: weightOf(command),
      mayBeDone: false,
      answer: (outcome) => {
        end()
        resolve(outcome)
      },
      fail: (error) => {
        end()
        reject(error)
      },
      expire: reject,
    }
    live.add(pending)
    waiting.push(pending)
    door.wake()
  })
}

function take(state: Waiting): Pending[] {
  const { maxCommands, maxLines } = state.limits
  let lines = 0
  let count = 0
  for (const pending of state.waiting) {
    lines += pending.weight
    if (count > 0 && (count >= maxCommands || lines > maxLines)) break
    count += 1
  }
  const batch = state.waiting.slice(0, count)
  state.waiting = state.waiting.slice(count)
  return batch
}

function expire(state: Waiting): void {
  const now = state.door.nowMs()
  const queued = new Set(state.waiting)
  for (const pending of state.live) {
    if (pending.deadlineMs > now) continue
    if (queued.delete(pending)) pending.fail(unanswered(pending, DROPPED))
    else pending.expire(underWay())
  }
  state.waiting = state.waiting.filter((pending) => queued.has(pending))
}

const DROPPED = 'The request was not decided in time, and nothing of it was done: try again.'
