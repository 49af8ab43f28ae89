import { must } from '../../platform/must.ts'
import type { HoldLineState, HoldRecord } from '../core/context.ts'
import { jsonTexts, plainArray, textArray, wordArray } from './literal.ts'
import * as sql from './sql-writes.ts'
import { priceColumns, type Write } from './write-claims.ts'
import type { Written } from './write.ts'

/** Whether an entry is a hold of one line of what is available at one level: its rows are alike, and written by one statement. */
export function isPlainHold({ effect }: Written): boolean {
  const lines = effect.newHold?.lines
  if (lines?.length !== 1) return false
  const [line] = lines
  return line?.allotment === undefined && line?.pending === 0 && line.bundle === undefined
}

/** Entries, movements, holds and lines of plain holds. */
export function plainHolds(written: readonly Written[]): Write | undefined {
  if (written.length === 0) return undefined
  const holds: HoldRecord[] = []
  const lines: HoldLineState[] = []
  for (const { effect } of written) {
    const hold = must(effect.newHold, 'a plain hold')
    holds.push(hold)
    lines.push(must(hold.lines[0], 'its line'))
  }
  return [
    sql.insertPlainHolds,
    [
      plainArray(holds.map((hold) => hold.entry)),
      wordArray(holds.map((hold) => hold.id)),
      textArray(written.map((one) => one.caller)),
      textArray(written.map((one) => one.actor)),
      textArray(written.map((one) => one.key)),
      textArray(written.map((one) => one.digest)),
      plainArray(holds.map((hold) => hold.createdAtUs)),
      plainArray(holds.map((hold) => hold.expiresAtUs)),
      textArray(holds.map((hold) => hold.customer)),
      textArray(lines.map((line) => line.sku)),
      textArray(lines.map((line) => line.location)),
      textArray(lines.map((line) => line.channel)),
      plainArray(lines.map((line) => line.quantity)),
      ...priceColumns(lines),
      jsonTexts(written.map((one) => one.answer)),
    ],
  ]
}
