import { must } from '../../platform/must.ts'
import type { CommitmentRecord, HoldLineState, HoldRecord } from '../core/context.ts'
import { instant } from '../core/answer.ts'
import type { Effect, PriceLine } from '../core/effect.ts'
import { plainArray, textArray, wordArray } from './literal.ts'
import * as sql from './sql-writes.ts'
import type { Statement } from './statement.ts'

/** What stood before the batch, by id: what guards and differences are taken from. */
export interface ClaimsBefore {
  readonly holds: ReadonlyMap<string, HoldRecord>
  readonly commitments: ReadonlyMap<string, CommitmentRecord>
}

export type Write = readonly [statement: Statement, values: unknown[]]

/** Amount, currency, tax and duty of each row, as four arrays. */
export function priceColumns(rows: readonly Pick<PriceLine, 'price'>[]): string[] {
  return [
    plainArray(rows.map((row) => row.price.amountMinor)),
    wordArray(rows.map((row) => row.price.currency)),
    plainArray(rows.map((row) => row.price.taxIncluded)),
    plainArray(rows.map((row) => row.price.dutyIncluded)),
  ]
}

/** Holds made, changed and freed. */
export function holdWrites(effects: readonly Effect[], before: ClaimsBefore): (Write | undefined)[] {
  const created = effects.flatMap((effect) => effect.newHold ?? [])
  const changed = new Map<string, { hold: HoldRecord; entry: number }>()
  for (const effect of effects) {
    for (const hold of effect.holds) {
      const known = changed.get(hold.id)
      // What ended it is what ended it first: a second fact of the batch may still free its lines elsewhere.
      const entry = known && known.hold.state !== 'active' ? known.entry : effect.entry
      changed.set(hold.id, { hold, entry })
    }
  }
  return [
    insertHolds(created),
    insertHoldLines(created),
    updateHolds([...changed.values()], before),
    freeLines(effects),
    arrivedLines([...changed.values()], created, before),
  ]
}

function insertHolds(created: readonly HoldRecord[]): Write | undefined {
  if (created.length === 0) return undefined
  return [
    sql.insertHolds,
    [
      wordArray(created.map((hold) => hold.id)),
      plainArray(created.map((hold) => hold.createdAtUs)),
      plainArray(created.map((hold) => hold.expiresAtUs)),
      textArray(created.map((hold) => hold.customer)),
      plainArray(created.map((hold) => hold.entry)),
    ],
  ]
}

function insertHoldLines(created: readonly HoldRecord[]): Write | undefined {
  const rows: HoldLineState[] = []
  const holds: HoldRecord[] = []
  for (const hold of created) {
    for (const line of hold.lines) {
      rows.push(line)
      holds.push(hold)
    }
  }
  if (rows.length === 0) return undefined
  return [
    sql.insertHoldLines,
    [
      wordArray(holds.map((hold) => hold.id)),
      plainArray(rows.map((row) => row.line)),
      plainArray(rows.map((row) => row.requestLine)),
      textArray(rows.map((row) => row.sku)),
      textArray(rows.map((row) => row.location)),
      textArray(rows.map((row) => row.channel)),
      plainArray(rows.map((row) => row.quantity)),
      ...priceColumns(rows),
      plainArray(holds.map((hold) => hold.entry)),
      textArray(rows.map((row) => row.allotment)),
      plainArray(rows.map((row) => row.pending)),
      textArray(rows.map((row) => row.bundle?.sku)),
      plainArray(rows.map((row) => row.bundle?.quantity ?? null)),
    ],
  ]
}

function updateHolds(changed: readonly { hold: HoldRecord; entry: number }[], before: ClaimsBefore): Write | undefined {
  if (changed.length === 0) return undefined
  return [
    sql.updateHolds,
    [
      textArray(changed.map(({ hold }) => hold.id)),
      textArray(changed.map(({ hold }) => hold.state)),
      textArray(changed.map(({ hold }) => instant(hold.expiresAtUs))),
      plainArray(changed.map(({ hold }) => hold.loose)),
      plainArray(changed.map(({ hold, entry }) => (hold.state === 'active' ? null : entry))),
      textArray(changed.map(({ hold }) => before.holds.get(hold.id)?.state ?? 'active')),
      changed.length,
    ],
  ]
}

function freeLines(effects: readonly Effect[]): Write | undefined {
  const freed = effects.flatMap((effect) => effect.freed)
  if (freed.length === 0) return undefined
  const values = [textArray(freed.map((line) => line.holdId)), plainArray(freed.map((line) => line.line)), freed.length]
  return [sql.freeHoldLines, values]
}

