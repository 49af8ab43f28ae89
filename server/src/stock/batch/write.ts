import type { LevelRow, LogChanges, PriceRow } from '../../log/changes.ts'
import { must } from '../../platform/must.ts'
import { isPhysical, stateAccounts } from '../core/accounts.ts'
import { instant } from '../core/answer.ts'
import type { Context, LevelState } from '../core/context.ts'
import type { Effect, MovementLine, PriceLine } from '../core/effect.ts'
import { jsonTexts, plainArray, textArray, wordArray } from './literal.ts'
import * as sql from './sql-writes.ts'
import { asideWrites } from './write-aside.ts'
import { parcelWrites } from './write-parcels.ts'
import { documentWrites, expectedRows } from './write-documents.ts'
import { isPlainHold, plainHolds } from './write-plain-holds.ts'
import { commitmentWrites, holdWrites, priceColumns, type ClaimsBefore, type Write } from './write-claims.ts'

/** An effect with what its journal entry says beside it. */
export interface Written {
  readonly effect: Effect
  readonly caller: string
  readonly actor: string
  readonly key: string | undefined
  readonly digest: string | undefined
  /** The answer as JSON, without its position. */
  readonly answer: string
}

/** What stood before the batch: what guards and differences are taken from. */
export interface Before extends ClaimsBefore {
  readonly levels: ReadonlyMap<string, LevelState>
}

/** Every statement that writes a batch, in order, the log excepted: journal, claims, prices, and last the guarded levels. */
export function writesOf(batch: number, written: readonly Written[], before: Before): Write[] {
  const plain = written.filter(isPlainHold)
  const others = plain.length === 0 ? written : written.filter((one) => !isPlainHold(one))
  const effects = others.map((one) => one.effect)
  return [
    plainHolds(plain),
    entries(others),
    movements(effects),
    counts(effects),
    ...holdWrites(effects, before),
    ...commitmentWrites(effects, before),
    ...prices(batch, effects),
    shortfalls(effects),
    ...asideWrites(effects),
    ...parcelWrites(effects),
    ...documentWrites(effects),
    levels(batch, written, before),
  ].filter((write) => write !== undefined)
}

function entries(written: readonly Written[]): Write | undefined {
  if (written.length === 0) return undefined
  const column = <T>(pick: (one: Written) => T) => written.map(pick)
  return [
    sql.insertEntries,
    [
      plainArray(column((one) => one.effect.entry)),
      wordArray(column((one) => one.effect.kind)),
      textArray(column((one) => one.caller)),
      textArray(column((one) => one.actor)),
      wordArray(column((one) => one.effect.kind)),
      textArray(column((one) => one.key)),
      textArray(column((one) => one.digest)),
      plainArray(column((one) => one.effect.occurredAtUs)),
      plainArray(column((one) => one.effect.recordedAtUs)),
      textArray(column((one) => one.effect.reference)),
      textArray(column((one) => one.effect.reason)),
      plainArray(column((one) => one.effect.clamped)),
      plainArray(column((one) => one.effect.rebased)),
      plainArray(column((one) => one.effect.status)),
      textArray(column((one) => one.effect.document?.id)),
      jsonTexts(column((one) => one.answer)),
    ],
  ]
}

function movements(effects: readonly Effect[]): Write | undefined {
  const rows: MovementLine[] = []
  const lines: number[] = []
  const of: Effect[] = []
  for (const effect of effects) {
    for (const [line, movement] of effect.movements.entries()) {
      rows.push(movement)
      lines.push(line)
      of.push(effect)
    }
  }
  if (rows.length === 0) return undefined
  return [
    sql.insertMovements,
    [
      textArray(rows.map((row) => row.sku)),
      plainArray(of.map((effect) => effect.entry)),
      plainArray(lines),
      textArray(rows.map((row) => row.location)),
      wordArray(rows.map((row) => row.from)),
      wordArray(rows.map((row) => row.to)),
      plainArray(rows.map((row) => row.quantity)),
      plainArray(rows.map((row) => isPhysical(row.from, row.to))),
      plainArray(of.map((effect) => effect.occurredAtUs)),
    ],
  ]
}

function counts(effects: readonly Effect[]): Write | undefined {
  const rows = effects.flatMap((effect) => effect.counts.map((row, line) => ({ ...row, line, effect })))
  if (rows.length === 0) return undefined
  return [
    sql.insertCounts,
    [
      textArray(rows.map((row) => row.sku)),
      textArray(rows.map((row) => row.location)),
      plainArray(rows.map((row) => row.effect.entry)),
      plainArray(rows.map((row) => row.line)),
      plainArray(rows.map((row) => row.counted)),
      plainArray(rows.map((row) => row.effect.occurredAtUs)),
      textArray(rows.map((row) => row.source)),
    ],
  ]
}

