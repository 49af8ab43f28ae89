import { must } from '../../platform/must.ts'
import type { Command, FulfilLine } from './command.ts'
import { commitmentAnswer } from './answer.ts'
import type { CommitmentLineState, CommitmentRecord, Context } from './context.ts'
import { closeDraft, draftCommitment, draftLevel, give, move, openDraft, type Draft } from './draft.ts'
import { refuse, type Ask, type Decision } from './effect.ts'
import { lotRefusal } from './lot.ts'
import { draw } from './parcels.ts'
import { effectOf } from './result.ts'

/**
 * Ships or cancels a commitment, whole or by lines. What is cancelled goes back, and fills what is short before anything is
 * available again.
 */
export function decideFulfil(
  context: Context,
  ask: Ask,
  command: Extract<Command, { kind: 'ship' | 'cancel' }>,
): Decision {
  const draft = openDraft(context)
  const commitment = draftCommitment(draft, command.commitmentId)
  if (!commitment) return refuse('not-found', `There is no commitment ${command.commitmentId}.`)
  const asked = command.lines ?? wholeOf(commitment)
  if (asked.length === 0) return refuse('nothing-outstanding', 'Everything of this commitment is shipped or cancelled.')
  for (const wanted of asked) {
    let quantity = wanted.quantity
    for (const line of commitment.lines) {
      if (!matches(line, wanted)) continue
      const part = Math.min(quantity, command.kind === 'ship' ? shippable(line) : outstanding(line))
      quantity -= part
      if (command.kind === 'cancel') {
        cancel(draft, line, part)
        continue
      }
      const refusal = ship(draft, line, part, wanted.lot)
      if (refusal) return refusal
    }
    if (quantity > 0) return tooMany(context, commitment.id, wanted, command.kind)
  }
  return effectOf(ask, closeDraft(draft), {
    reference: command.reference,
    status: 200,
    answer: commitmentAnswer(commitment),
  })
}

/** Bottles leave: of the lot that is named, or else the oldest to drink. */
function ship(draft: Draft, line: CommitmentLineState, part: number, lot: string | undefined): Decision | undefined {
  const level = draftLevel(draft, line.sku, line.location)
  const refusal = lotRefusal(draft, level, lot, part)
  if (refusal) return refusal
  if (lot !== undefined) draw(draft, level, part, { lot })
  line.shipped += part
  move(draft, level, 'committed', 'customer', part)
  return undefined
}

/** What is not there yet is cancelled first: it has cost nobody a way. */
function cancel(draft: Draft, line: CommitmentLineState, part: number): void {
  const level = draftLevel(draft, line.sku, line.location)
  const expected = Math.min(part, line.pending)
  line.cancelled += part
  line.pending -= expected
  move(draft, level, 'incomingCommitted', 'incoming', expected)
  give(draft, level, 'committed', part - expected, line.allotment)
}

function shippable(line: CommitmentLineState): number {
  return outstanding(line) - line.pending
}

function outstanding(line: CommitmentLineState): number {
  return line.quantity - line.shipped - line.cancelled
}

function matches(line: CommitmentLineState, wanted: FulfilLine): boolean {
  return line.sku === wanted.sku && (wanted.location === undefined || wanted.location === line.location)
}

function wholeOf(commitment: CommitmentRecord): FulfilLine[] {
  return commitment.lines
    .filter((line) => outstanding(line) > 0)
    .map((line) => ({ sku: line.sku, location: line.location, quantity: outstanding(line) }))
}

/** Says what was outstanding before any line of the request was taken. */
function tooMany(context: Context, id: string, wanted: FulfilLine, kind: 'ship' | 'cancel'): Decision {
  const commitment = must(context.commitments.get(id), 'a commitment that is drafted')
  const lines = commitment.lines.filter((line) => matches(line, wanted))
  const left = lines.reduce((sum, line) => sum + outstanding(line), 0)
  const pending = kind === 'ship' ? lines.reduce((sum, line) => sum + line.pending, 0) : 0
  const where = wanted.location === undefined ? '' : ` at ${wanted.location}`
  return refuse(
    'nothing-outstanding',
    pending === 0
      ? `Of ${wanted.sku}${where} ${left} are outstanding, fewer than ${wanted.quantity}.`
      : `Of ${wanted.sku}${where} ${left} are outstanding and ${pending} of them have not arrived, so ${wanted.quantity} cannot be shipped.`,
    { sku: wanted.sku, requested: wanted.quantity, outstanding: left, ...(pending === 0 ? {} : { pending }) },
  )
}