/** Lines of holds that wait for fewer bottles than before: some have come. */
function arrivedLines(
  changed: readonly { hold: HoldRecord }[],
  created: readonly HoldRecord[],
  before: ClaimsBefore,
): Write | undefined {
  const stood = (id: string) => before.holds.get(id) ?? created.find((hold) => hold.id === id)
  const rows = changed.flatMap(({ hold }) =>
    hold.lines.flatMap((line) => {
      // A plain hold of this batch is not among those created here, and waits for nothing.
      const was = stood(hold.id)?.lines.find((old) => old.line === line.line)?.pending ?? 0
      return was === line.pending ? [] : [{ id: hold.id, line: line.line, pending: line.pending, was }]
    }),
  )
  if (rows.length === 0) return undefined
  return [
    sql.updateHoldLines,
    [
      wordArray(rows.map((row) => row.id)),
      plainArray(rows.map((row) => row.line)),
      plainArray(rows.map((row) => row.pending)),
      plainArray(rows.map((row) => row.was)),
      rows.length,
    ],
  ]
}

/** Commitments made, shipped, cancelled and served. */
export function commitmentWrites(effects: readonly Effect[], before: ClaimsBefore): (Write | undefined)[] {
  const created = effects.flatMap((effect) =>
    effect.newCommitment ? [{ commitment: effect.newCommitment, entry: effect.entry }] : [],
  )
  const changed = new Map(
    effects.flatMap(({ commitments }) => commitments.map((commitment) => [commitment.id, commitment] as const)),
  )
  const stood = new Map([
    ...created.map(({ commitment }) => [commitment.id, commitment] as const),
    ...before.commitments,
  ])
  return [
    insertCommitments(created),
    insertCommitmentLines(created.map(({ commitment }) => commitment)),
    updateCommitmentLines([...changed.values()], stood),
  ]
}

function insertCommitments(created: readonly { commitment: CommitmentRecord; entry: number }[]): Write | undefined {
  if (created.length === 0) return undefined
  return [
    sql.insertCommitments,
    [
      textArray(created.map(({ commitment }) => commitment.id)),
      textArray(created.map(({ commitment }) => commitment.holdId)),
      textArray(created.map(({ commitment }) => instant(commitment.createdAtUs))),
      textArray(created.map(({ commitment }) => commitment.customer)),
      textArray(created.map(({ commitment }) => commitment.reference)),
      plainArray(created.map(({ entry }) => entry)),
    ],
  ]
}

function insertCommitmentLines(created: readonly CommitmentRecord[]): Write | undefined {
  const rows = created.flatMap((commitment) => commitment.lines.map((line) => ({ ...line, id: commitment.id })))
  if (rows.length === 0) return undefined
  return [
    sql.insertCommitmentLines,
    [
      textArray(rows.map((row) => row.id)),
      plainArray(rows.map((row) => row.line)),
      textArray(rows.map((row) => row.sku)),
      textArray(rows.map((row) => row.location)),
      textArray(rows.map((row) => row.channel)),
      plainArray(rows.map((row) => row.quantity)),
      ...priceColumns(rows),
      textArray(rows.map((row) => row.allotment)),
      plainArray(rows.map((row) => row.pending)),
      textArray(rows.map((row) => row.bundle?.sku)),
      plainArray(rows.map((row) => row.bundle?.quantity ?? null)),
    ],
  ]
}

function updateCommitmentLines(
  changed: readonly CommitmentRecord[],
  stood: ReadonlyMap<string, CommitmentRecord>,
): Write | undefined {
  const rows = changed.flatMap((commitment) =>
    commitment.lines.map((line) => {
      const was = stood.get(commitment.id)?.lines.find((old) => old.line === line.line)
      return { ...line, id: commitment.id, was: must(was, 'a commitment line before it changed') }
    }),
  )
  const moved = rows.filter((row) => counted.some((column) => row[column] !== row.was[column]))
  if (moved.length === 0) return undefined
  return [
    sql.updateCommitmentLines,
    [
      textArray(moved.map((row) => row.id)),
      plainArray(moved.map((row) => row.line)),
      ...counted.map((column) => plainArray(moved.map((row) => row[column] - row.was[column]))),
      ...counted.map((column) => plainArray(moved.map((row) => row.was[column]))),
      moved.length,
    ],
  ]
}

/** What of a commitment's line changes, in the order of its statement. */
const counted = ['shipped', 'cancelled', 'pending', 'returned'] as const
