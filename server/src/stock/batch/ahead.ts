import { askFor, isUnknown } from './load.ts'
import { inTime, rollback, type Running } from './running.ts'
import type { BatchEnvironment } from './transaction.ts'

/**
 * Sends the first round trip of what waits, while the disk is busy with the batch before it. Not where something has to be seen to between
 * the two: levels set aside, or lines to be read before anything is locked.
 */
export function sendAhead(running: Running, environment: BatchEnvironment): void {
  const { aside, door, queue } = running
  if (aside.blocked().length > 0) return
  const batch = inTime(running, queue.take())
  if (batch.length === 0) return
  if (isUnknown(environment, batch)) return queue.putBack(batch)
  try {
    running.ahead = { batch, asked: askFor(environment, batch) }
  } catch (error) {
    // No reason to doubt the batch under way, which is being committed: this one is told in its turn what is wrong with it.
    door.onTrouble(error, 'ahead')
    queue.putBack(batch)
    // Some of it may be on its way.
    void rollback(running).catch((failed: unknown) => door.onTrouble(failed, 'ahead'))
  }
}
