import type pg from 'pg'
import type { SettingsState } from '../../log/changes.ts'
import { formatPosition, type CommittedRow } from '../../log/log.ts'
import { unreachable } from '../../platform/must.ts'
import { settingsContext, type Context } from '../core/context.ts'
import { decide, evolve } from '../core/decide.ts'
import type { Decision, Effect } from '../core/effect.ts'
import type { Outcome, Place } from '../submission.ts'
import { instant } from '../core/answer.ts'
import type { SalesPolicy } from '../core/sales-policy.ts'
import type { LinesKnown } from './lines-known.ts'
import type { OrdersKnown } from './orders-known.ts'
import { loadBatch, type Asked, type Loaded } from './load.ts'
import type { Pending } from './pending.ts'
import { ENTRIES_A_BATCH, type Remembered } from './read.ts'
import { settle, type Session } from './session.ts'
import * as sql from './sql.ts'
import { changesOf, writesOf, type Written } from './write.ts'

/** What a transaction needs besides its commands. */
export interface BatchEnvironment {
  readonly session: Session
  readonly settings: SettingsState
  readonly holdLifeMaxS: number
  readonly policy: SalesPolicy
  /** What holds and commitments stand on, as far as this process has seen it. */
  readonly lines: LinesKnown
  /** Orders by reference, likewise. */
  readonly orders: OrdersKnown
  /** Called when all of a batch is written, and what is left is the disk: what is sent now stands behind the commit. */
  readonly onAppended: () => void
}

/** A batch that is on disk: an outcome for each command, and what was written. */
export interface Done {
  readonly outcomes: readonly Outcome[]
  readonly effects: readonly Effect[]
  /** The log's row; undefined where nothing was written. */
  readonly row: CommittedRow | undefined
}

/** The transaction was rolled back although no statement failed. */
export class RolledBack extends Error {
  override readonly name = 'RolledBack'
}

/** What one command came to, before the commit says where in the log. */
type Verdict =
  | { readonly kind: 'decided'; readonly decision: Decision }
  | { readonly kind: 'replay'; readonly remembered: Remembered }
  | { readonly kind: 'reused' }

/**
 * Decides a batch in one transaction of two round trips: lock and read; write, append, commit. Resolves with an outcome for each
 * command, in order, once the effects are on disk. Throws what PostgreSQL said, and then nobody may be told anything.
 */
export async function runTransaction(
  environment: BatchEnvironment,
  batch: readonly Pending[],
  ahead?: Asked,
): Promise<Done> {
  const loaded = await loadBatch(environment, batch, ahead)
  const context: Context = {
    ...settingsContext(environment.settings),
    holdLifeMaxS: environment.holdLifeMaxS,
    policy: environment.policy,
    levels: new Map(loaded.levels),
    holds: new Map(loaded.holds),
    commitments: new Map(loaded.commitments),
    documents: new Map(loaded.documents),
    orders: new Map(loaded.orders),
    prices: new Map(loaded.prices),
    allotments: new Map(loaded.allotments),
    parcels: new Map(loaded.parcels),
    lots: new Map(loaded.lots),
    journalAfter: loaded.journalAfter,
    batchPhysical: new Map(),
  }
  const verdicts = batch.map((pending, index) => judge(context, loaded, pending, index))
  const written = verdicts.flatMap((verdict, index) => writtenOf(verdict, batch[index] as Pending))
  if (written.length === 0) {
    // Nothing to keep: a rollback needs no disk, which is what makes refusals cheap.
    const ended = environment.session.send(sql.rollback)
    environment.onAppended()
    await ended
    const outcomes = outcomesOf(environment, verdicts, loaded.head, ENTRIES_A_BATCH, new Map())
    return { outcomes, effects: [], row: undefined }
  }
  const row = await write(environment, context, loaded, written)
  remember(environment, written)
  const answers = new Map(written.map((one) => [one.effect.entry % ENTRIES_A_BATCH, one.answer]))
  const outcomes = outcomesOf(environment, verdicts, row.position, 0, answers)
  return { outcomes, effects: written.map((one) => one.effect), row }
}

function outcomesOf(
  { session: { epoch } }: BatchEnvironment,
  verdicts: readonly Verdict[],
  at: number,
  firstIndex: number,
  answers: ReadonlyMap<number, string>,
): Outcome[] {
  const position = formatPosition(epoch, at)
  return verdicts.map((verdict, index) =>
    outcomeOf(verdict, epoch, { position, index: firstIndex + index }, answers.get(index)),
  )
}

