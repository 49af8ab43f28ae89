import type { Command, ConditionLine, PickedLine, ReceiptLine } from './command.ts'
import type { Account } from './accounts.ts'
import { instant, levelAnswer } from './answer.ts'
import { unbundled } from './bundle.ts'
import { onHand, type Context, type LevelState } from './context.ts'
import {
  closeDraft,
  draftLevel,
  give,
  inAllotment,
  move,
  noteAllotment,
  openDraft,
  overflowed,
  take,
  type Draft,
} from './draft.ts'
import { handOver, orderAtTill, tillEffect, type TillOrder } from './order-till.ts'
import { refuse, type Ask, type CountLine, type Decision, type Effect, type NoteLine } from './effect.ts'
import { lotsOf, openLot } from './lot.ts'
import { draw, put } from './parcels.ts'
import { effectOf, overflow } from './result.ts'
import { asSold } from './sold-lot.ts'

type Fact = Extract<Command, { kind: 'receive' | 'sale' | 'writeOff' | 'quarantine' | 'count' }>

/**
 * Records what has happened. On hand at a level is its latest count plus every physical movement that happened after it: *when it
 * happened* decides, not when it was heard of. Never refused for want of stock; only for a place nobody knows or a quantity out of
 * bounds.
 */
export function recordFact(context: Context, ask: Ask, told: Fact): Decision {
  const fact =
    told.kind === 'sale'
      ? { ...told, lines: asSold(context, told.location, unbundled(context.bundles, told.lines)) }
      : told
  if (!context.locations.has(fact.location)) {
    return refuse('unknown-location', `There is no location ${fact.location}.`)
  }
  const { occurredAtUs, clamped } = whenOf(ask, fact.occurredAtMs)
  const draft = openDraft(context)
  const counts = { occurredAtUs, source: ask.source, isNow: fact.occurredAtMs === undefined || clamped }
  const till = fact.kind === 'sale' ? orderAtTill(context, fact) : undefined
  draft.isCorrection = fact.kind === 'count'
  const done =
    fact.kind === 'count'
      ? fact.lines.map((line) => count(draft, draftLevel(draft, line.sku, fact.location), line.counted, counts))
      : fact.lines.map((line) => physical(draft, ask, fact, line, { occurredAtUs, till }))
  const revoked = new Set(done.flatMap((line) => line.revoked))
  const rebased = done.some((line) => line.rebased)
  if (overflowed(draft)) return overflow()
  return recorded(ask, fact, draft, { occurredAtUs, clamped, rebased, revoked: [...revoked], till })
}

/** When a fact happened: what is said to lie in the future happened when it is recorded. */
export function whenOf(ask: Ask, occurredAtMs: number | undefined): { occurredAtUs: number; clamped: boolean } {
  const happenedUs = occurredAtMs === undefined ? ask.atUs : occurredAtMs * 1_000
  const clamped = happenedUs > ask.atUs
  return { occurredAtUs: clamped ? ask.atUs : happenedUs, clamped }
}

interface Recorded {
  readonly occurredAtUs: number
  readonly clamped: boolean
  readonly rebased: boolean
  readonly revoked: readonly string[]
  readonly till: TillOrder | undefined
}

function recorded(ask: Ask, fact: Fact, draft: Draft, how: Recorded): Decision {
  const closed = closeDraft(draft)
  const head = {
    occurredAtUs: how.occurredAtUs,
    reference: fact.reference,
    reason: 'reason' in fact ? fact.reason : undefined,
    clamped: how.clamped,
    rebased: how.rebased,
  }
  const { revoked, till } = how
  const order = tillEffect(draft, fact.kind === 'sale' ? fact : {}, till)
  const answer = { ...stockAnswer(ask, head, draft), ...order.answer, ...consequences(revoked, closed.shortfalls) }
  const notes = fact.kind === 'quarantine' ? notesOf(fact) : []
  return effectOf(ask, closed, {
    ...head,
    ...order.more,
    notes,
    counts: countsOf(ask, fact),
    status: 201,
    answer,
  })
}

/** What was seen of the bottles of some lines, where anything was. */
export function notesOf({ location, lines }: { location: string; lines: readonly ConditionLine[] }): NoteLine[] {
  return lines
    .filter(({ condition, photos }) => condition !== undefined || (photos !== undefined && photos.length > 0))
    .map(({ sku, condition, photos = [] }) => ({ sku, location, condition, photos }))
}

/** What a count found, also where it moved nothing: a reading of the past begins from it. */
function countsOf({ source }: Ask, fact: Fact): readonly CountLine[] {
  if (fact.kind !== 'count') return []
  return fact.lines.map(({ sku, counted }) => ({ sku, location: fact.location, counted, source }))
}

/** What followed from an entry, as its answer says it: holds revoked, and levels that fell short or were filled. */
export function consequences(revoked: readonly string[], shortfalls: Effect['shortfalls']): object {
  return {
    ...(revoked.length === 0 ? {} : { revokedHolds: revoked }),
    ...(shortfalls.length === 0
      ? {}
      : { shortfalls: shortfalls.map(({ sku, location, short }) => ({ sku, location, short })) }),
  }
}

