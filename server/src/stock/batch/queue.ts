import { Unavailable, type Outcome, type Submission } from '../submission.ts'
import { digestOf, scopedKey, weightOf, type Pending } from './pending.ts'

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

/** The commands that wait for a batch. */
export function createQueue(limits: QueueLimits, door: QueueDoor): Queue {
  let waiting: Pending[] = []
  const live = new Set<Pending>()
  /** By scoped key: settled when its command is. A key in flight waits for its first answer. */
  const inFlight = new Map<string, Promise<unknown>>()

  async function submit(submission: Submission): Promise<Outcome> {
    const key = scopedKey(submission)
    for (let first = key && inFlight.get(key); first; first = key && inFlight.get(key)) await first
    if (live.size >= limits.maxQueue) throw new Unavailable('Too much is waiting: try again in a moment.')
    if (key === undefined) return enqueue(submission)
    let settled = () => {}
    inFlight.set(key, new Promise<void>((resolve) => (settled = resolve)))
    return enqueue(submission, () => {
      inFlight.delete(key)
      settled()
    })
  }

  function enqueue(submission: Submission, settled = () => {}): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        submission,
        command: submission.command,
        id: submission.command.kind === 'hold' ? door.newId() : '',
        digest: submission.key === undefined ? undefined : digestOf(submission.command),
        deadlineMs: door.nowMs() + (submission.deadlineMs ?? limits.deadlineMs),
        weight: weightOf(submission.command),
        answer: (outcome) => {
          live.delete(pending)
          settled()
          resolve(outcome)
        },
        fail: (error) => {
          live.delete(pending)
          settled()
          reject(error)
        },
        expire: (error) => reject(error),
      }
      live.add(pending)
      waiting.push(pending)
      door.wake()
    })
  }

  function take(): Pending[] {
    let lines = 0
    let count = 0
    for (const pending of waiting) {
      lines += pending.weight
      if (count > 0 && (count >= limits.maxCommands || lines > limits.maxLines)) break
      count += 1
    }
    const batch = waiting.slice(0, count)
    waiting = waiting.slice(count)
    return batch
  }

  return {
    submit,
    take,
    putBack: (batch) => {
      waiting = [...batch, ...waiting]
    },
    expire: () => {
      const now = door.nowMs()
      const queued = new Set(waiting)
      for (const pending of live) {
        if (pending.deadlineMs > now) continue
        if (queued.delete(pending)) pending.fail(new Unavailable(DROPPED))
        else pending.expire(new Unavailable(UNKNOWN))
      }
      waiting = waiting.filter((pending) => queued.has(pending))
    },
    size: () => live.size,
  }
}

const DROPPED = 'The request was not decided in time, and nothing of it was done: try again.'
const UNKNOWN = 'It is not known yet whether this was done: ask again with the same Idempotency-Key, which will tell.'