function judge(context: Context, loaded: Loaded, pending: Pending, index: number): Verdict {
  const remembered = loaded.remembered.get(index)
  if (remembered) return remembered.digest === pending.digest ? { kind: 'replay', remembered } : { kind: 'reused' }
  const decision = decide(context, {
    command: pending.command,
    entry: loaded.batch * ENTRIES_A_BATCH + index,
    // Each command has an instant of its own, so that a sale behind a count in one batch is after it.
    atUs: loaded.nowUs + index,
    id: pending.id,
    source: `${pending.submission.caller}|${pending.submission.key ?? ''}`,
  })
  if (decision.kind === 'effect') evolve(context, decision.effect)
  return { kind: 'decided', decision }
}

function writtenOf(verdict: Verdict, pending: Pending): Written[] {
  if (verdict.kind !== 'decided' || verdict.decision.kind !== 'effect') return []
  const { effect } = verdict.decision
  const { caller, actor, key } = pending.submission
  return [{ effect, caller, actor, key, digest: pending.digest, answer: JSON.stringify(effect.answer) }]
}

/** The second round trip. Resolves with the log's row, once the tag of the commit is COMMIT. */
async function write(
  { session, onAppended }: BatchEnvironment,
  context: Context,
  loaded: Loaded,
  written: readonly Written[],
): Promise<CommittedRow> {
  const effects = written.map((one) => one.effect)
  const before = {
    levels: loaded.levels,
    holds: loaded.holds,
    commitments: loaded.commitments,
  }
  const writes = writesOf(loaded.batch, written, before)
  const atUs = Math.max(...effects.map((effect) => effect.recordedAtUs))
  const changes = JSON.stringify(changesOf(context, effects))
  const sent = session.together(() => [
    ...writes.map(([statement, values]) => session.send(statement, values)),
    session.send(sql.appendLog, [loaded.batch, instant(atUs), changes]).then((result) => {
      onAppended()
      return result
    }),
    session.send(sql.commit),
  ])
  const results = await settle(sent)
  const [appended, committed] = results.slice(-2) as [pg.QueryResult, pg.QueryResult]
  // A pipelined COMMIT of a failed transaction resolves, with the tag ROLLBACK.
  if (committed.command !== 'COMMIT') throw new RolledBack(`the commit was answered ${committed.command}`)
  const { position } = appended.rows[0] as { position: number }
  return { epoch: session.epoch, position, atUs, changes }
}

function remember(environment: BatchEnvironment, written: readonly Written[]): void {
  for (const { effect } of written) {
    const { newHold, document } = effect
    if (newHold) environment.lines.set(newHold.id, newHold.lines)
    if (document?.kind === 'order' && document.reference !== undefined) {
      environment.orders.set(document.reference, document.id)
    }
  }
}

function outcomeOf(verdict: Verdict, epoch: string, place: Place, answer: string | undefined): Outcome {
  switch (verdict.kind) {
    case 'reused':
      return {
        kind: 'refused',
        ...place,
        refusal: {
          slug: 'idempotency-key-reused',
          detail: 'This Idempotency-Key was used with another body: take a new one.',
        },
      }
    case 'replay': {
      const { remembered } = verdict
      const then = { position: formatPosition(epoch, remembered.position ?? 0), index: remembered.index }
      const body = withPosition(remembered.answer, then.position)
      return { kind: 'done', ...then, status: remembered.status, body, replayed: true }
    }
    case 'decided':
      return decided(verdict.decision, place, answer)
    default:
      return unreachable(verdict)
  }
}

function decided(decision: Decision, place: Place, answer: string | undefined): Outcome {
  if (decision.kind === 'nothing') return { kind: 'nothing', ...place }
  if (decision.kind === 'refusal') return { kind: 'refused', ...place, refusal: decision.refusal }
  const body = withPosition(answer ?? JSON.stringify((decision.effect satisfies Effect).answer), place.position)
  const { position, index } = place
  return { kind: 'done', position, index, status: decision.effect.status, body, replayed: false }
}

/** Answers are kept without their position, which is known only at the commit, and spliced here: an object's text ends in a brace. */
function withPosition(answer: string, position: string): string {
  return `${answer.slice(0, -1)},"position":"${position}"}`
}
