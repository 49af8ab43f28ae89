import type pg from 'pg'
import { instant } from '../core/answer.ts'
import type { Command, Price } from '../core/command.ts'
import { levelKey, type CommitmentRecord, type HoldRecord, type LevelState, type LotRecord } from '../core/context.ts'
import type { ParcelState } from '../core/parcels.ts'
import type { DocumentRecord } from '../core/document.ts'
import type { Plan } from '../core/plan-parts.ts'
import { keyArrays, textArray } from './literal.ts'
import { needOf, plansOf, type Need } from './need.ts'
import { claimsAt } from './newest.ts'
import type { Pending } from './pending.ts'
import { idOfLot, lotsOf, parcelsOf } from './read-parcels.ts'
import {
  allotmentsOf,
  commitmentsOf,
  documentsOf,
  holdsOf,
  levelsOf,
  ordersOf,
  pricesOf,
  rememberedOf,
  type Remembered,
} from './read.ts'
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
  readonly parcels: ReadonlyMap<string, readonly ParcelState[]>
  readonly lots: ReadonlyMap<string, LotRecord>
  readonly holds: ReadonlyMap<string, HoldRecord>
  readonly commitments: ReadonlyMap<string, CommitmentRecord>
  readonly documents: ReadonlyMap<string, DocumentRecord>
  readonly orders: ReadonlyMap<string, string>
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

/** Somebody has placed an order that a command of the batch names, or whose reference it wants: its levels were not among those to lock. */
export class OrdersMoved extends Error {
  override readonly name = 'OrdersMoved'
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
  const need = needOf(plans, batch)
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
  const orders = ordersOf(await asked.orders)
  seeOrders(environment, orders)
  const journalAfter = sumsOf(need.counts, await asked.sums)
  const claims = await claimsAt(session, plans, levels, journalAfter)
  const holds = new Map([
    ...(asked.holds && asked.holdLines ? holdsOf(await asked.holds, await asked.holdLines) : []),
    ...claims.holds,
  ])
  return {
    batch: head.batch,
    nowUs: afterCounts(head.now_us, levels),
    head: head.head,
    levels,
    allotments: allotmentsOf(need.allotments, await asked.allotments),
    parcels: parcelsOf(need.parcels, await asked.parcels),
    lots: lotsOf(await asked.lots, await asked.carried),
    prices: asked.prices ? pricesOf(await asked.prices) : new Map(),
    holds,
    commitments: new Map([
      ...(asked.commitments && asked.commitmentLines
        ? commitmentsOf(await asked.commitments, await asked.commitmentLines)
        : []),
      ...claims.commitments,
    ]),
    documents: asked.documents ? documentsOf(await asked.documents) : new Map(),
    orders,
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

/** Throws where an order has come up that the batch was planned without. */
function seeOrders({ orders }: BatchEnvironment, found: ReadonlyMap<string, string>): void {
  const fresh = [...found].filter(([reference]) => !orders.has(reference))
  for (const [reference, id] of fresh) orders.set(reference, id)
  if (fresh.length > 0) throw new OrdersMoved('orders have come up')
}

/** What a command names by its id, and what it stands on has to be known of. */
function namedBy({ orders }: Pick<BatchEnvironment, 'orders'>, command: Command): string | undefined {
  if (command.kind === 'sale') return command.orderRef === undefined ? undefined : orders.get(command.orderRef)
  if ('holdId' in command) return command.holdId
  if ('commitmentId' in command) return command.commitmentId
  return 'documentId' in command ? command.documentId : undefined
}

/** Holds, commitments and documents that commands name and this process has not seen the lines of. */
function unknownLines(environment: Pick<BatchEnvironment, 'lines' | 'orders'>, batch: readonly Pending[]): string[] {
  const ids = new Set<string>()
  for (const { command } of batch) {
    const id = namedBy(environment, command)
    if (id !== undefined && !environment.lines.get(id)) ids.add(id)
  }
  return [...ids]
}

/** References of orders that sales name and this process has not seen: what to lock for them is not known. */
function unknownOrders({ orders }: Pick<BatchEnvironment, 'orders'>, batch: readonly Pending[]): string[] {
  const references = new Set<string>()
  for (const { command } of batch) {
    if (command.kind !== 'sale' || command.orderRef === undefined || orders.has(command.orderRef)) continue
    references.add(command.orderRef)
  }
  return [...references]
}

/** Whether something has to be looked up before it is known what to lock for a batch. */
export function isUnknown(environment: Pick<BatchEnvironment, 'lines' | 'orders'>, batch: readonly Pending[]): boolean {
  return unknownLines(environment, batch).length > 0 || unknownOrders(environment, batch).length > 0
}

/** What named holds stand on, where this process has not seen it. An id that nobody knows stays unknown. */
async function readLines(environment: BatchEnvironment, batch: readonly Pending[]): Promise<void> {
  const references = unknownOrders(environment, batch)
  if (references.length > 0) {
    const found = ordersOf(await environment.session.send(sql.readOrders, [textArray(references)]))
    for (const [reference, id] of found) environment.orders.set(reference, id)
  }
  const ids = unknownLines(environment, batch)
  if (ids.length === 0) return
  const { rows } = await environment.session.send(sql.readLinesOf, [textArray(ids)])
  for (const { hold_id, sku, location } of rows as { hold_id: string; sku: string; location: string }[]) {
    const known = environment.lines.get(hold_id)
    environment.lines.set(hold_id, [...(known ?? []), { sku, location }])
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
    parcels: some(need.parcels, () => session.send(sql.readParcels, keyArrays(need.parcels))),
    lots: some(need.lots, () => session.send(sql.readLots, keyArrays(need.lots))),
    carried: some(need.carried, () =>
      session.send(sql.readCarriedLots, [...keyArrays(need.carried), textArray(need.lots.map(idOfLot))]),
    ),
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
    documents: some(need.documents, () => session.send(sql.readDocuments, [textArray(need.documents)])),
    orders: some(need.orderRefs, () => session.send(sql.readOrders, [textArray(need.orderRefs)])),
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
