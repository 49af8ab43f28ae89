import type pg from 'pg'
import { levelKey, onHand, type CommitmentRecord, type HoldRecord, type LevelState } from '../core/context.ts'
import type { Plan } from '../core/plan-parts.ts'
import { must } from '../../platform/must.ts'
import { keyArrays, plainArray, textArray } from './literal.ts'
import { commitmentsOf, holdsOf } from './read.ts'
import { settle, type Session } from './session.ts'
import * as sql from './sql.ts'

/** Claims at levels that a batch has locked, and that no command of it names. */
export interface ClaimsAt {
  readonly holds: ReadonlyMap<string, HoldRecord>
  readonly commitments: ReadonlyMap<string, CommitmentRecord>
}

/**
 * The newest holds at levels where facts may need more than is available, and whoever waits for bottles where some of an order have come. Rows of holds
 * are locked in id order, all of them at once: a fact at another of a hold's levels, in another process, changes the same row.
 */
export async function claimsAt(
  session: Session,
  plans: readonly Plan[],
  levels: ReadonlyMap<string, LevelState>,
  journalAfter: ReadonlyMap<string, number>,
): Promise<ClaimsAt> {
  const wanted = [...bottlesWanted(plans, levels, journalAfter)]
  const waited = [...new Set(plans.filter((plan) => plan.waited).flatMap((plan) => plan.levels))]
  if (wanted.length === 0 && waited.length === 0) return { holds: new Map(), commitments: new Map() }
  const [newest, waiting] = await settle([
    session.send(sql.newestHolds, [
      ...keyArrays(wanted.map(([key]) => key)),
      plainArray(wanted.map(([, need]) => need)),
    ]),
    ...(waited.length > 0 ? [session.send(sql.waitingClaims, keyArrays(waited))] : none),
  ])
  const claims = (waiting?.rows ?? []) as { claim: string; sold: boolean }[]
  const held = ((newest as pg.QueryResult).rows as { hold_id: string }[]).map((row) => row.hold_id)
  const idsOf = (isSold: boolean) => claims.filter(({ sold }) => sold === isSold).map(({ claim }) => claim)
  const ids = textArray([...new Set([...held, ...idsOf(false)])])
  const sold = textArray(idsOf(true))
  const [holds, lines, commitments, commitmentLines] = await settle([
    session.send(sql.lockHolds, [ids]),
    session.send(sql.readHoldLines, [ids]),
    ...(waited.length > 0
      ? [session.send(sql.readCommitments, [sold]), session.send(sql.readCommitmentLines, [sold])]
      : none),
  ])
  return {
    holds: holdsOf(holds as pg.QueryResult, lines as pg.QueryResult),
    commitments: commitments && commitmentLines ? commitmentsOf(commitments, commitmentLines) : new Map(),
  }
}

const none: readonly never[] = []

/** By level: bottles that may have to come out of holds, and as many hold lines as that could take. */
function bottlesWanted(
  plans: readonly Plan[],
  levels: ReadonlyMap<string, LevelState>,
  journalAfter: ReadonlyMap<string, number>,
): Map<string, number> {
  const wanted = new Map<string, number>()
  if (!plans.some((plan) => plan.revokes)) return wanted
  const takes = new Map<string, number>()
  const revoking = new Set<string>()
  const mayBeOwed = new Set<string>()
  const add = (key: string, bottles: number) => takes.set(key, (takes.get(key) ?? 0) + bottles)
  let namedLines = 0
  for (const plan of plans) {
    for (const [index, bottles] of plan.takes.entries()) add(must(plan.levels[index], 'the level of a take'), bottles)
    if (plan.revokes) for (const key of plan.levels) revoking.add(key)
    if (plan.revokes && plan.waited) for (const key of plan.levels) mayBeOwed.add(key)
    if (plan.holdId !== undefined) namedLines += plan.levels.length
    for (const { sku, location, counted, occurredAtUs } of plan.counts) {
      const key = levelKey(sku, location)
      const level = levels.get(key)
      if (level) add(key, Math.max(0, onHand(level) - counted - (journalAfter.get(`${key}@${occurredAtUs}`) ?? 0)))
    }
  }
  // Who waits for the expected may have to have theirs of what is there. Of that, more than is expected now can only be ordered, or come besides, in this batch.
  for (const key of mayBeOwed) {
    const level = levels.get(key)
    if (level) add(key, level.incoming + level.incomingCommitted)
  }
  for (const key of revoking) {
    const level = levels.get(key)
    const bottles = takes.get(key) ?? 0
    // Lines that other commands of the batch commit first no longer give their bottles: as many more are read. And what is short is filled first.
    if (level && level.held > 0 && bottles > level.available) wanted.set(key, bottles + namedLines - level.short)
  }
  return wanted
}