function prices(batch: number, effects: readonly Effect[]): (Write | undefined)[] {
  const rows = effects.flatMap((effect) =>
    effect.prices.map((price, line) => ({ ...price, line, entry: effect.entry })),
  )
  if (rows.length === 0) return []
  const last = lastPrices(effects)
  const keys = (of: readonly PriceLine[]) => [
    textArray(of.map((row) => row.sku)),
    textArray(of.map((row) => row.channel)),
  ]
  return [
    [sql.upsertPrices, [...keys(last), ...priceColumns(last), plainArray(last.map(() => batch))]],
    [
      sql.insertPriceChanges,
      [
        ...keys(rows),
        plainArray(rows.map((row) => row.entry)),
        plainArray(rows.map((row) => row.line)),
        ...priceColumns(rows),
      ],
    ],
  ]
}

/** Each SKU and channel once, at its last price of the batch. */
function lastPrices(effects: readonly Effect[]): PriceLine[] {
  return [
    ...new Map(
      effects.flatMap((effect) => effect.prices).map((line) => [`${line.sku}@${line.channel}`, line]),
    ).values(),
  ]
}

function shortfalls(effects: readonly Effect[]): Write | undefined {
  const rows = effects.flatMap((effect) => effect.shortfalls.map((row) => ({ ...row, effect })))
  if (rows.length === 0) return undefined
  return [
    sql.insertShortfalls,
    [
      plainArray(rows.map((row) => row.effect.entry)),
      textArray(rows.map((row) => row.sku)),
      textArray(rows.map((row) => row.location)),
      plainArray(rows.map((row) => row.delta)),
      plainArray(rows.map((row) => row.short)),
      textArray(rows.map((row) => instant(row.effect.recordedAtUs))),
    ],
  ]
}

/** Each level the batch touched, once, as it is after it. */
function lastLevels(effects: readonly Effect[]): LevelState[] {
  const last = new Map<string, LevelState>()
  for (const effect of effects) {
    for (const level of effect.levels) last.set(level.key, level)
  }
  return [...last.values()]
}

function levels(batch: number, written: readonly Written[], before: Before): Write | undefined {
  const rows = lastLevels(written.map((one) => one.effect)).map((after) => ({
    after,
    was: must(before.levels.get(after.key), 'a level before its batch'),
  }))
  if (rows.length === 0) return undefined
  const delta = (column: 'version' | 'revision' | (typeof stateAccounts)[number]) =>
    plainArray(rows.map(({ after, was }) => after[column] - was[column]))
  return [
    sql.updateLevels,
    [
      textArray(rows.map(({ after }) => after.sku)),
      textArray(rows.map(({ after }) => after.location)),
      ...stateAccounts.map(delta),
      delta('version'),
      delta('revision'),
      textArray(rows.map(({ after }) => (after.countedAtUs === null ? null : instant(after.countedAtUs)))),
      textArray(rows.map(({ after }) => after.countedBy)),
      plainArray(rows.map(({ was }) => was.revision)),
      batch,
      rows.length,
    ],
  ]
}

/** The new absolute states of a batch, as the log carries them. */
export function changesOf(context: Context, effects: readonly Effect[]): LogChanges {
  const levelRows = lastLevels(effects).map(({ key }) =>
    levelRow(must(context.levels.get(key), 'a level of the batch')),
  )
  const priceRows = lastPrices(effects).map(({ sku, channel, price }): PriceRow => [
    sku,
    channel,
    price.amountMinor,
    price.currency,
    price.taxIncluded,
    price.dutyIncluded,
  ])
  return {
    ...(levelRows.length === 0 ? {} : { levels: levelRows }),
    ...(priceRows.length === 0 ? {} : { prices: priceRows }),
    ...expectedOf(effects),
    ...movedOf(effects, levelRows),
    ...changedHolds(effects),
  }
}

/** SKUs with movements that came to nothing: the trail finds an entry's movements by its SKUs. */
function movedOf(effects: readonly Effect[], levelRows: readonly LevelRow[]): Pick<LogChanges, 'moved'> {
  const told = new Set(levelRows.map(([sku]) => sku))
  const moved = new Set<string>()
  for (const { movements: lines } of effects) for (const { sku } of lines) if (!told.has(sku)) moved.add(sku)
  return moved.size === 0 ? {} : { moved: [...moved] }
}

function changedHolds(effects: readonly Effect[]): Pick<LogChanges, 'holds'> {
  const ids = new Set<string>()
  for (const { holds } of effects) for (const { id } of holds) ids.add(id)
  return ids.size === 0 ? {} : { holds: [...ids] }
}

function expectedOf(effects: readonly Effect[]): Pick<LogChanges, 'expected'> {
  const expected = expectedRows(effects)
  return expected.length === 0 ? {} : { expected }
}

function levelRow(level: LevelState): LevelRow {
  return [
    level.sku,
    level.location,
    level.available,
    level.held,
    level.committed,
    level.allocated,
    level.quarantined,
    level.short,
    level.incoming,
    level.incomingCommitted,
    level.version,
    level.revision,
  ]
}
