import { join } from 'node:path'
import { catchUp } from './catch-up.ts'
import { LAST } from './calendar.ts'
import { createCourse, type Course } from './course.ts'
import { exportDifferences, exportedFiles } from './exports.ts'
import { backupFile, trade, tradeThroughBackup, type Year } from './first-year.ts'
import { furnish, openFolder, openHouse, type House } from './house.ts'
import { readJournal } from './journal.ts'
import { createMerchant, type Merchant } from './merchant.ts'
import { newestOf, readMonthEnds, readRests, readYear, type Picture } from './picture.ts'

export interface YearOptions {
  readonly movements: number
  readonly seed: number
  /** A PostgreSQL to make databases on; without it each server runs the embedded one. */
  readonly postgresUrl?: string
  readonly say: (line: string) => void
}

interface Stage extends YearOptions {
  readonly course: Course
  readonly merchant: Merchant
  /** Where backups, exports and lists go. */
  readonly folder: string
}

/** Of a year that was traded: where, and how it looks from outside. */
interface Original {
  readonly house: House
  readonly year: Year
  readonly beganAt: string
  readonly known: Picture
  readonly byPosition: Picture
  readonly byTime: Picture
}

/**
 * A year of a merchant, traded twice from one seed, backed up in the middle and at the end, restored from both, and compared at every month's end.
 * Prints as it goes.
 */
export async function runYear(options: YearOptions): Promise<{ passed: number; failed: number }> {
  const { movements, seed, say, postgresUrl } = options
  const folder = openFolder()
  const merchant = createMerchant({ seed, movements })
  const stage: Stage = { ...options, course: createCourse(say), merchant, folder: folder.path }
  say(
    `Seed ${seed}: a year of ${movements.toLocaleString('en')} movements of ${merchant.skus.length} SKUs at 3 places.`,
  )
  const house = await openHouse('first', postgresUrl)
  try {
    const original = await tradeFirst(stage, house)
    await withHouse(stage, 'second', (second) => compareSecond(stage, original, second))
    await withHouse(stage, 'restored', (restored) => compareRestored(stage, original, restored))
    await withHouse(stage, 'restored at rest', (restored) => compareAtRest(stage, original, restored))
  } finally {
    await house.close()
    folder.clear()
  }
  return tell(stage)
}

function tell({ course, say, movements, seed }: Stage): { passed: number; failed: number } {
  const { text, passed, failed } = course.close()
  say(`\n${text}\n`)
  if (failed === 0) say('The year came out the same each time, and came back from its backups as it was.')
  else
    say(`${failed} comparisons FAILED. The same again: npm run torture -- year --movements ${movements} --seed ${seed}`)
  return { passed, failed }
}

async function withHouse(stage: Stage, name: string, work: (house: House) => Promise<void>): Promise<void> {
  const house = await openHouse(name, stage.postgresUrl)
  try {
    await work(house)
  } finally {
    await house.close()
  }
}

async function tradeFirst(stage: Stage, house: House): Promise<Original> {
  const { course, merchant, movements, folder } = stage
  const beganAt = new Date().toISOString()
  const year = await course.step('The year', async (took) => {
    await house.start()
    await furnish(house, merchant, folder)
    const file = backupFile(folder, 'in-trade')
    const traded = await trade(course, house, merchant, {
      last: (player, month) => tradeThroughBackup(course, house, { player, month, movements, file }),
    })
    took(house.peakMib())
    return traded
  })
  const { lines } = await readJournal(house.url)
  course.say(`  The journal has ${lines.toLocaleString('en')} movements.`)
  await verify(course, house)
  return course.step('Looking at the first', async () => {
    const byPosition = await readRests(house.url, year.rests, 'position')
    const byTime = await readRests(house.url, year.rests, 'time')
    course.compare('books of each month-end: by position, by time', ['by position', 'by time'], byPosition, byTime)
    return { house, year, beganAt, known: await readYear(house.url), byPosition, byTime }
  })
}

async function verify(course: Course, house: House): Promise<void> {
  const text = await course.step(`Verify of ${house.name}`, async (took) => {
    const { peakMib, output } = await house.run('verify')
    took(peakMib)
    return output
  })
  course.check(`verify of ${house.name}`, text.split('\n').filter((line) => line.startsWith('ok')).length, [])
}

const answersOf = ({ player }: Year): Picture =>
  new Map([['answers', new Map([...player.told].map(([key, { text }]) => [key, text]))]])

