import type { Command } from './command.ts'
import { levelKey, type Context } from './context.ts'
import { documentAnswer, type DocumentOf } from './document.ts'
import { closeDraft, draftLevel, give, openDraft, overflowed } from './draft.ts'
import { refuse, type Ask, type Decision } from './effect.ts'
import { consequences } from './facts.ts'
import { put } from './parcels.ts'
import { depart } from './place.ts'
import { effectOf, overflow } from './result.ts'

/**
 * Releases bottles from bond: from a location in bond to one where duty is paid, in one entry, through `transit`. The duty due is kept with
 * it. Both have the same owner: duty does not sell anything.
 */
export function decideClearance(
  context: Context,
  ask: Ask,
  command: Extract<Command, { kind: 'clearDuty' }>,
): Decision {
  const { fromLocation: from, toLocation: to, reference, currency, lines } = command
  const [origin, destination] = [context.locations.get(from), context.locations.get(to)]
  if (!origin || !destination) return refuse('unknown-location', `There is no location ${origin ? to : from}.`)
  if (origin.duty !== 'in_bond' || destination.duty !== 'paid') {
    return refuse(
      'duty-differs',
      `Duty is cleared from a location in bond to one where it is paid: ${from} is ${origin.duty} and ${to} is ${destination.duty}.`,
    )
  }
  if (origin.owner !== destination.owner) {
    return refuse(
      'owner-differs',
      `Bottles at ${from} are ${origin.owner}’s and those at ${to} ${destination.owner}’s.`,
    )
  }
  const draft = openDraft(context)
  const departed = depart(draft, from, lines, 'transit')
  if (departed.kind === 'refused') return departed.refusal
  for (const { sku, quantity } of lines) give(draft, draftLevel(draft, sku, to), 'transit', quantity)
  for (const [sku, lots] of departed.lots) {
    for (const { lot, quantity } of lots) put(draft, draftLevel(draft, sku, to), { lot }, quantity)
  }
  if (overflowed(draft)) return overflow()
  const document: DocumentOf<'clearance'> = {
    id: ask.id,
    kind: 'clearance',
    state: 'cleared',
    reference,
    createdAtUs: ask.atUs,
    version: 1,
    levels: [...new Set(lines.flatMap(({ sku }) => [levelKey(sku, from), levelKey(sku, to)]))],
    body: { from, to, currency, lines },
  }
  const closed = closeDraft(draft)
  const answer = { ...documentAnswer(document), ...consequences([], closed.shortfalls) }
  return effectOf(ask, closed, { document, reference, status: 201, answer })
}
