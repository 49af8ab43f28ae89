import type {
  HistoryRecord,
  JournalEntry,
  ReadRecord,
  Verdict,
  Violation,
  ViolationKind,
  WitnessEnd,
  WitnessStart,
  WriteRecord,
} from './history.ts'
import { createReplay, type Replay } from './replay.ts'

/** Violations kept: one broken rule makes many, and the first ones tell. */
const VIOLATIONS_KEPT = 100

/** Indexes from here on are of what was decided where nothing was written: after all effects of its position. */
const FIRST_LOOSE_INDEX = 1024

type Placed = Exclude<WriteRecord, { outcome: 'unknown' }>

/** One thing that happened, at its place: a write with all its tries, a refusal, a read. */
interface Happening {
  readonly position: number
  readonly index: number
  readonly record: Placed | ReadRecord
  invokedAt: number
  returnedAt: number
  isJournaled: boolean
}

interface Judge {
  readonly violations: Violation[]
  readonly blame: (kind: ViolationKind, what: string, record?: HistoryRecord) => void
}

/**
 * The witness check: puts everything in the order that the answers name, (position, index), and judges whether the rules, replayed
 * in that order, give those answers, and whether that order agrees with time: what returned before another was invoked stands
 * before it. Takes time in proportion to the history. Pure.
 *
 * @param history of one epoch, unknown outcomes resolved (`resolveUnknown`); any order
 * @param start what was there before
 * @param end what the database says after quiet
 */
export function checkWitness(
  history: readonly HistoryRecord[],
  start: WitnessStart = {},
  end: WitnessEnd = {},
): Verdict {
  const violations: Violation[] = []
  const judge: Judge = {
    violations,
    blame: (kind, what, record) => {
      if (violations.length < VIOLATIONS_KEPT) violations.push(record ? { kind, what, record } : { kind, what })
    },
  }
  const { happenings, writes } = gather(history, judge)
  happenings.sort((a, b) => a.position - b.position || a.index - b.index)
  judgeTimes(happenings, judge)
  const replay = createReplay(start)
  judgeRules(happenings, replay, writes, judge)
  judgeReads(history, judge)
  if (end.journal) judgeJournal(end.journal, writes, judge)
  const fault = end.levels && replay.compare(end.levels)
  if (fault) judge.blame('ends-elsewhere', fault.what)
  return { ok: violations.length === 0, violations }
}

/**
 * Replaces tries whose answer was lost. `found` looks a key up after quiet and gives what is in the journal as an `ok` record, or
 * undefined where it has nothing: then the try had no effect, and is left out.
 */
export function resolveUnknown(
  history: readonly HistoryRecord[],
  found: (record: WriteRecord) => WriteRecord | undefined,
): HistoryRecord[] {
  return history.flatMap((record): readonly HistoryRecord[] => {
    if (record.kind === 'read' || record.outcome !== 'unknown') return [record]
    const written = found(record)
    return written ? [{ ...written, process: record.process, invokedAt: record.invokedAt, returnedAt: null }] : []
  })
}

/** Tries of one key that were answered `ok` become one happening, from the first's invocation to the first answer. */
function gather(history: readonly HistoryRecord[], judge: Judge) {
  const happenings: Happening[] = []
  const writes = new Map<string, Happening>()
  for (const record of history) {
    if (record.kind === 'read') {
      happenings.push(happeningOf(record, { position: record.position, index: Number.MAX_SAFE_INTEGER }))
    } else if (record.outcome === 'unknown') {
      judge.blame('unresolved', `what became of ${record.key} is not known`, record)
    } else if (record.outcome === 'refused' || record.key === '') {
      happenings.push(happeningOf(record, record))
    } else {
      const known = writes.get(record.key)
      if (known) merge(known, record, judge)
      else {
        const happening = happeningOf(record, record)
        writes.set(record.key, happening)
        happenings.push(happening)
      }
    }
  }
  return { happenings, writes }
}

function happeningOf(record: Placed | ReadRecord, { position, index }: { position: number; index: number }): Happening {
  return {
    position,
    index,
    record,
    invokedAt: record.invokedAt ?? -Infinity,
    returnedAt: record.returnedAt ?? Infinity,
    isJournaled: false,
  }
}

