import { must } from '../../platform/must.ts'
import type { Command, FulfilLine, QuantityLine } from './command.ts'
import { commitmentAnswer } from './answer.ts'
import type { CommitmentLineState, CommitmentRecord, Context } from './context.ts'
import { closeDraft, draftCommitment, draftLevel, give, move, openDraft, type Draft } from './draft.ts'
import { refuse, type Ask, type Decision } from './effect.ts'
import { lotRefusal, lotsOf, type LotQuantity } from './lot.ts'
import { draw, type Drawn } from './parcels.ts'
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
  const { commitmentId: id } = command
  if (!context.commitments.has(id)) return refuse('not-found', `There is no commitment ${id}.`)
  if (context.documents.get(id)?.kind === 'order') {
    return refuse(
      'belongs-to-order',
      `This commitment is order ${id}: use /v1/orders/${id}/${command.kind}, so that the order stays true.`,
      { order: id },
    )
  }
  const draft = openDraft(context)
  const { commitment, refusal } = fulfil(draft, id, command.kind, command.lines)
  if (refusal) return refusal
  return effectOf(ask, closeDraft(draft), {
    reference: command.reference,
    status: 200,
    answer: commitmentAnswer(commitment, context.soldLots),
  })
}

/** So many bottles of a level, and the lots that some of them are of. */
export interface LevelPart extends QuantityLine {
  readonly location: string
  readonly lots?: readonly LotQuantity[]
}

/** Bottles that were chosen before they leave, which go first: so many of each lot. */
type Picked = (line: CommitmentLineState, quantity: number) => readonly LotQuantity[]
const nonePicked: Picked = () => []

/** What was shipped or cancelled, by the level it stood at; or why it cannot be. */
interface Fulfilled {
  readonly commitment: CommitmentRecord
  readonly parts: readonly LevelPart[]
  readonly refusal?: Decision
}

/** Ships or cancels of a commitment, which is known. Without lines: all that is outstanding. */
export function fulfil(
  draft: Draft,
  id: string,
  kind: 'ship' | 'cancel',
  lines: readonly FulfilLine[] | undefined,
  picked: Picked = nonePicked,
): Fulfilled {
  const commitment = must(draftCommitment(draft, id), 'a commitment that is known')
  const asked = lines ?? wholeOf(commitment)
  const parts: LevelPart[] = []
  if (asked.length === 0) {
    const refusal = refuse('nothing-outstanding', 'Everything of this commitment is shipped or cancelled.')
    return { commitment, parts, refusal }
  }
  for (const wanted of asked) {
    let { quantity } = wanted
    for (const line of commitment.lines) {
      if (!matches(line, wanted)) continue
      const part = Math.min(quantity, kind === 'ship' ? shippable(line) : outstanding(line))
      if (part === 0) continue
      quantity -= part
      if (kind === 'cancel') {
        cancel(draft, line, part)
        parts.push({ sku: line.sku, location: line.location, quantity: part })
        continue
      }
      const refusal = lotRefusal(draft, draftLevel(draft, line.sku, line.location), wanted.lot, part)
      if (refusal) return { commitment, parts, refusal }
      const first = wanted.lot === undefined ? picked(line, part) : [{ lot: wanted.lot, quantity: part }]
      parts.push(ship(draft, line, part, first))
    }
    if (quantity > 0) return { commitment, parts, refusal: tooMany(draft.context, id, wanted, kind) }
  }
  return { commitment, parts }
}

/** Bottles leave: those that were picked, and then the oldest to drink. */
export function ship(draft: Draft, line: CommitmentLineState, part: number, picked: readonly LotQuantity[]): LevelPart {
  const level = draftLevel(draft, line.sku, line.location)
  const drawn: Drawn[] = []
  let left = part
  for (const which of [...picked, { lot: undefined, quantity: part }]) {
    const some = draw(draft, level, Math.min(left, which.quantity), { lot: which.lot })
    left -= some.reduce((sum, { quantity }) => sum + quantity, 0)
    drawn.push(...some)
  }
  handOn(draft, line, part)
  const lots = lotsOf(drawn)
  return { sku: line.sku, location: line.location, quantity: part, ...(lots.length === 0 ? {} : { lots }) }
}

/** Committed bottles of a line are the customer's. */
export function handOn(draft: Draft, line: CommitmentLineState, part: number): void {
  line.shipped += part
  move(draft, draftLevel(draft, line.sku, line.location), 'committed', 'customer', part)
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

export function shippable(line: CommitmentLineState): number {
  return outstanding(line) - line.pending
}

function outstanding(line: CommitmentLineState): number {
  return line.quantity - line.shipped - line.cancelled
}

/** Whether a line is of what was asked for: of that SKU, and at that location where one was named. */
export function matches(line: CommitmentLineState, wanted: Pick<FulfilLine, 'sku' | 'location'>): boolean {
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
