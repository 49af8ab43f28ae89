import type { HistoryRecord, JournalEntry, LevelSeen, WriteRecord } from '@cellarhand/bench/src/witness/history.ts'
import { checkWitness, resolveUnknown } from '@cellarhand/bench/src/witness/witness.ts'
import { movementsOfKind, stateAccounts } from '../../src/stock/core/accounts.ts'
import { locations } from '../cellar-world.ts'
import { lotKey, onHand, type LevelState } from '../../src/stock/core/context.ts'
import { actOf } from './acts.ts'
import { positionOf } from './reading.ts'
import type { EntryRow, Store } from './store.ts'
import { levelsSeen, type World } from './world.ts'

/** What is wrong with a world that has come to rest, in words: nothing, if every promise was kept. */
export function judge(world: World): string[] {
  return [
    ...world.notebook.faults,
    ...world.followers.flatMap((follower) => follower.faults),
    ...judgeLedger(world.store),
    ...judgeParcels(world.store),
    ...judgeLog(world.store),
    ...judgeViews(world),
    ...judgeHistory(world),
    ...judgeDenials(world),
  ]
}

/** Who was told that nothing was done, and was never told anything else, was told the truth. */
function judgeDenials({ store, notebook: { answered, open, history } }: World): string[] {
  const denied = new Set(
    history.flatMap((record) =>
      record.kind === 'read' || answered.has(record.key) || open.has(record.key) ? [] : [record.key],
    ),
  )
  return [...store.tables.entries.values()].flatMap(({ key }) =>
    key !== null && denied.has(key)
      ? [`${key} is in the journal, and its client was told that nothing of it was done`]
      : [],
  )
}

/** I1 to I3: levels are the sums of their movements, nothing but short is negative, claims are what holds and commitments say. */
function judgeLedger({ tables }: Store): string[] {
  const complaints: string[] = []
  for (const [key, level] of tables.levels) {
    const here = <T extends { sku: string; location: string }>(rows: Iterable<T>) =>
      [...rows].filter((row) => row.sku === level.sku && row.location === level.location)
    const moved = (account: string) =>
      here(tables.movements.values()).reduce(
        (sum, { from, to, quantity }) => sum + (to === account ? quantity : 0) - (from === account ? quantity : 0),
        0,
      )
    const held = here(tables.holdLines.values()).reduce(
      (sum, line) => sum + (line.freed ? 0 : line.quantity - line.pending),
      0,
    )
    const committed = here(tables.commitmentLines.values()).reduce(
      (sum, line) => sum + line.quantity - line.shipped - line.cancelled - line.pending,
      0,
    )
    const allotted = here(tables.allotments.values()).reduce((sum, row) => sum + row.quantity, 0)
    for (const state of stateAccounts) {
      if (level[state] !== moved(state))
        complaints.push(`${state} of ${key} is ${level[state]}, its movements say ${moved(state)}`)
      if (state === 'short' ? level.short > 0 : level[state] < 0)
        complaints.push(`${state} of ${key} is ${level[state]}`)
    }
    if (level.held !== held) complaints.push(`held of ${key} is ${level.held}, its holds say ${held}`)
    if (level.allocated !== allotted) complaints.push(`allocated of ${key} is ${level.allocated}, not ${allotted}`)
    if (level.committed !== committed) complaints.push(`committed of ${key} is ${level.committed}, not ${committed}`)
  }
  return [...complaints, ...judgeKinds(tables)]
}

/** Parcels are the sums of their moves, are of lots that are known, and never have more bottles than are on hand. */
function judgeParcels({ tables }: Store): string[] {
  const moved = new Map<string, number>()
  for (const { sku, location, lot, bin, delta } of tables.parcelMoves.values()) {
    const key = `${sku}@${location} ${lot} ${bin}`
    moved.set(key, (moved.get(key) ?? 0) + delta)
  }
  const astray = [...new Set([...moved.keys(), ...tables.parcels.keys()])].flatMap((key) => {
    const [is, says] = [tables.parcels.get(key)?.quantity ?? 0, moved.get(key) ?? 0]
    return is === says ? [] : [`the parcel ${key} is ${is}, its moves say ${says}`]
  })
  const beyond = [...tables.levels.values()].flatMap((level) => {
    const there = [...tables.parcels.values()]
      .filter(({ sku, location }) => sku === level.sku && location === level.location)
      .reduce((sum, { quantity }) => sum + quantity, 0)
    return there <= Math.max(0, onHand(level)) ? [] : [`${level.key} has ${onHand(level)} and parcels of ${there}`]
  })
  const unknown = [...tables.parcels.values()].flatMap(({ sku, lot }) =>
    lot === '' || tables.lots.has(lotKey(sku, lot))
      ? []
      : [`${sku} has bottles of the lot ${lot}, which nobody opened`],
  )
  return [...astray, ...beyond, ...unknown]
}

