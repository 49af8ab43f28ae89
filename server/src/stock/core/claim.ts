import type { Command } from './command.ts'
import { commitmentAnswer, holdAnswer } from './answer.ts'
import type { CommitmentRecord, Context, HoldRecord } from './context.ts'
import { closeDraft, draftHold, draftLevel, giveBack, move, openDraft, type Draft } from './draft.ts'
import { nothing, refuse, type Ask, type Decision } from './effect.ts'
import { effectOf } from './result.ts'

const US = 1_000_000

/** A longer life for a live hold, within the longest a hold may have. */
export function decideExtend(context: Context, ask: Ask, command: Extract<Command, { kind: 'extend' }>): Decision {
  const draft = openDraft(context)
  const hold = draftHold(draft, command.holdId)
  if (!hold) return unknownHold(command.holdId)
  if (hold.state !== 'active') return ended(hold)
  const expiresAtUs = ask.atUs + command.ttlSeconds * US
  const latestUs = hold.createdAtUs + context.holdLifeMaxS * US
  if (expiresAtUs > latestUs) {
    return refuse('hold-life-exceeded', `A hold lives ${context.holdLifeMaxS} seconds at most, extensions included.`, {
      latest: new Date(latestUs / 1000).toISOString(),
    })
  }
  hold.expiresAtUs = expiresAtUs
  return effectOf(ask, closeDraft(draft), { status: 200, answer: holdAnswer(hold, context.soldLots) })
}

/** A hold given back by its owner. */
export function decideRelease(context: Context, ask: Ask, command: Extract<Command, { kind: 'release' }>): Decision {
  const draft = openDraft(context)
  const hold = draftHold(draft, command.holdId)
  if (!hold) return unknownHold(command.holdId)
  if (hold.state !== 'active') return ended(hold)
  freeAll(draft, hold)
  hold.state = 'released'
  return effectOf(ask, closeDraft(draft), { status: 200, answer: holdAnswer(hold, context.soldLots) })
}

/** A hold whose time has come, unless it has ended or was extended meanwhile: the order of the batch alone decides. */
export function decideExpire(context: Context, ask: Ask, command: Extract<Command, { kind: 'expire' }>): Decision {
  const draft = openDraft(context)
  const hold = draftHold(draft, command.holdId)
  if (!hold || hold.state !== 'active' || hold.expiresAtUs > ask.atUs) return nothing
  freeAll(draft, hold)
  hold.state = 'expired'
  return effectOf(ask, closeDraft(draft), { status: 200, answer: holdAnswer(hold, context.soldLots) })
}

/** The lines elsewhere of a hold that a fact revoked. */
export function decideFree(context: Context, ask: Ask, command: Extract<Command, { kind: 'free' }>): Decision {
  const draft = openDraft(context)
  const hold = draftHold(draft, command.holdId)
  if (!hold || !hold.loose) return nothing
  freeAll(draft, hold)
  hold.loose = false
  return effectOf(ask, closeDraft(draft), { status: 200, answer: holdAnswer(hold, context.soldLots) })
}

/** A hold becomes a commitment under the same id, at the prices it was made at. */
export function decideCommit(context: Context, ask: Ask, command: Extract<Command, { kind: 'commit' }>): Decision {
  const draft = openDraft(context)
  const hold = draftHold(draft, command.holdId)
  if (!hold) return unknownHold(command.holdId)
  if (hold.state !== 'active') return ended(hold)
  const commitment = commitHold(draft, ask, hold, command.reference)
  return effectOf(ask, closeDraft(draft), {
    newCommitment: commitment,
    reference: command.reference,
    status: 201,
    answer: commitmentAnswer(commitment, context.soldLots),
  })
}

/** What a live hold is committed as. */
export function commitHold(draft: Draft, ask: Ask, hold: HoldRecord, reference: string | undefined): CommitmentRecord {
  for (const line of hold.lines) {
    line.freed = true
    move(draft, draftLevel(draft, line.sku, line.location), 'held', 'committed', line.quantity - line.pending)
    draft.freed.push({ holdId: hold.id, line: line.line })
  }
  hold.state = 'committed'
  return {
    id: hold.id,
    holdId: hold.id,
    createdAtUs: ask.atUs,
    customer: hold.customer,
    reference,
    lines: hold.lines.map(({ line, sku, location, channel, quantity, price, allotment, pending, bundle }) => ({
      line,
      sku,
      location,
      channel,
      quantity,
      shipped: 0,
      cancelled: 0,
      returned: 0,
      price,
      allotment,
      pending,
      bundle,
    })),
  }
}

function freeAll(draft: Draft, hold: HoldRecord): void {
  for (const line of hold.lines) if (!line.freed) giveBack(draft, hold, line)
}

export function unknownHold(id: string): Decision {
  return refuse('not-found', `There is no hold ${id}.`)
}

export function ended(hold: HoldRecord): Decision {
  return refuse('hold-ended', `The hold was ${hold.state}.`, { state: hold.state })
}
