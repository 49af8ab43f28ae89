import type pg from 'pg'
import type { Caller } from './caller.ts'
import { record, recordAll, type Deed, type Whence } from './audit.ts'

/** Refusals that wait to be written. A flood of them may not take the memory, nor the database's time: beyond it they are counted, and the count is written. */
const WAITING_MAX = 2_000
/** Written together so often: a refusal is on record within half a second. */
const WRITE_EVERY_MS = 250

interface Waiting {
  readonly caller: Caller
  readonly deed: Deed
  readonly whence: Whence | undefined
}

/** Puts refusals on record behind the answer: nobody waits for that, and a flood of them is not a flood of transactions. */
export interface Recorder {
  refused(caller: Caller, deed: Deed, whence: Whence | undefined): void
  /** Writes what waits, and no more after it. */
  close(): Promise<void>
}

export function createRecorder(pool: pg.Pool, onError: (error: unknown) => void): Recorder {
  let waiting: Waiting[] = []
  let dropped = 0
  let writing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  async function write(): Promise<void> {
    const batch = waiting
    const lost = dropped
    waiting = []
    dropped = 0
    try {
      await recordAll(pool, batch)
      if (lost > 0) {
        await record(
          pool,
          { subject: 'cellarhand', via: 'command' },
          { operation: 'refuse', outcome: 'not-recorded', detail: { refusals: lost } },
        )
      }
    } catch (error) {
      onError(error)
    }
  }

  function writeSoon(): void {
    timer ??= setTimeout(() => {
      timer = undefined
      writing = (writing ?? Promise.resolve()).then(write)
    }, WRITE_EVERY_MS)
  }

  return {
    refused(caller, deed, whence) {
      if (waiting.length >= WAITING_MAX) dropped += 1
      else waiting.push({ caller, deed, whence })
      writeSoon()
    },
    async close() {
      clearTimeout(timer)
      await writing
      await write()
    },
  }
}