function judgeKinds({ movements, entries }: Store['tables']): string[] {
  return [...movements.values()].flatMap(({ entry, from, to }) => {
    const kind = entries.get(String(entry))?.kind as keyof typeof movementsOfKind | undefined
    return kind && movementsOfKind[kind].has(`${from}>${to}`) ? [] : [`a ${kind} moved ${from}>${to}`]
  })
}

/** I6 at the source: positions without a gap, each row under its own, every batch that wrote in the log once. */
function judgeLog({ tables }: Store): string[] {
  const rows = [...tables.log.values()]
  const batches = rows.flatMap((row) => row.batch ?? [])
  const wrote = new Set([...tables.entries.values()].map((entry) => Math.floor(entry.id / 1_024)))
  return [
    ...rows.flatMap((row, index) =>
      row.position === index + 1 ? [] : [`row ${index + 1} of the log is ${row.position}`],
    ),
    ...(new Set(batches).size === batches.length ? [] : ['a batch is in the log twice']),
    ...[...wrote].flatMap((batch) => (batches.includes(batch) ? [] : [`batch ${batch} wrote and is not in the log`])),
  ]
}

/** I7: after quiet, every view is what the database says. */
function judgeViews({ store, followers }: World): string[] {
  const wanted = JSON.stringify(followers.map(() => endLevels(store)))
  const shown = JSON.stringify(followers.map(levelsSeen))
  return shown === wanted ? [] : [`the replicas show ${shown}, where the database has ${wanted}`]
}

function endLevels(store: Store): LevelSeen[] {
  return ['A', 'B', 'C'].flatMap((sku) =>
    locations.map((location) => {
      const level: Partial<LevelState> = store.tables.levels.get(`${sku}@${location}`) ?? {}
      const {
        available = 0,
        held = 0,
        committed = 0,
        allocated = 0,
        quarantined = 0,
        short = 0,
        incoming = 0,
        incomingCommitted = 0,
      } = level
      return { sku, location, available, held, committed, allocated, quarantined, short, incoming, incomingCommitted }
    }),
  )
}

/** I4, I5 and the order: the witness check of everything that clients saw, against the journal. */
function judgeHistory({ store, notebook }: World): string[] {
  const keyed = new Map(
    [...store.tables.entries.values()].flatMap((entry) => (entry.key === null ? [] : [[entry.key, entry]])),
  )
  const resolved = resolveUnknown(notebook.history, (record) => {
    const entry = keyed.get(record.key)
    const command = notebook.asked.get(record.key)
    return entry && command ? okRecord(store, entry, actOf(command, JSON.parse(entry.answer) as object)) : undefined
  })
  const internal = [...store.tables.entries.values()].flatMap((entry): HistoryRecord[] => {
    if (entry.key !== null) return []
    const holdId = (JSON.parse(entry.answer) as { id: string }).id
    return [okRecord(store, entry, { kind: entry.kind as 'expire' | 'free', holdId })]
  })
  const journal = [...store.tables.entries.values()].flatMap((entry): JournalEntry[] =>
    entry.key === null ? [] : [{ key: entry.key, ...placeOf(store, entry) }],
  )
  const { violations } = checkWitness([...resolved, ...internal], {}, { levels: endLevels(store), journal })
  return violations.map(({ kind, what, record }) => `${kind}: ${what} ${JSON.stringify(record ?? '')}`)
}

function placeOf(store: Store, { id }: EntryRow) {
  return { position: positionOf(store, id) ?? -1, index: id % 1_024 }
}

function okRecord(store: Store, entry: EntryRow, act: ReturnType<typeof actOf>): WriteRecord {
  return {
    process: 'journal',
    key: entry.key ?? '',
    invokedAt: null,
    returnedAt: null,
    outcome: 'ok',
    ...placeOf(store, entry),
    ...act,
  }
}