function merge(known: Happening, record: Placed, judge: Judge): void {
  if (known.position !== record.position || known.index !== record.index) {
    judge.blame(
      'twice',
      `${record.key} was done at ${known.position}/${known.index} and at ${record.position}/${record.index}`,
      record,
    )
  }
  known.invokedAt = Math.min(known.invokedAt, record.invokedAt ?? -Infinity)
  known.returnedAt = Math.min(known.returnedAt, record.returnedAt ?? Infinity)
}

/**
 * Whatever stands after something that was invoked later than it returned is misplaced. What was decided where nothing was
 * written is compared with writes only: among its like it has no order.
 */
function judgeTimes(happenings: readonly Happening[], judge: Judge): void {
  let position = -1
  let latest = -Infinity
  let latestLoose = -Infinity
  let previous: Happening | undefined
  for (const happening of happenings) {
    if (happening.position !== position) {
      position = happening.position
      latest = Math.max(latest, latestLoose)
      latestLoose = -Infinity
    }
    if (happening.returnedAt < latest) {
      judge.blame('real-time', 'it returned before another was invoked that stands before it', happening.record)
    }
    if (happening.record.kind === 'read') continue
    if (happening.index >= FIRST_LOOSE_INDEX) {
      latestLoose = Math.max(latestLoose, happening.invokedAt)
      continue
    }
    latest = Math.max(latest, happening.invokedAt)
    if (previous?.position === position && previous.index === happening.index) {
      judge.blame('twice', `two stand at ${position}/${happening.index}`, happening.record)
    }
    previous = happening
  }
}

function judgeRules(
  happenings: readonly Happening[],
  replay: Replay,
  writes: ReadonlyMap<string, Happening>,
  judge: Judge,
): void {
  for (const { record, position, index } of happenings) {
    const fault =
      record.kind === 'read'
        ? replay.compare(record.levels)
        : record.outcome === 'ok'
          ? replay.granted(record)
          : replay.refused(record, record.slug)
    if (fault) judge.blame(fault.kind, fault.what, record)
    if (record.kind === 'read' || record.outcome === 'ok' || record.slug === 'idempotency-key-reused') continue
    const done = writes.get(record.key)
    if (done && (done.position < position || (done.position === position && done.index < index))) {
      judge.blame('refused-in-vain', `${record.key} had been done, and should have been answered as then`, record)
    }
  }
}

/** Reads of a process only rise, and are never below what they named. */
function judgeReads(history: readonly HistoryRecord[], judge: Judge): void {
  const reads = history.filter((record): record is ReadRecord => record.kind === 'read')
  const last = new Map<string, number>()
  for (const read of reads.toSorted((a, b) => (a.returnedAt ?? Infinity) - (b.returnedAt ?? Infinity))) {
    if (read.position < (last.get(read.process) ?? 0))
      judge.blame('went-back', `${read.process} read ${last.get(read.process)} before`, read)
    if (read.position < (read.least ?? 0)) judge.blame('went-back', `at least ${read.least} was asked for`, read)
    last.set(read.process, read.position)
  }
}

/** An acknowledged key is in the journal once, at its place; and the journal has no key that nobody knows of. */
function judgeJournal(journal: readonly JournalEntry[], writes: ReadonlyMap<string, Happening>, judge: Judge): void {
  for (const entry of journal) {
    const write = writes.get(entry.key)
    if (!write) {
      judge.blame('lost', `${entry.key} is in the journal, and nobody was told`)
      continue
    }
    if (write.isJournaled) judge.blame('twice', `${entry.key} is in the journal twice`)
    if (entry.position !== write.position || entry.index !== write.index) {
      judge.blame('wrong-answer', `${entry.key} is in the journal at ${entry.position}/${entry.index}`, write.record)
    }
    write.isJournaled = true
  }
  for (const { isJournaled, record } of writes.values()) {
    if (!isJournaled) judge.blame('lost', 'it was acknowledged and is not in the journal', record)
  }
}
