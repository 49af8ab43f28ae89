import type pg from 'pg'
import { instant } from '../core/answer.ts'
import type { Price } from '../core/command.ts'
import {
  levelKey,
  onHand,
  settingsContext,
  type CommitmentRecord,
  type HoldRecord,
  type LevelState,
} from '../core/context.ts'
import { planOf, type Plan } from '../core/plan.ts'
import { must } from '../../platform/must.ts'
import { keyArrays, plainArray, textArray } from './literal.ts'
import type { Pending } from './pending.ts'
import { allotmentsOf, commitmentsOf, holdsOf, levelsOf, pricesOf, rememberedOf, type Remembered } from './read.ts'
import { settle, type Session } from './session.ts'
import * as sql from './sql.ts'
import type { BatchEnvironment } from './transaction.ts'

/** What a batch has locked and read. Its maps stay as they were before the batch. */
export interface Loaded {
  readonly batch: number
  readonly nowUs: number
  readonly head: number
  readonly levels: ReadonlyMap<string, LevelState>
  readonly prices: ReadonlyMap<string, Price>
  readonly allotments: ReadonlyMap<string, number>
  readonly holds: ReadonlyMap<string, HoldRecord>
  readonly holdStates: ReadonlyMap<string, HoldRecord['state']>
  readonly commitments: ReadonlyMap<string, CommitmentRecord>
  readonly journalAfter: ReadonlyMap<string, number>
  /** By the command's index in the batch. */
  readonly remembered: ReadonlyMap<number, Remembered>
}

/** A level that is to be locked has no row yet. */
export class LevelsMissing extends Error {
  override readonly name = 'LevelsMissing'
  readonly keys: readonly string[]
  constructor(keys: readonly string[]) {
    super(`${keys.length} levels have no row yet`)
    this.keys = keys
  }
}

/** Locations or channels have changed since the batch was planned. */
export class SettingsMoved extends Error {
  override readonly name = 'SettingsMoved'
}

interface HeadColumns {
  readonly batch: number
  readonly head: number
  readonly now_us: number
  readonly settings_version: number
}

/** A first round trip under way. */
export interface Asked {
  readonly session: Session
  readonly plans: readonly Plan[]
  readonly need: Need
  readonly results: ReturnType<typeof ask>
}

/**
 * Sends the first round trip of a batch: locks all levels in key order, and reads what the decisions look at in statements behind the locks. Every
 * line that the batch stands on must be known. A failure is told to who loads the batch, and to nobody if nobody does.
 */
export function askFor(environment: BatchEnvironment, batch: readonly Pending[]): Asked {
  const { session } = environment
  const plans = plansOf(environment, batch)
  const need = needOf(plans)
  const results = session.together(() => ask(session, batch, plans, need))
  for (const result of Object.values(results)) result?.catch(() => {})
  return { session, plans, need, results }
}

/** Takes in what the first round trip brought; sends it where that was not done ahead. */
export async function loadBatch(
  environment: BatchEnvironment,
  batch: readonly Pending[],
  ahead?: Asked,
): Promise<Loaded> {
  const { session } = environment
  if (!ahead) await readLines(environment, batch)
  const { plans, need, results: asked } = ahead ?? askFor(environment, batch)
  await settle(Object.values(asked).filter((result) => result !== undefined))
  const levels = levelsOf(await asked.levels)
  const head = (await asked.head).rows[0] as HeadColumns
  if (head.settings_version !== environment.settings.version) throw new SettingsMoved('settings have moved')
  const missing = need.levels.filter((key) => !levels.has(key))
  if (missing.length > 0) throw new LevelsMissing(missing)
  const journalAfter = sumsOf(need.counts, await asked.sums)
  const holds = new Map([
    ...(asked.holds && asked.holdLines ? holdsOf(await asked.holds, await asked.holdLines) : []),
    ...(await newestHolds(session, plans, levels, journalAfter)),
  ])
  return {
    batch: head.batch,
    nowUs: afterCounts(head.now_us, levels),
    head: head.head,
    levels,
    allotments: allotmentsOf(need.allotments, await asked.allotments),
    prices: asked.prices ? pricesOf(await asked.prices) : new Map(),
    holds,
    holdStates: new Map([...holds.values()].map((hold) => [hold.id, hold.state])),
    commitments:
      asked.commitments && asked.commitmentLines
        ? commitmentsOf(await asked.commitments, await asked.commitmentLines)
        : new Map(),
    journalAfter,
    remembered: rememberedBy(need.keyed, asked.keys ? rememberedOf(await asked.keys) : new Map()),
  }
}

/**
 * The batch's time, after the latest count of each of its levels: where the database's clock was set back, what is recorded now would otherwise
 * pass for what that count has seen.
 */
function afterCounts(nowUs: number, levels: ReadonlyMap<string, LevelState>): number {
  let atUs = nowUs
  for (const { countedAtUs } of levels.values()) if (countedAtUs !== null && countedAtUs >= atUs) atUs = countedAtUs + 1
  return atUs
}

/** The plan of every command. */
export function plansOf(
  environment: Pick<BatchEnvironment, 'settings' | 'lines'>,
  batch: readonly Pick<Pending, 'command'>[],
): Plan[] {
  const { channels } = settingsContext(environment.settings)
  const context = { channels, linesOf: (id: string) => environment.lines.get(id) ?? [] }
  const locations = new Set(environment.settings.locations.map((location) => location.id))
  return batch.map(({ command }) => {
    // A level is made only at a location that exists; the decision refuses the others without a look at them.
    if ('location' in command && !locations.has(command.location)) return nowhere
    return planOf(context, command)
  })
}

