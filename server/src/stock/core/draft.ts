import { LEVEL_MAX } from '@cellarhand/protocol/primitives'
import { must } from '../../platform/must.ts'
import { isPhysical, isState, stateAccounts, type Account } from './accounts.ts'
import {
  allotmentKey,
  copyOf,
  levelKey,
  type CommitmentRecord,
  type Context,
  type HoldLineState,
  type HoldRecord,
  type LevelState,
  type LotRecord,
} from './context.ts'
import type { AllotmentLine, Effect, MovementLine, ParcelLine, ShortfallLine } from './effect.ts'
import { settleParcels } from './parcels.ts'

/**
 * A command's work on copies: the context stays as it is until `evolve` takes the effect over, so that a refusal, however late it
 * is found, leaves no trace.
 */
export interface Draft {
  readonly context: Context
  readonly levels: Map<string, LevelState>
  readonly movements: MovementLine[]
  /** Levels at which bottles came or went, or were counted. */
  readonly touched: LevelState[]
  readonly holds: Map<string, HoldRecord>
  readonly commitments: Map<string, CommitmentRecord>
  readonly freed: { holdId: string; line: number }[]
  readonly allotments: AllotmentLine[]
  readonly parcels: ParcelLine[]
  readonly lots: LotRecord[]
  /** What is missed was not sold: it is not the oldest to drink that have left. */
  isCorrection: boolean
}

export function openDraft(context: Context): Draft {
  return {
    context,
    levels: new Map(),
    movements: [],
    touched: [],
    holds: new Map(),
    commitments: new Map(),
    freed: [],
    allotments: [],
    parcels: [],
    lots: [],
    isCorrection: false,
  }
}

/** The draft's own copy of a level. Throws when the level was not locked: the batcher names every level beforehand. */
export function draftLevel(draft: Draft, sku: string, location: string): LevelState {
  const key = levelKey(sku, location)
  const known = draft.levels.get(key)
  if (known) return known
  const copy = copyOf(must(draft.context.levels.get(key), `locked level ${key}`))
  draft.levels.set(key, copy)
  return copy
}

/** Moves bottles of a level from one account to another, and writes the journal's line. Nothing for a quantity of zero. */
export function move(draft: Draft, level: LevelState, from: Account, to: Account, quantity: number): void {
  if (quantity === 0) return
  if (isState(from)) level[from] -= quantity
  if (isState(to)) level[to] += quantity
  if (isPhysical(from, to) || from === 'variance' || to === 'variance') draft.touched.push(level)
  draft.movements.push({ sku: level.sku, location: level.location, from, to, quantity })
}

/** Bottles come in: what is short is filled before anything is available again, or back in the allotment it was drawn from. */
export function give(draft: Draft, level: LevelState, from: Account, quantity: number, allotment?: string): void {
  const filled = Math.min(quantity, -level.short)
  move(draft, level, from, 'short', filled)
  if (allotment === undefined) move(draft, level, from, 'available', quantity - filled)
  else putInAllotment(draft, level, from, quantity - filled, allotment)
}

function putInAllotment(draft: Draft, level: LevelState, from: Account, quantity: number, allotment: string): void {
  move(draft, level, from, 'allocated', quantity)
  noteAllotment(draft, level, allotment, quantity)
}

/** Writes down what an allotment gained or lost, beside the movement that says how. */
export function noteAllotment(draft: Draft, { sku, location }: LevelState, allotment: string, delta: number): void {
  if (delta !== 0) draft.allotments.push({ allotment, sku, location, delta })
}

/** Bottles left in an allotment at a level, as the draft has it. */
export function inAllotment(draft: Draft, level: LevelState, allotment: string): number {
  const key = allotmentKey(allotment, level.key)
  return draft.allotments.reduce(
    (left, one) =>
      one.allotment === allotment && one.sku === level.sku && one.location === level.location ? left + one.delta : left,
    must(draft.context.allotments.get(key), `allotment ${key}`),
  )
}

/** Ends a hold's line: its bottles go back to where it took them from. */
export function giveBack(draft: Draft, hold: HoldRecord, line: HoldLineState): void {
  const level = draftLevel(draft, line.sku, line.location)
  line.freed = true
  draft.freed.push({ holdId: hold.id, line: line.line })
  move(draft, level, 'incomingCommitted', 'incoming', line.pending)
  const held = line.quantity - line.pending
  // Of what was expected and has come meanwhile: while that is held, the level may be short.
  if (line.allotment === undefined) give(draft, level, 'held', held)
  else putInAllotment(draft, level, 'held', held, line.allotment)
}

/**
 * Bottles are gone, whatever the books say: from available, then from the newest holds, which are revoked, then from short. Where it is short
 * already, holds can only be of allotments, and what is freed of them fills that first. Returns the holds it revoked.
 */