/** The protocol's `StockEffect`, without its position and consequences. */
export function stockAnswer(
  ask: Ask,
  head: Pick<Effect, 'occurredAtUs' | 'clamped' | 'rebased' | 'reference'>,
  draft: Draft,
): object {
  return {
    id: String(ask.entry),
    kind: ask.command.kind,
    occurredAt: instant(head.occurredAtUs),
    recordedAt: instant(ask.atUs),
    ...(head.reference === undefined ? {} : { reference: head.reference }),
    ...(head.clamped ? { clamped: true } : {}),
    ...(head.rebased ? { rebased: true } : {}),
    levels: [...draft.levels.values()].map(levelAnswer),
  }
}

interface LineDone {
  readonly revoked: readonly string[]
  readonly rebased: boolean
}

/** Bottles that are gone, as a fact takes them. Gone before the latest count they change nothing on hand: the count has not found them. */
export function gone(draft: Draft, level: LevelState, to: Account, quantity: number, occurredAtUs: number): LineDone {
  const seen = level.countedAtUs !== null && occurredAtUs <= level.countedAtUs
  if (!seen) return { revoked: take(draft, level, to, quantity), rebased: false }
  move(draft, level, 'variance', 'available', quantity)
  move(draft, level, 'available', to, quantity)
  return { revoked: [], rebased: true }
}

/** Bottles that came or went. Before the latest count they change nothing on hand, since the count has seen it: its variance is corrected by as much. */
function physical(
  draft: Draft,
  ask: Ask,
  fact: Exclude<Fact, { kind: 'count' }>,
  line: Exclude<Fact, { kind: 'count' }>['lines'][number],
  { occurredAtUs, till }: { occurredAtUs: number; till: TillOrder | undefined },
): LineDone {
  const { quantity } = line
  const level = draftLevel(draft, line.sku, fact.location)
  const seen = level.countedAtUs !== null && occurredAtUs <= level.countedAtUs
  if (fact.kind === 'receive') {
    if (!seen) {
      give(draft, level, 'supplier', quantity)
      const { lot, bin } = line as ReceiptLine
      put(draft, level, { lot: lot && openLot(draft, ask, line.sku, lot), bin }, quantity)
    } else {
      move(draft, level, 'supplier', 'available', quantity)
      move(draft, level, 'available', 'variance', quantity)
    }
    return { revoked: [], rebased: seen }
  }
  // Bottles set aside are there as before: a count that has seen them has nothing to say of it.
  if (fact.kind === 'quarantine') return { revoked: take(draft, level, 'quarantined', quantity), rebased: false }
  const to: Account = fact.kind === 'sale' ? 'customer' : `loss:${fact.reason}`
  const taken = !seen && isPicked(line) ? draw(draft, level, quantity, line) : undefined
  const leaving = seen ? [] : ((taken && lotsOf(taken)) ?? 'as-picked')
  const ordered = till ? handOver(draft, till, level, quantity, leaving) : 0
  const aside = ordered + takeAside(draft, level, fact, to, quantity - ordered)
  if (seen) give(draft, level, 'variance', aside)
  return gone(draft, level, to, quantity - aside, occurredAtUs)
}

/** Whether it is said which bottles left. */
function isPicked(line: PickedLine | ReceiptLine): line is PickedLine {
  return line.bin !== undefined || typeof line.lot === 'string'
}

/** Bottles that were sold within an allotment, or written off in quarantine. What goes beyond that is taken as of any other. */
function takeAside(
  draft: Draft,
  level: LevelState,
  fact: Extract<Fact, { kind: 'sale' | 'writeOff' }>,
  to: Account,
  quantity: number,
): number {
  if (fact.kind === 'sale' && fact.allotment !== undefined) {
    const within = Math.min(quantity, inAllotment(draft, level, fact.allotment))
    move(draft, level, 'allocated', to, within)
    noteAllotment(draft, level, fact.allotment, -within)
    return within
  }
  if (fact.kind !== 'writeOff' || fact.from === undefined) return 0
  const there = Math.min(quantity, level.quarantined)
  move(draft, level, 'quarantined', to, there)
  return there
}

/** What was counted, brought forward by what happened after it. Older than the latest count it is history, and changes nothing. */
function count(
  draft: Draft,
  level: LevelState,
  counted: number,
  { occurredAtUs, source, isNow }: { occurredAtUs: number; source: string; isNow: boolean },
): LineDone {
  if (isOlder(level, occurredAtUs, source)) return { revoked: [], rebased: true }
  const after = isNow ? 0 : physicalAfter(draft.context, level, occurredAtUs)
  const difference = counted + after - onHand(level)
  level.countedAtUs = occurredAtUs
  level.countedBy = source
  if (difference >= 0) {
    give(draft, level, 'variance', difference)
    return { revoked: [], rebased: false }
  }
  return { revoked: take(draft, level, 'variance', -difference), rebased: false }
}

/** Two counts of one instant are ordered by who sent them and under which key, so that the order of arrival means nothing. */
function isOlder(level: LevelState, occurredAtUs: number, source: string): boolean {
  if (level.countedAtUs === null) return false
  if (occurredAtUs !== level.countedAtUs) return occurredAtUs < level.countedAtUs
  return source < (level.countedBy ?? '')
}

function physicalAfter(context: Context, level: LevelState, occurredAtUs: number): number {
  const batch = context.batchPhysical.get(level.key) ?? []
  return batch.reduce(
    (sum, change) => (change.occurredAtUs > occurredAtUs ? sum + change.delta : sum),
    context.journalAfter.get(`${level.key}@${occurredAtUs}`) ?? 0,
  )
}