const nowhere: Plan = { levels: [], prices: [], takes: [], revokes: false, counts: [] }

/** Holds and commitments that commands name and this process has not seen the lines of. */
export function unknownLines({ lines }: Pick<BatchEnvironment, 'lines'>, batch: readonly Pending[]): string[] {
  const ids = new Set<string>()
  for (const { command } of batch) {
    const id = 'holdId' in command ? command.holdId : 'commitmentId' in command ? command.commitmentId : undefined
    if (id !== undefined && !lines.get(id)) ids.add(id)
  }
  return [...ids]
}

/** What named holds stand on, where this process has not seen it. An id that nobody knows stays unknown. */
async function readLines(environment: BatchEnvironment, batch: readonly Pending[]): Promise<void> {
  const ids = unknownLines(environment, batch)
  if (ids.length === 0) return
  const { rows } = await environment.session.send(sql.readLinesOf, [textArray(ids)])
  for (const { hold_id, sku, location } of rows as { hold_id: string; sku: string; location: string }[]) {
    const known = environment.lines.get(hold_id)
    environment.lines.set(hold_id, [...(known ?? []), { sku, location }])
  }
}

interface Need {
  readonly levels: readonly string[]
  readonly prices: readonly string[]
  readonly allotments: readonly string[]
  readonly holds: readonly string[]
  readonly commitments: readonly string[]
  readonly counts: readonly { readonly sku: string; readonly location: string; readonly occurredAtUs: number }[]
  /** Indexes of commands that have a key. */
  keyed: number[]
}

function needOf(plans: readonly Plan[]): Need {
  const levels = new Set<string>()
  const prices = new Set<string>()
  const allotments = new Set<string>()
  const holds = new Set<string>()
  const commitments = new Set<string>()
  for (const plan of plans) {
    for (const key of plan.levels) levels.add(key)
    for (const key of plan.prices) prices.add(key)
    if (plan.allotments) for (const key of plan.allotments) allotments.add(key)
    if (plan.holdId !== undefined) holds.add(plan.holdId)
    if (plan.commitmentId !== undefined) commitments.add(plan.commitmentId)
  }
  return {
    levels: [...levels],
    prices: [...prices],
    allotments: [...allotments],
    holds: [...holds],
    commitments: [...commitments],
    counts: plans.flatMap((plan) =>
      plan.counts.flatMap((count) =>
        count.occurredAtUs === undefined ? [] : [{ ...count, occurredAtUs: count.occurredAtUs }],
      ),
    ),
    keyed: [],
  }
}

/** Sends the whole first round trip at once. */
function ask(session: Session, batch: readonly Pending[], plans: readonly Plan[], need: Need) {
  const some = (list: readonly unknown[], send: () => Promise<pg.QueryResult>) => (list.length > 0 ? send() : undefined)
  for (const index of plans.keys()) if (batch[index]?.submission.key !== undefined) need.keyed.push(index)
  const keyed = need.keyed.map((index) => (batch[index] as Pending).submission)
  return {
    begun: session.send(sql.begin),
    settings: session.send(sql.lockSettings),
    levels: session.send(sql.lockLevels, keyArrays(need.levels)),
    head: session.send(sql.readHead),
    prices: some(need.prices, () => session.send(sql.readPrices, keyArrays(need.prices))),
    allotments: some(need.allotments, () => session.send(sql.readAllotments, keyArrays(need.allotments, 3))),
    keys: some(keyed, () =>
      session.send(sql.readKeys, [
        textArray(keyed.map(({ key }) => key)),
        textArray(keyed.map(({ caller }) => caller)),
        textArray(keyed.map(({ command }) => command.kind)),
      ]),
    ),
    holds: some(need.holds, () => session.send(sql.readHolds, [textArray(need.holds)])),
    holdLines: some(need.holds, () => session.send(sql.readHoldLines, [textArray(need.holds)])),
    commitments: some(need.commitments, () => session.send(sql.readCommitments, [textArray(need.commitments)])),
    commitmentLines: some(need.commitments, () => session.send(sql.readCommitmentLines, [textArray(need.commitments)])),
    sums: some(need.counts, () =>
      session.send(sql.sumAfter, [
        textArray(need.counts.map(({ sku }) => sku)),
        textArray(need.counts.map(({ location }) => location)),
        textArray(need.counts.map(({ occurredAtUs }) => instant(occurredAtUs))),
      ]),
    ),
  }
}

function sumsOf(counts: Need['counts'], result: pg.QueryResult | undefined): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { ord, delta } of (result?.rows ?? []) as { ord: number; delta: number }[]) {
    const count = counts[ord - 1]
    if (count) sums.set(`${levelKey(count.sku, count.location)}@${count.occurredAtUs}`, delta)
  }
  return sums
}

function rememberedBy(keyed: readonly number[], found: ReadonlyMap<number, Remembered>): Map<number, Remembered> {
  return new Map([...found].map(([ord, remembered]) => [keyed[ord - 1] as number, remembered]))
}

/**
 * The newest holds at levels where facts may need more than is available. Their rows are locked in id order: a fact at another of
 * a hold's levels, in another process, changes the same row.
 */
async function newestHolds(
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
