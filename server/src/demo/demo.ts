import { sleep } from '../platform/loop.ts'
import { SetupError } from '../platform/setup-error.ts'
import { actors } from './actors.ts'
import { openApi } from './api.ts'
import { clock, openTally, planDay, type Tally } from './day.ts'
import { findPlaces, openMerchant, type Merchant } from './merchant.ts'
import { seeded } from './random.ts'

export interface DemoOptions {
  /** The same seed plays the same days on the same stock. */
  readonly seed: number
  /** Things done a second; `Infinity`: as fast as they are answered. */
  readonly pace: number
  /** Stop after so many; without it, play on. */
  readonly days?: number | undefined
  readonly signal: AbortSignal
  readonly say: (line: string) => void
  readonly newKey: () => string
  readonly nowMs: () => number
  /** The server's own certificate, where nobody else vouches for it (PEM). */
  readonly certificate?: string | undefined
  /** What to ask with, where it matters who asks. */
  readonly token?: (() => Promise<string | undefined>) | undefined
}

/** What was played. */
export interface Played {
  readonly days: number
  /** How often each actor has done something, by name. */
  readonly deeds: ReadonlyMap<string, number>
  /** Errors of the moment. */
  readonly troubles: number
}

/** Faster than this nobody can read what each does: the line of the day says it in numbers. */
const READABLE_PACE = 5
/** Stock is looked at twice a day, so that a sold-out bottle is not asked for all day. */
const EVENING = 17 * 60

/**
 * Plays days of a merchant through the public API until `signal` aborts, or for `options.days`: a day is some 70 things, done one after another by
 * the actors of `actors.ts`. All of it happens now: a hold, an order or a transfer cannot be asked for in the past, and facts alone would make a
 * past in which nobody decided anything. Errors of the moment are said and passed over.
 */
export async function playDemo(url: string, options: DemoOptions): Promise<Played> {
  const { signal, say, days = Infinity } = options
  const api = openApi(url, options)
  const places = await findPlaces(api).catch((error: unknown) => {
    if (error instanceof SetupError) throw error
    throw new SetupError(`Nothing answers at ${url} as this server does: start it first, or put the address right.`)
  })
  if (!places) {
    throw new SetupError(
      'The demo has nothing to sell from: make a location (`npm run cellarhand -- location --help`), or start with the starter cellar.',
    )
  }
  const random = seeded(options.seed)
  const merchant = openMerchant(api, { random, nowMs: options.nowMs, places })
  const all = openTally()
  const played = { days: 0, troubles: 0 }
  while (!signal.aborted && merchant.day < days) {
    merchant.day += 1
    const tally = openTally()
    played.troubles += await playDay(merchant, [tally, all], options)
    if (signal.aborted) break
    played.days += 1
    say(`Day ${merchant.day}: ${tally.text(actors)}.`)
  }
  if (played.days > 1) say(`In ${played.days} days: ${all.text(actors)}.`)
  return { ...played, deeds: all.deeds }
}

/** Plays one day. Returns how often there was trouble. */
async function playDay(merchant: Merchant, tallies: readonly Tally[], options: DemoOptions): Promise<number> {
  const { signal, say, pace } = options
  let troubles = 0
  let isDay = true
  merchant.lookAnew()
  for (const { actor, minute } of planDay(actors, merchant.random)) {
    if (isDay && minute >= EVENING) merchant.lookAnew()
    isDay = minute < EVENING
    const line = `${clock(minute)}  ${actor.name.padEnd(7)} `
    try {
      const deed = await actor.act(merchant)
      if (deed) for (const tally of tallies) tally.add(actor, deed)
      if (deed && pace <= READABLE_PACE) say(`${line} ${deed.told}`)
    } catch (error) {
      if (signal.aborted) break
      troubles += 1
      // What was read may be what went wrong.
      merchant.lookAnew()
      say(`${line} met trouble: ${error instanceof Error ? error.message : 'unknown'}`)
    }
    if (pace < Infinity) await sleep(1_000 / pace, signal)
    if (signal.aborted) break
  }
  return troubles
}
