import type { ExpectedRow } from '../../log/changes.ts'
import type { DocumentRecord } from '../core/document.ts'
import type { Effect } from '../core/effect.ts'
import { expectedRowsOf } from '../core/purchase.ts'
import { plainArray, textArray, wordArray } from './literal.ts'
import * as sql from './sql-writes.ts'
import type { Write } from './write-claims.ts'

interface Row {
  readonly document: DocumentRecord
  readonly entry: number
  /** The version that it was decided on; undefined: it was made in this batch. */
  readonly was: number
}

/** Documents made and changed; each that was there before once, as it is after the batch. */
export function documentWrites(effects: readonly Effect[]): (Write | undefined)[] {
  const made: Row[] = []
  const changed = new Map<string, Row>()
  for (const { document, entry } of effects) {
    if (!document) continue
    const was = changed.get(document.id)?.was ?? document.version - 1
    if (document.version === 1) made.push({ document, entry, was: 0 })
    else changed.set(document.id, { document, entry, was })
  }
  return [inserted(made), updated([...changed.values()])]
}

/** What the purchase orders of a batch expect after it, as the log carries it. */
export function expectedRows(effects: readonly Effect[]): ExpectedRow[] {
  const last = new Map<string, DocumentRecord>()
  for (const { document } of effects) if (document?.kind === 'purchaseOrder') last.set(document.id, document)
  return [...last.values()].flatMap((document) => (document.kind === 'purchaseOrder' ? expectedRowsOf(document) : []))
}

function inserted(rows: readonly Row[]): Write | undefined {
  if (rows.length === 0) return undefined
  return [
    sql.insertDocuments,
    [
      wordArray(rows.map(({ document }) => document.id)),
      wordArray(rows.map(({ document }) => document.kind)),
      wordArray(rows.map(({ document }) => document.state)),
      textArray(rows.map(({ document }) => document.reference)),
      plainArray(rows.map(({ document }) => document.createdAtUs)),
      plainArray(rows.map(({ entry }) => entry)),
      textArray(rows.map(({ document }) => document.levels.join(' '))),
      textArray(rows.map(({ document }) => JSON.stringify(document.body))),
    ],
  ]
}

function updated(rows: readonly Row[]): Write | undefined {
  if (rows.length === 0) return undefined
  return [
    sql.updateDocuments,
    [
      wordArray(rows.map(({ document }) => document.id)),
      wordArray(rows.map(({ document }) => document.state)),
      plainArray(rows.map(({ entry }) => entry)),
      plainArray(rows.map(({ document }) => document.version)),
      plainArray(rows.map(({ was }) => was)),
      textArray(rows.map(({ document }) => JSON.stringify(document.body))),
      rows.length,
    ],
  ]
}
