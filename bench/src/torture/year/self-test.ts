import { join } from 'node:path'
import { once } from '../place.ts'
import { differences } from './compare.ts'
import { createCourse } from './course.ts'
import { exportDifferences } from './exports.ts'
import { backupFile, trade, type Year } from './first-year.ts'
import { furnish, openFolder, openHouse, type House } from './house.ts'
import { createMerchant } from './merchant.ts'
import { readRests, readYear, together, type Picture } from './picture.ts'

/** A difference that is planted into what was restored, in one statement that changes one row. */
interface Plant {
  readonly plants: string
  readonly sql: string
  /** The server keeps this in memory, and is started anew on what was planted. */
  readonly isKept?: true
}

const plants: readonly Plant[] = [
  {
    plants: 'one bottle more in a restored level',
    isKept: true,
    sql: `update stock.levels set available = available + 1
      where (sku, location) = (select sku, location from stock.levels where available > 0 order by 1, 2 limit 1)`,
  },
  {
    plants: 'one movement missing',
    sql: `delete from stock.movements where (sku, entry, line) = (
      select sku, entry, line from stock.movements where to_account = 'customer' order by entry, line limit 1)`,
  },
  {
    plants: 'one lot that cost a cent more',
    sql: `update stock.lots set cost_minor = cost_minor + 1
      where (sku, id) = (select sku, id from stock.lots where cost_minor is not null order by 1, 2 limit 1)`,
  },
  {
    plants: 'one bottle in another bin',
    sql: `update stock.parcels set bin = 'Z/9' where (sku, location, lot, bin) = (
      select sku, location, lot, bin from stock.parcels where quantity > 0 order by 1, 2, 3, 4 limit 1)`,
  },
  {
    plants: 'one bottle more in an allotment',
    sql: `update stock.allotments set quantity = quantity + 1 where (allotment, sku, location) = (
      select allotment, sku, location from stock.allotments where quantity > 0 order by 1, 2, 3 limit 1)`,
  },
  {
    plants: 'one bottle more in what was counted last',
    sql: `update stock.counts set counted = counted + 1 where (sku, location, entry, line) = (
      select sku, location, entry, line from stock.counts order by occurred_at desc, sku limit 1)`,
  },
]

/** Only an export tells of it. */
const unseen: Plant = {
  plants: 'one customer of a hold called otherwise, in the export',
  sql: `update stock.holds set customer = 'nobody' where id = (select id from stock.holds order by id limit 1)`,
}

/** A small year has everything in it that is planted in. */
const MOVEMENTS = 3_000

/** Plants differences in a restored year, one after the other, each of which has to be noticed by what the year is compared by. */
export async function runYearSelfTests(
  say: (line: string) => void,
  postgresUrl?: string,
): Promise<{ caught: number; missed: number }> {
  const folder = openFolder()
  const houses: House[] = []
  try {
    for (const name of ['first', 'restored']) houses.push(await openHouse(name, postgresUrl))
    const [first, restored] = houses as [House, House]
    const year = await tradeAndRestore(first, restored, folder.path)
    const results = await plantAll({ first, restored, year, folder: folder.path }, say)
    const missed = results.filter((isCaught) => !isCaught).length
    return { caught: results.length - missed, missed }
  } finally {
    for (const house of houses) await house.close()
    folder.clear()
  }
}

async function tradeAndRestore(first: House, restored: House, folder: string): Promise<Year> {
  const merchant = createMerchant({ seed: 7, movements: MOVEMENTS })
  await first.start()
  await furnish(first, merchant, folder)
  const year = await trade(
    createCourse(() => {}),
    first,
    merchant,
  )
  const file = backupFile(folder, 'self-test')
  await first.run('backup', file)
  await restored.run('restore', file)
  await restored.start()
  return year
}

interface Scene {
  readonly first: House
  readonly restored: House
  readonly year: Year
  readonly folder: string
}

const NAMES = ['the first', 'what was restored'] as const

async function plantAll(scene: Scene, say: (line: string) => void): Promise<boolean[]> {
  const { first, restored, year } = scene
  const whole = async ({ url }: House): Promise<Picture> =>
    together(await readYear(url), await readRests(url, year.rests, 'position'))
  const ours = await whole(first)
  let before = differences(ours, await whole(restored), NAMES)
  if (before.length > 0) throw new Error(`before anything was planted: ${before.join('\n')}`)
  const results: boolean[] = []
  for (const plant of plants) {
    await damage(restored, plant)
    const found = differences(ours, await whole(restored), NAMES)
    results.push(
      tellPlant(
        plant,
        found.filter((sentence) => !before.includes(sentence)),
        say,
      ),
    )
    before = found
  }
  return [...results, tellPlant(unseen, await inExport(scene), say)]
}

async function inExport({ first, restored, folder }: Scene): Promise<string[]> {
  await damage(restored, unseen)
  const [ours, theirs] = [join(folder, 'first'), join(folder, 'restored')]
  await first.run('export', ours)
  await restored.run('export', theirs)
  return (await exportDifferences(ours, theirs)).filter((sentence) => sentence.startsWith('stock.holds.jsonl'))
}

async function damage(house: House, { plants: what, sql, isKept }: Plant): Promise<void> {
  const changed = await once(house.databaseUrl(), async (client) => (await client.query(sql)).rowCount)
  if (changed !== 1) throw new Error(`${what}: ${changed} rows were changed, and it had to be one.`)
  if (!isKept) return
  await house.stop()
  await house.start()
}

const SHOWN_CHARS = 160

function tellPlant({ plants: what }: Plant, found: readonly string[], say: (line: string) => void): boolean {
  const [first] = found
  say(first === undefined ? `MISSED  ${what}` : `caught  ${what}: ${first.slice(0, SHOWN_CHARS)}`)
  return first !== undefined
}
