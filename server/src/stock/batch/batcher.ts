import { Unavailable, type Stock } from '../submission.ts'
import { carry } from './carry.ts'
import { plansOf } from './need.ts'
import { unanswered, type Pending } from './pending.ts'
import { createRunning, probe, type BatcherDoor, type Running } from './running.ts'

export type { BatcherDoor } from './running.ts'

/** How soon levels set aside are looked at again, and times checked: well below the lock timeout they waited for. */
const PROBE_EVERY_MS = 250
/** Nothing to do: whatever comes ends the wait, so it may be long. */
const IDLE_MS = 60_000

/**
 * The one way in to stock. Commands that arrive while a transaction is under way go together into the next: one batch at a time, one
 * fsync for all of it.
 */
export function createBatcher(door: BatcherDoor): Stock {
  const running = createRunning(door)
  const stopTimes = new AbortController()
  const times = watchTimes(running, stopTimes.signal)
  const loop = runBatches(running)
  return {
    submit: (submission) =>
      running.closing ? Promise.reject(new Unavailable('This server is stopping.')) : running.queue.submit(submission),
    close: async () => {
      running.closing = true
      running.wake()
      await loop
      stopTimes.abort()
      await times
      await running.session?.close()
    },
  }
}

/** Batch after batch, until it is closed and everybody is answered. */
async function runBatches(running: Running): Promise<void> {
  for (;;) {
    const { ahead } = running
    running.ahead = undefined
    if (ahead) {
      await carry(running, ahead.batch, ahead.asked)
      continue
    }
    await lookAside(running)
    const batch = running.queue.take()
    if (batch.length > 0) await carry(running, sift(running, batch))
    else if (running.closing && running.queue.size() === 0) return
    else await idle(running)
  }
}

/** Until something arrives, or a while where something is set aside. */
async function idle(running: Running): Promise<void> {
  const woken = new AbortController()
  running.wake = () => {
    // Once: an abort makes an error each time, and a burst of commands would make one each.
    running.wake = () => {}
    woken.abort()
  }
  const short = running.aside.size() > 0 || running.closing
  await running.door.sleep(short ? PROBE_EVERY_MS : IDLE_MS, woken.signal)
  running.wake = () => {}
}

/** Keeps what names a blocked level for later. */
function sift({ aside, settings, lines, orders }: Running, batch: readonly Pending[]): readonly Pending[] {
  if (aside.blocked().length === 0 || !settings) return batch
  return aside.sift(batch, plansOf({ settings, lines, orders }, batch))
}

const LOCKED = 'Its stock was locked by another for too long; nothing of this was done.'

/** Brings back what was set aside, as soon as its levels are free. */
async function lookAside(running: Running): Promise<void> {
  const { aside, door, queue } = running
  for (const pending of aside.drop((one) => one.deadlineMs <= door.nowMs())) {
    pending.fail(unanswered(pending, LOCKED))
  }
  if (aside.blocked().length === 0 || door.nowMs() - running.probedAtMs < PROBE_EVERY_MS) return
  running.probedAtMs = door.nowMs()
  queue.putBack(aside.unblock(await probe(running, aside.blocked())))
}

async function watchTimes({ door, queue }: Running, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await door.sleep(PROBE_EVERY_MS, signal)
    queue.expire()
  }
}