async function compareSecond({ course, merchant, folder }: Stage, first: Original, second: House): Promise<void> {
  const again = await course.step('The same year in a second house', async (took) => {
    await second.start()
    await furnish(second, merchant, folder)
    const traded = await trade(course, second, merchant)
    took(second.peakMib())
    return traded
  })
  await course.step('Looking at the second', async () => {
    const names = ['the first', 'the second'] as const
    const byPosition = await readRests(second.url, again.rests, 'position')
    course.compare('answers: first and second', names, answersOf(first.year), answersOf(again))
    course.compare('books of each month-end: first and second', names, first.byPosition, byPosition)
    course.compare('year as it is known: first and second', names, first.known, await readYear(second.url))
  })
}

async function restore({ course, folder }: Stage, house: House, name: string): Promise<void> {
  await course.step(`Restore of the backup ${name}, with verify`, async (took) => {
    took((await house.run('restore', backupFile(folder, name))).peakMib)
  })
}

const NAMES = ['the first', 'what was restored'] as const

async function compareRestored(stage: Stage, first: Original, restored: House): Promise<void> {
  const { course } = stage
  await restore(stage, restored, 'in-trade')
  await restored.start()
  await course.step('Looking at what was restored', () => compareWithBackup(course, first, restored))
  await course.step('The rest of the last month at what was restored', async () => {
    const { known, anew, found } = await catchUp(restored.url, first.year)
    course.check('answers: those in the backup given again, others decided alike', known + anew, found)
    course.say(`  ${known} errands of the last month were in the backup, ${anew} were not.`)
  })
  await course.step('Looking at what was restored and caught up', async () =>
    course.compare('year as it is known: first and caught up', NAMES, first.known, await readYear(restored.url)),
  )
  await verify(course, restored)
}

/** Of months that were over when the backup was begun, and of the very position that it is of. */
async function compareWithBackup(course: Course, { house, year, byTime }: Original, restored: House): Promise<void> {
  const ended = year.rests.slice(0, LAST)
  const rests = [...ended, { month: 'the backup', position: await newestOf(restored.url), at: '' }]
  const [ours, theirs] = [
    await readRests(house.url, rests, 'position'),
    await readRests(restored.url, rests, 'position'),
  ]
  course.compare('books of each month-end, by position: first and restored', NAMES, ours, theirs)
  const before = new Map([...byTime].slice(0, LAST))
  const after = await readRests(restored.url, ended, 'time')
  course.compare('books of each month-end, by time: first and restored', NAMES, before, after)
  const { lines, digest } = await readJournal(restored.url)
  const same = await readJournal(house.url, lines)
  const found = same.lines === lines && same.digest === digest ? [] : ['The journals differ.']
  course.check('journal up to the backup: first and restored', lines, found)
}

async function compareAtRest(stage: Stage, first: Original, restored: House): Promise<void> {
  const { course, folder } = stage
  const { house, year, beganAt } = first
  const [ours, theirs] = [join(folder, 'first'), join(folder, 'restored')]
  await course.step('Backup at rest', async (took) =>
    took((await house.run('backup', backupFile(folder, 'at-rest'))).peakMib),
  )
  await course.step('Export', async (took) => took((await house.run('export', ours)).peakMib))
  await restore(stage, restored, 'at-rest')
  await course.step('Export of what was restored', async (took) => took((await restored.run('export', theirs)).peakMib))
  const { files, rows } = exportedFiles(ours)
  course.check(`export, ${files} files to the byte: first and restored`, rows, await exportDifferences(ours, theirs))
  await restored.start()
  await course.step('Looking at what was restored at rest', async () => {
    const now = monthsSince(beganAt)
    const [before, after] = [await readMonthEnds(house.url, now), await readMonthEnds(restored.url, now)]
    course.compare('month-end reports of when it was traded: first and restored at rest', NAMES, before, after)
    course.compare('year as it is known: first and restored at rest', NAMES, first.known, await readYear(restored.url))
    for (const [by, picture] of [
      ['position', first.byPosition],
      ['time', first.byTime],
    ] as const) {
      const theirRests = await readRests(restored.url, year.rests, by)
      course.compare(`books of each month-end, by ${by}: first and restored at rest`, NAMES, picture, theirRests)
    }
  })
}

const DAY_MS = 86_400_000

/** Calendar months from a moment to now: those in which the year was recorded. */
function monthsSince(at: string): string[] {
  const names = new Set<string>()
  for (let dayMs = Date.parse(at.slice(0, 10)); dayMs <= Date.now(); dayMs += DAY_MS) {
    names.add(new Date(dayMs).toISOString().slice(0, 7))
  }
  return [...names]
}
