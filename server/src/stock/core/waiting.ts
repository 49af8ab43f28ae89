import { must } from '../../platform/must.ts'
import type { CommitmentRecord, HoldRecord, LevelState } from './context.ts'
import { draftCommitment, draftHold, give, move, revokeLines, take, type Draft } from './draft.ts'

interface WaitingLine {
  readonly sku: string
  readonly location: string
  readonly freed?: boolean
  pending: number
}

/** Whether a line waits for bottles that are expected at a level. */
function waitsAt(line: WaitingLine, level: LevelState): boolean {
  return line.pending > 0 && line.freed !== true && line.sku === level.sku && line.location === level.location
}

/** Commitments that wait at a level, oldest first. */
function soldAt(draft: Draft, level: LevelState): CommitmentRecord[] {
  const known = [...draft.context.commitments].map(([id, original]) => draft.commitments.get(id) ?? original)
  return known
    .filter(({ lines }) => lines.some((line) => waitsAt(line, level)))
    .toSorted((a, b) => a.createdAtUs - b.createdAtUs)
}

/** Holds that wait at a level, oldest first. A hold revoked elsewhere waits until its lines here are freed. */
function heldAt(draft: Draft, level: LevelState): HoldRecord[] {
  const known = [...draft.context.holds].map(([id, original]) => draft.holds.get(id) ?? original)
  return known.filter(({ lines }) => lines.some((line) => waitsAt(line, level))).toSorted((a, b) => a.entry - b.entry)
}

/** Fewer bottles of some claims are pending, in their order, as long as there are any. Returns how many. */
function settleAt<Claim extends { readonly id: string }>(
  claims: readonly Claim[],
  level: LevelState,
  bottles: number,
  linesOf: (claim: Claim) => readonly WaitingLine[],
): number {
  let left = bottles
  for (const claim of claims) {
    if (left === 0) break
    for (const line of linesOf(claim)) {
      if (!waitsAt(line, level)) continue
      const part = Math.min(left, line.pending)
      line.pending -= part
      left -= part
    }
  }
  return bottles - left
}

const soldLines = (draft: Draft) => (commitment: CommitmentRecord) =>
  must(draftCommitment(draft, commitment.id), 'a commitment just seen').lines

/**
 * Bottles that were promised before they were there have come: commitments have theirs first, oldest first, then holds. No more than are promised; one
 * line of the journal for all commitments and one for all holds.
 */
export function serve(draft: Draft, level: LevelState, bottles: number): void {
  const sold = settleAt(soldAt(draft, level), level, bottles, soldLines(draft))
  const held = settleAt(
    heldAt(draft, level),
    level,
    bottles - sold,
    (hold) => must(draftHold(draft, hold.id), 'a hold just seen').lines,
  )
  must(sold + held === bottles, 'those who wait for what is promised')
  move(draft, level, 'incomingCommitted', 'committed', sold)
  move(draft, level, 'incomingCommitted', 'held', held)
}

/**
 * Expected bottles will not come: what is not promised goes first; then the newest holds that wait are revoked; then commitments, the newest first, have
 * theirs of what is there, as any fact takes it: from available, from the newest holds, from `short`. Returns the holds it revoked.
 */
export function callOff(draft: Draft, level: LevelState, bottles: number): string[] {
  const revoked: string[] = []
  const freed = { held: 0, pending: 0 }
  for (const hold of heldAt(draft, level).toReversed()) {
    if (level.incoming + freed.pending >= bottles) break
    const { held, pending } = revokeLines(draft, must(draftHold(draft, hold.id), 'a hold just seen'), level)
    freed.held += held
    freed.pending += pending
    revoked.push(hold.id)
  }
  move(draft, level, 'incomingCommitted', 'incoming', freed.pending)
  give(draft, level, 'held', freed.held)
  const broken = Math.max(0, bottles - level.incoming)
  const settled = settleAt(soldAt(draft, level).toReversed(), level, broken, soldLines(draft))
  must(settled === broken, 'commitments that wait for what is promised')
  move(draft, level, 'incoming', 'supplier', bottles - broken)
  move(draft, level, 'incomingCommitted', 'supplier', broken)
  return [...revoked, ...take(draft, level, 'committed', broken)]
}
