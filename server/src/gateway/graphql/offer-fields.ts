import type { Offer } from '@cellarhand/protocol/offer'
import type { OfferPage, Replica } from '../../replica/replica.ts'
import { connectionOf, limitOf, readCursor, writeCursor, type PageArgs } from './connection.ts'
import { itemOf, readAt, type Context } from './context.ts'
import { problemError } from './errors.ts'

/** SKUs one read of offers may list, as in REST. */
const SKUS_MAX = 500

interface OfferArgs {
  readonly sku: string
  readonly channel: string
  readonly minPosition?: string | null
}

interface OffersArgs extends PageArgs {
  readonly channel: string
  readonly skus?: readonly string[] | null
}

function readOffers(context: Context, { channel, skus, ...page }: OffersArgs) {
  const { replica } = context.services
  const limit = limitOf(page)
  const after = readCursor('offer', page)
  if (skus && skus.length > SKUS_MAX) throw problemError('invalid-request', `skus may list ${SKUS_MAX} codes at most.`)
  return readAt(context, page, () => {
    if (!replica.hasChannel(channel)) throw problemError('unknown-channel', `There is no channel ${channel}.`)
    const position = replica.position()
    const { items: nodes, next } = pageOf(replica, { channel, skus: skus ?? undefined, after, limit })
    const cursors = nodes.map(({ sku }) => writeCursor('offer', sku))
    // A page may be short and not the last: it is gone on from where it ended.
    if (next !== undefined && cursors.length > 0) cursors[cursors.length - 1] = writeCursor('offer', next)
    return connectionOf({ nodes, cursors, hasNextPage: next !== undefined, position })
  })
}

/** A page that is empty and not the last has nothing to go on from: the next is read in its place. */
function pageOf(replica: Replica, query: Parameters<Replica['offers']>[0]): OfferPage {
  let page = replica.offers(query)
  while (page.items.length === 0 && page.next !== undefined) page = replica.offers({ ...query, after: page.next })
  return page
}

/** What an offer, a line or a level is of. */
const item = ({ sku }: { readonly sku: string }, _args: unknown, context: Context) => itemOf(context, sku)

/** Offers, where they are sold, and what they are of. */
export const offerFields = {
  Query: {
    offer: (_root: unknown, args: OfferArgs, context: Context) =>
      readAt(context, args, () => context.services.replica.offer(args.sku, args.channel)),
    offers: (_root: unknown, args: OffersArgs, context: Context) => readOffers(context, args),
    channels: (_root: unknown, args: PageArgs, context: Context) =>
      readAt(context, args, () => {
        const { replica } = context.services
        return { nodes: replica.settings().channels, position: replica.position() }
      }),
    locations: (_root: unknown, args: PageArgs, context: Context) =>
      readAt(context, args, () => {
        const { replica } = context.services
        return { nodes: replica.settings().locations, position: replica.position() }
      }),
  },
  Offer: { capped: ({ capped }: Offer) => capped === true, item },
  HoldLine: { item },
  OrderLine: { item },
  Level: { item },
}
