import { must } from '../platform/must.ts'
import { averageFiguresOf, bottlesIn, fifoOf, type Average } from './cost-book.ts'
import type { Figures } from './figures.ts'
import type { Database } from './moment.ts'
import { grouped, readDeclarations, readSteps, type Reading, type StepRange, type UnderWay } from './steps.ts'
import {
  onTheWay,
  openWalk,
  takeDeclaration,
  takeEntry,
  type Declaration,
  type IsOurs,
  type Step,
  type Walk,
} from './walk.ts'

/** Where a SKU's journal led. */
export interface Walked {
  readonly sku: string
  /** on hand and in transit; below zero where more went than ever came */
  readonly bottles: number
  readonly fifo: Figures
  readonly average: Average
  readonly journeys: readonly UnderWay[]
}

/**
 * Goes through the journals of some SKUs, one after another, as they were recorded. What is kept of one is its layers and its averages, however long
 * its journal.
 *
 * @param how.linesPerRead lines of the journal that are read at once
 */
export async function* walksOf(
  database: Database,
  range: StepRange,
  isOurs: IsOurs,
  how: Omit<Reading, 'fold'>,
): AsyncGenerator<Walked> {
  const declared = await readDeclarations(database, range)
  const declarations = grouped(declared, ({ sku }) => sku)
  let way: Way | undefined
  // Between two bottles that left something may have been said of those that stayed.
  for await (const steps of readSteps(database, range, { ...how, fold: declared.length === 0 })) {
    for (const entry of byEntry(steps)) {
      const { sku } = first(entry)
      if (way && way.walk.sku !== sku) yield endOf(way, isOurs)
      if (way?.walk.sku !== sku) way = { walk: openWalk(sku), declarations: declarations.get(sku) ?? [], declared: 0 }
      goOn(way, entry, isOurs)
    }
  }
  if (way) yield endOf(way, isOurs)
}

/** A walk, and what was said of its bottles on the way: `declared` of that is behind it. */
interface Way {
  readonly walk: Walk
  readonly declarations: readonly Declaration[]
  declared: number
}

function goOn(way: Way, entry: readonly Step[], isOurs: IsOurs): void {
  declareBefore(way, first(entry).entry, isOurs)
  takeEntry(way.walk, entry, isOurs)
}

function declareBefore(way: Way, entry: number, isOurs: IsOurs): void {
  for (;;) {
    const next = way.declarations[way.declared]
    if (!next || next.entry > entry) return
    takeDeclaration(way.walk, next, isOurs)
    way.declared += 1
  }
}

function endOf(way: Way, isOurs: IsOurs): Walked {
  declareBefore(way, Infinity, isOurs)
  const { sku, book } = way.walk
  const journeys = onTheWay(way.walk).map((journey) => ({ sku, ...journey }))
  return { sku, bottles: bottlesIn(book), fifo: fifoOf(book), average: averageFiguresOf(book), journeys }
}

/** Lines of one SKU and entry together; they follow one another. */
function byEntry(steps: readonly Step[]): Step[][] {
  const entries: Step[][] = []
  let last: Step[] | undefined
  for (const step of steps) {
    if (last && first(last).entry === step.entry && first(last).sku === step.sku) last.push(step)
    else entries.push((last = [step]))
  }
  return entries
}

function first(steps: readonly Step[]): Step {
  return must(steps[0], 'a line of an entry')
}