export function take(draft: Draft, level: LevelState, to: Account, quantity: number): string[] {
  const revoked: string[] = []
  if (level.available < quantity && level.held > 0) {
    let freed = 0
    let expected = 0
    for (const hold of newestHoldsAt(draft, level)) {
      if (level.available + Math.max(0, freed + level.short) >= quantity) break
      const { held, pending } = revokeLines(draft, hold, level)
      freed += held
      expected += pending
      revoked.push(hold.id)
    }
    move(draft, level, 'incomingCommitted', 'incoming', expected)
    give(draft, level, 'held', freed)
    must(level.available >= quantity || level.held === 0, 'the newest holds of a level that a fact empties')
  }
  const taken = Math.min(quantity, level.available)
  move(draft, level, 'available', to, taken)
  move(draft, level, 'short', to, quantity - taken)
  return revoked
}

/** The draft's own copy of a hold. */
export function draftHold(draft: Draft, id: string): HoldRecord | undefined {
  const known = draft.holds.get(id)
  if (known) return known
  const original = draft.context.holds.get(id)
  if (!original) return undefined
  const copy = { ...original, lines: original.lines.map((line) => ({ ...line })) }
  draft.holds.set(id, copy)
  return copy
}

/** The draft's own copy of a commitment. */
export function draftCommitment(draft: Draft, id: string): CommitmentRecord | undefined {
  const known = draft.commitments.get(id)
  if (known) return known
  const original = draft.context.commitments.get(id)
  if (!original) return undefined
  const copy = { ...original, lines: original.lines.map((line) => ({ ...line })) }
  draft.commitments.set(id, copy)
  return copy
}

/**
 * Ends a hold's lines at one level, marks it revoked, and returns their bottles, which are still to be moved: one line of the journal for all
 * of them, since there may be more holds than an entry can have lines. What was drawn from an allotment is available too, for the fact that
 * needs it. The hold's lines elsewhere are freed by a command of their own.
 */
export function revokeLines(
  draft: Draft,
  hold: HoldRecord,
  level: LevelState,
): { readonly held: number; readonly pending: number } {
  let held = 0
  let pending = 0
  for (const line of hold.lines) {
    if (line.freed || line.sku !== level.sku || line.location !== level.location) continue
    line.freed = true
    held += line.quantity - line.pending
    pending += line.pending
    draft.freed.push({ holdId: hold.id, line: line.line })
  }
  hold.state = 'revoked'
  hold.loose = hold.lines.some((line) => !line.freed)
  return { held, pending }
}

/** Whether a line keeps bottles that are there from the level: those that are only expected are of no use to a fact. */
function holdsBottlesAt(line: HoldLineState, level: LevelState): boolean {
  return !line.freed && line.pending < line.quantity && line.sku === level.sku && line.location === level.location
}

function newestHoldsAt(draft: Draft, level: LevelState): HoldRecord[] {
  const found: HoldRecord[] = []
  for (const [id, original] of draft.context.holds) {
    const hold = draft.holds.get(id) ?? original
    if (!hold.lines.some((line) => holdsBottlesAt(line, level))) continue
    found.push(must(draftHold(draft, id), 'a hold just seen'))
  }
  return found.toSorted((a, b) => b.entry - a.entry)
}

/**
 * The first level whose quantities left their bounds, if any. What is there is bounded as a whole, and when it comes in: bottles
 * that only move between the states, as when a hold expires, must never find their state full.
 */
export function overflowed(draft: Draft): LevelState | undefined {
  for (const level of draft.levels.values()) {
    let there = 0
    let expected = 0
    for (const state of stateAccounts) {
      must(state === 'short' ? level.short <= 0 : level[state] >= 0, `${state} of ${level.sku} on its side of zero`)
      if (state === 'incoming' || state === 'incomingCommitted') expected += level[state]
      else if (state !== 'short') there += level[state]
    }
    if (Math.max(there, -level.short, expected) > LEVEL_MAX) return level
  }
  return undefined
}

/** The part of an effect that a draft makes. */
export type Closed = Pick<
  Effect,
  'movements' | 'levels' | 'holds' | 'commitments' | 'freed' | 'allotments' | 'parcels' | 'lots' | 'shortfalls'
>

/** What the draft changed, with versions moved: `revision` for every change, `version` for a physical one. */
export function closeDraft(draft: Draft): Closed {
  const levels: LevelState[] = []
  const shortfalls: ShortfallLine[] = []
  for (const level of draft.levels.values()) {
    const before = must(draft.context.levels.get(level.key), 'a level that was copied')
    if (!changed(before, level)) continue
    level.revision += 1
    if (draft.touched.includes(level)) level.version += 1
    if (level.short !== before.short) {
      const { sku, location, short } = level
      shortfalls.push({ sku, location, delta: short - before.short, short })
    }
    levels.push(level)
  }
  const { movements, freed, allotments, lots } = draft
  const parcels = draft.touched.length === 0 ? draft.parcels : settleParcels(draft)
  const [holds, commitments] = [[...draft.holds.values()], [...draft.commitments.values()]]
  return { movements, levels, holds, commitments, freed, allotments, parcels, lots, shortfalls }
}

function changed(before: LevelState, after: LevelState): boolean {
  return (
    stateAccounts.some((state) => before[state] !== after[state]) ||
    before.countedAtUs !== after.countedAtUs ||
    before.countedBy !== after.countedBy
  )
}
