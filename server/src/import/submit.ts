import { setTimeout as delay } from 'node:timers/promises'
import { codeOf, messageOf, SetupError } from '../platform/setup-error.ts'
import { Unavailable, type Outcome, type Stock, type Submission } from '../stock/stock.ts'

/** Commands under way at once: enough that the next batch is never empty, few enough that tills find their place beside them. */
const inFlightMax = 4
/** Tries of one command before the import gives up, some 30 s. */
const triesMax = 12
const firstPauseMs = 50
const longestPauseMs = 5_000

/** Who the journal says it was. */
const importer = 'import'

/** Submits under its key until it is decided. Throws SetupError after half a minute of "not now". */
export async function submitSurely(stock: Stock, submission: Pick<Submission, 'command' | 'key'>): Promise<Outcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await stock.submit({ ...submission, caller: importer, actor: importer })
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      if (attempt === triesMax) {
        throw new SetupError(
          `The import stopped: ${error.message} What is in stays in; run the same command again to go on.`,
        )
      }
      await delay(Math.min(firstPauseMs * 2 ** attempt, longestPauseMs))
    }
  }
}

/** lock_not_available, deadlock_detected, serialization_failure: the database asks to try again. */
const passing = new Set(['55P03', '40P01', '40001'])

/** Runs a transaction again where the database says that it only stood in another's way. */
export async function persistently<T>(transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction()
    } catch (error) {
      if (!passing.has(codeOf(error) ?? '') || attempt === triesMax) throw error
      await delay(firstPauseMs * attempt)
    }
  }
}

/** Work of which some runs at once. What one of it throws, the next `add` or `finish` throws. */
export interface Lane {
  /** Resolves when there is room for more. */
  add(work: () => Promise<void>): Promise<void>
  /** Resolves when all is done. */
  finish(): Promise<void>
  /** Resolves when nothing is under way any more, however it went. */
  settled(): Promise<void>
}

/** A lane of at most `inFlightMax`. */
export function createLane(): Lane {
  const running = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | undefined
  const settle = (done: Promise<void>) => {
    const noted = done
      .catch((error: unknown) => {
        failure ??= { error }
      })
      .finally(() => running.delete(noted))
    running.add(noted)
  }
  const raise = () => {
    if (failure === undefined) return
    throw failure.error instanceof Error ? failure.error : new Error(messageOf(failure.error))
  }
  return {
    async add(work) {
      while (running.size >= inFlightMax) await Promise.race(running)
      raise()
      settle(work())
    },
    async finish() {
      await Promise.all(running)
      raise()
    },
    settled: async () => void (await Promise.all(running)),
  }
}
