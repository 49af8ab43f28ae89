import type { Effect } from '../core/effect.ts'
import { allotmentKey, levelKey } from '../core/context.ts'
import { plainArray, textArray } from './literal.ts'
import * as sql from './sql-writes.ts'
import type { Write } from './write-claims.ts'

/** What is set aside beside the levels: allotments, and notes of what was seen. */
export function asideWrites(effects: readonly Effect[]): (Write | undefined)[] {
  return [allotments(effects), notes(effects)]
}

/** Each allotment once, with what all of the batch did to it. */
function allotments(effects: readonly Effect[]): Write | undefined {
  const sums = new Map<string, Effect['allotments'][number]>()
  for (const effect of effects) {
    for (const line of effect.allotments) {
      const key = allotmentKey(line.allotment, levelKey(line.sku, line.location))
      sums.set(key, { ...line, delta: line.delta + (sums.get(key)?.delta ?? 0) })
    }
  }
  const rows = [...sums.values()]
  if (rows.length === 0) return undefined
  return [
    sql.updateAllotments,
    [
      textArray(rows.map((row) => row.allotment)),
      textArray(rows.map((row) => row.sku)),
      textArray(rows.map((row) => row.location)),
      plainArray(rows.map((row) => row.delta)),
    ],
  ]
}

function notes(effects: readonly Effect[]): Write | undefined {
  const rows = effects.flatMap((effect) => effect.notes.map((note, line) => ({ ...note, line, entry: effect.entry })))
  if (rows.length === 0) return undefined
  return [
    sql.insertNotes,
    [
      plainArray(rows.map((row) => row.entry)),
      plainArray(rows.map((row) => row.line)),
      textArray(rows.map((row) => row.sku)),
      textArray(rows.map((row) => row.location)),
      textArray(rows.map((row) => row.condition)),
      textArray(rows.map((row) => JSON.stringify(row.photos))),
    ],
  ]
}
