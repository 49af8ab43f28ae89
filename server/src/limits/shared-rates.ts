import type { Carrier } from '../log/log.ts'
import type { Seal } from '../platform/seal.ts'
import { createRates, type Count, type Rates } from './rates.ts'

const channel = 'rates'
/** Told together so often: within it, each process may let through what another has counted. */
const TELL_EVERY_MS = 200
/** A text of some 60 KB; what is beyond it is told with the next. */
const COUNTS_A_TELL_MAX = 1_000
/** More than that of different processes are a mistake or a lie. */
const PROCESSES_MAX = 100

type Told = readonly [self: string, counts: readonly Count[]]

export interface SharingRates {
  readonly carrier: Carrier
  readonly seal: Seal
  /** a name of this process, of its own */
  readonly self: string
}

/**
 * Rates that all processes on one carrier count together. Each tells what it has counted itself, and as a whole: what the carrier loses or repeats is made good by the next that is told.
 */
export function createSharedRates(
  nowMs: () => number,
  sharing: SharingRates | undefined,
): Rates & { readonly close: () => void } {
  const rates = createRates(nowMs)
  if (!sharing) return { ...rates, close: () => {} }
  const { carrier, seal, self } = sharing
  const processes = new Set<string>()
  const stop = carrier.listen(
    channel,
    (sealed) => {
      const text = seal.open(channel, sealed)
      if (text === undefined) return
      const [from, counts] = JSON.parse(text) as Told
      if (from === self || (!processes.has(from) && processes.size >= PROCESSES_MAX)) return
      processes.add(from)
      rates.heard(from, counts)
    },
    () => {},
  )
  const waiting: Count[] = []
  const timer = setInterval(() => {
    waiting.push(...rates.changed())
    const told: Told = [self, waiting.splice(0, COUNTS_A_TELL_MAX)]
    if (told[1].length > 0) carrier.tell(channel, seal.close(channel, JSON.stringify(told)))
  }, TELL_EVERY_MS)
  timer.unref()
  return {
    ...rates,
    close() {
      clearInterval(timer)
      stop()
    },
  }
}
