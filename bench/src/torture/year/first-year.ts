import { setMaxListeners } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LAST, months } from './calendar.ts'
import type { Course } from './course.ts'
import type { House } from './house.ts'
import type { Merchant } from './merchant.ts'
import { createPlayer, type Ids, type Player } from './player.ts'
import type { Rest } from './picture.ts'
import { tradeYear, type MonthOfErrands } from './trading.ts'

/** A year as it was traded at one house. */
export interface Year {
  readonly player: Player
  /** One for each month. */
  readonly rests: readonly Rest[]
  /** The last month's errands, and what was known by name before it. */
  readonly last: MonthOfErrands
  readonly idsBeforeLast: Ids
}

export interface TradeOptions {
  /** How the last month is traded, where it is not simply played. */
  readonly last?: (player: Player, month: MonthOfErrands) => Promise<void>
}

/** Trades the merchant's whole year at a house, month after month, telling how it goes. */
export async function trade(
  course: Course,
  house: House,
  merchant: Merchant,
  options: TradeOptions = {},
): Promise<Year> {
  const player = createPlayer(house.url)
  const rests: Rest[] = []
  let idsBeforeLast: Ids = new Map()
  let last: MonthOfErrands = new Map()
  let index = 0
  for (const month of tradeYear(merchant)) {
    const beganMs = performance.now()
    if (index === LAST) {
      idsBeforeLast = new Map(player.ids)
      last = month
      await (options.last ?? ((who, errands) => who.play(errands)))(player, month)
    } else {
      await player.play(month)
    }
    const name = months[index]?.name ?? ''
    rests.push(await rest(player, name))
    course.say(`  ${name}  ${toldOf(player, month, performance.now() - beganMs)}`)
    index += 1
  }
  return { player, rests, last, idsBeforeLast }
}

/** Between a moment of rest and what came before and comes after it, on the clock of the database: it says microseconds, and we milliseconds. */
const REST_MS = 20

async function rest(player: Player, month: string): Promise<Rest> {
  await sleep(REST_MS)
  const at = new Date().toISOString()
  await sleep(REST_MS)
  return { month, position: player.newest(), at }
}

function toldOf({ told }: Player, month: MonthOfErrands, tookMs: number): string {
  const errands = [...month.values()].flat()
  const outcomes = errands.map(({ call }) => told.get(call.key)?.outcome)
  const refused = outcomes.filter((outcome) => outcome === 'refused').length
  const movements = errands.reduce((sum, errand) => sum + errand.movements, 0)
  const rate = Math.round((errands.length * 1_000) / tookMs)
  return `${errands.length.toLocaleString('en')} errands (${refused} refused) of some ${movements.toLocaleString('en')} movements, ${rate}/s`
}

/** Parts of the last month that are traded before the backup is begun, and until it is done at most. */
const BEFORE_BACKUP = 0.3
const UNTIL_DONE = 0.9

/**
 * How long a backup takes about, by the movements there are: errands are spread over as much, so that there is trade from its beginning to its end. The first
 * version did not, and a backup that was not of one snapshot went unnoticed: the trade was over before its first row was read.
 */
const backupMs = (movements: number): number => 2_000 + movements / 50

/**
 * Trades the last month and takes a backup in the middle of it: part of the month is traded before, part while it is written, and part
 * after.
 */
export async function tradeThroughBackup(
  course: Course,
  house: House,
  { player, month, movements, file }: { player: Player; month: MonthOfErrands; movements: number; file: string },
): Promise<void> {
  await player.play(part(month, 0, BEFORE_BACKUP))
  const middle = part(month, BEFORE_BACKUP, UNTIL_DONE)
  const pauseMs = Math.ceil((backupMs(movements) * middle.size) / Math.max(1, [...middle.values()].flat().length))
  let meanwhile = 0
  await course.step('Backup while the last month is traded', async (took) => {
    const over = new AbortController()
    // Every hand waits on it, and there are more than Node expects.
    setMaxListeners(month.size, over.signal)
    const backup = house.run('backup', file).finally(() => over.abort())
    const pause = async () => {
      if (!over.signal.aborted) meanwhile += 1
      await sleep(pauseMs, undefined, { signal: over.signal }).catch(() => {})
    }
    const [ended] = await Promise.all([backup, player.play(middle, pause)])
    took(ended.peakMib)
  })
  course.say(`  ${meanwhile} errands were done while it was written.`)
  await player.play(part(month, UNTIL_DONE, 1))
}

/** Each hand's errands from one part of its month to another. */
function part(month: MonthOfErrands, from: number, to: number): MonthOfErrands {
  const at = (errands: readonly unknown[], share: number) => Math.floor(errands.length * share)
  return new Map([...month].map(([hand, errands]) => [hand, errands.slice(at(errands, from), at(errands, to))]))
}

/** Where a backup goes that is called so. */
export const backupFile = (folder: string, name: string): string => join(folder, `${name}.backup`)
