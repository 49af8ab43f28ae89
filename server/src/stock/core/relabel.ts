import type { Contents } from '@cellarhand/protocol/repack'
import { must } from '../../platform/must.ts'
import type { Context } from './context.ts'
import { documentAnswer, type DocumentOf } from './document.ts'
import { closeDraft, draftLevel, give, move, openDraft, overflowed, type Draft } from './draft.ts'
import { refuse, type Ask, type Decision } from './effect.ts'
import { consequences } from './facts.ts'
import { lotBy, lotRefusal, lotsOf, openLot } from './lot.ts'
import { draw, ofLot, put, type Drawn } from './parcels.ts'
import { repackDocument } from './repack.ts'
import { effectOf, overflow } from './result.ts'

/** Bottles of a lot that are sold by themselves from now on, as a SKU of their own; or, the other way round, with the others of their SKU again. */
export interface RelabelCommand {
  readonly kind: 'relabel'
  readonly location: string
  /** what they stand under, and what they are to */
  readonly sku: string
  readonly as: string
  /** only those of this lot */
  readonly lot?: string
  /** absent: all of the lot, or all that are available */
  readonly quantity?: number
  readonly reference?: string
  /** What one of each SKU holds: looked up in the catalogue for whoever asked, and no part of what they said. */
  readonly contents: readonly Contents[]
}

/**
 * Puts bottles of a lot under another SKU that is the same but for its name: a repack that opens nothing, so that an original case stays one. They lie
 * where they lay, and are of the lot they were of. A request: no more than are available.
 */
export function decideRelabel(context: Context, ask: Ask, command: RelabelCommand): Decision {
  const { sku, as, location, lot, reference, contents } = command
  const refusal = unfit(context, command)
  if (refusal) return refusal
  const draft = openDraft(context)
  const level = draftLevel(draft, sku, location)
  const quantity = command.quantity ?? (lot === undefined ? level.available : ofLot(draft, level, lot))
  const few = lotRefusal(draft, level, lot, Math.max(1, quantity))
  if (few) return few
  if (level.available < Math.max(1, quantity)) {
    const requested = Math.max(1, quantity)
    const detail = `Of ${sku} ${requested} were asked for and ${level.available} are available at ${location}.`
    return refuse('insufficient-stock', detail, { lines: [{ sku, requested, available: level.available }] })
  }
  const drawn = draw(draft, level, quantity, { lot })
  move(draft, level, 'available', 'repack', quantity)
  const other = draftLevel(draft, as, location)
  give(draft, other, 'repack', quantity)
  for (const part of drawn) {
    keepLot(draft, ask, sku, as, part)
    put(draft, other, part, part.quantity)
  }
  if (overflowed(draft)) return overflow()
  const lots = lotsOf(drawn)
  const document: DocumentOf<'repack'> = repackDocument(ask, {
    location,
    reference,
    broken: [{ sku, quantity, ...(lot === undefined ? {} : { lot }), lots }],
    built: [{ sku: as, quantity, lots }],
    losses: [],
    contents,
  })
  const closed = closeDraft(draft)
  const answer = { ...documentAnswer(document), ...consequences([], closed.shortfalls) }
  return effectOf(ask, closed, { document, reference, status: 201, answer })
}

/** Makes the lot of some bottles known under the other SKU as it is known under theirs. */
function keepLot(draft: Draft, ask: Ask, sku: string, as: string, { lot }: Drawn): void {
  if (lot === '') return
  // A lot that came in this very batch may not have been read: then this throws, and the command is decided again by itself.
  const { openedAtUs, ...details } = must(lotBy(draft, sku, lot), `lot ${lot} of ${sku}`)
  openLot(draft, ask, as, details, openedAtUs)
}

/** Why bottles cannot change their name so. */
function unfit({ locations, soldLots }: Context, { location, sku, as, lot, contents }: RelabelCommand) {
  if (!locations.has(location)) return refuse('unknown-location', `There is no location ${location}.`)
  const [to, from] = [soldLots.get(as), soldLots.get(sku)]
  const isOffer = to !== undefined && to.of === sku && to.lot === lot
  if (!isOffer && from?.of !== as) {
    return refuse('lot-not-offered', `${as} is no longer sold as a lot of ${sku}: offer it anew.`, { sku, lot })
  }
  const [one, other] = [sku, as].map((name) => contents.find((held) => held.sku === name))
  const isSame = JSON.stringify({ ...one, sku: '' }) === JSON.stringify({ ...other, sku: '' })
  if (isSame) return undefined
  return refuse(
    'invalid-lot-offer',
    `One of ${sku} does not hold what one of ${as} does: they differ in the catalogue.`,
  )
}
