import { resolveUnknown } from '../witness/witness.ts'
import type { HistoryRecord, JournalEntry, LevelSeen, WriteRecord } from '../witness/history.ts'
import type { Cellar } from './cellar.ts'
import type { StockAnswer } from './intents.ts'
import type { Recorder } from './recorder.ts'

/** What the database says after quiet. */
export interface Journal {
  readonly entries: readonly (JournalEntry & { readonly answer: string })[]
  /** What no client asked for: holds that expired, lines freed behind a revocation. */
  readonly ownActs: readonly HistoryRecord[]
  readonly levels: readonly LevelSeen[]
}

interface EntryRow {
  readonly id: string
  readonly kind: string
  readonly key: string | null
  readonly answer: string | null
  readonly position: string
}

/** An entry's id is its batch times this, and its index there. */
const ENTRIES_A_BATCH = 1024

/**
 * Reads the journal of a storm: the entries whose key begins with `prefix`, what became of holds by themselves, and the levels of
 * the storm's SKUs.
 */
export async function readJournal(cellar: Cellar, prefix: string, skus: readonly string[]): Promise<Journal> {
  const rows = await cellar.query<EntryRow>(
    `select e.id, e.kind, a.key, a.answer, b.position
     from stock.entries e join stock.answers a on a.entry = e.id join log.batches b on b.batch = e.id >> 10
     where starts_with(a.key, $1) or (a.key is null and e.kind in ('expire', 'free')
       and exists (select from stock.movements m where m.entry = e.id and m.sku = any($2)))
     order by e.id`,
    [prefix, skus],
  )
  const levels = await cellar.query<LevelSeen & { sku: string }>(
    'select sku, location, available, held, committed, allocated, quarantined, short from stock.levels where sku = any($1)',
    [skus],
  )
  const placed = rows.map((row) => ({
    ...row,
    index: Number(row.id) % ENTRIES_A_BATCH,
    position: Number(row.position),
  }))
  return {
    entries: placed.flatMap(({ key, position, index, answer }) =>
      key === null ? [] : [{ key, position, index, answer: answer ?? '' }],
    ),
    ownActs: placed.flatMap(({ key, kind, answer, position, index }) => {
      if (key !== null) return []
      const { id: holdId } = JSON.parse(answer ?? '{}') as { id: string }
      const head = {
        process: 'journal',
        key: '',
        invokedAt: null,
        returnedAt: null,
        position,
        index,
        outcome: 'ok',
      } as const
      return [{ ...head, kind: kind as 'expire' | 'free', holdId }]
    }),
    levels,
  }
}

/** The history as the witness takes it: what was lost on the way is looked up in the journal, what happened by itself is added. */
export function wholeHistory(recorder: Recorder, journal: Journal): HistoryRecord[] {
  const entries = new Map(journal.entries.map((entry) => [entry.key, entry]))
  const found = (record: WriteRecord): WriteRecord | undefined => {
    const entry = entries.get(record.key)
    const intent = recorder.intents.get(record.key)
    if (!entry || !intent) return undefined
    const { position, index } = entry
    const act = intent.act(JSON.parse(entry.answer) as StockAnswer)
    const { process, key, invokedAt } = record
    return { process, key, invokedAt, returnedAt: null, position, index, outcome: 'ok', ...act }
  }
  return [...resolveUnknown(recorder.history, found), ...journal.ownActs]
}
