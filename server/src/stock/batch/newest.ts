import type pg from 'pg'
import { levelKey, onHand, type HoldRecord, type LevelState } from '../core/context.ts'
import type { Plan } from '../core/plan.ts'
import { must } from '../../platform/must.ts'
import { keyArrays, plainArray, textArray } from './literal.ts'
import { holdsOf } from './read.ts'
import { settle, type Session } from './session.ts'
import * as sql from './sql.ts'

/**
 * The newest holds at levels where facts may need more than is available. Their rows are locked in id order: a fact at another of
 * a hold's levels, in another process, changes the same row.
 */
export async function newestHolds(
  session: Session,
  plans: readonly Plan[],
  levels: ReadonlyMap<string, LevelState>,
  journalAfter: ReadonlyMap<string, number>,
): Promise<Map<string, HoldRecord>> {
  const wanted = [...bottlesWanted(plans, levels, journalAfter)]
  if (wanted.length === 0) return new Map()
  const keys = keyArrays(wanted.map(([key]) => key))
  const found = await session.send(sql.newestHolds, [...keys, plainArray(wanted.map(([, need]) => need))])
  const ids = textArray((found.rows as { hold_id: string }[]).map((row) => row.hold_id))
  const [holds, lines] = await settle([session.send(sql.lockHolds, [ids]), session.send(sql.readHoldLines, [ids])])
  return holdsOf(holds as pg.QueryResult, lines as pg.QueryResult)
}

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
  const add = (key: string, bottles: number) => takes.set(key, (takes.get(key) ?? 0) + bottles)
  let namedLines = 0
  for (const plan of plans) {
    for (const [index, bottles] of plan.takes.entries()) add(must(plan.levels[index], 'the level of a take'), bottles)
    if (plan.revokes) for (const key of plan.levels) revoking.add(key)
    if (plan.holdId !== undefined) namedLines += plan.levels.length
    for (const { sku, location, counted, occurredAtUs } of plan.counts) {
      const key = levelKey(sku, location)
      const level = levels.get(key)
      if (level) add(key, Math.max(0, onHand(level) - counted - (journalAfter.get(`${key}@${occurredAtUs}`) ?? 0)))
    }
  }
  for (const key of revoking) {
    const level = levels.get(key)
    const bottles = takes.get(key) ?? 0
    // Lines that other commands of the batch commit first no longer give their bottles: as many more are read. And what is short is filled first.
    if (level && level.held > 0 && bottles > level.available) wanted.set(key, bottles + namedLines - level.short)
  }
  return wanted
}
