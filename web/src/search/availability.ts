import type { Offer } from '@cellarhand/protocol/offer'

type Tone = 'in' | 'low' | 'out' | 'quiet'

/** What is said of an offer: the word with how many there are, how many others hold, how many are held by the reader; '' for none. */
export interface Availability {
  readonly tone: Tone
  readonly word: string
  readonly others: string
  readonly own: string
}

/** Bottles, or cases where a SKU is a case. */
export function units(count: number, pack: number): string {
  const unit = pack === 1 ? 'bottle' : 'case'
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/**
 * Words for an offer, as its reader sees it. `own` is how many of the held ones are the reader's: an own hold is never told as
 * somebody else's, so a wine whose last bottles one holds is not "all held" but one's own. Pure, given the time.
 */
export function availabilityOf(offer: Offer, ownQuantity: number, now = new Date()): Availability {
  const heldByOthers = Math.max(0, offer.held - ownQuantity)
  const own = ownQuantity > 0 ? `${ownQuantity} held by you` : ''
  const others = heldByOthers > 0 ? `${heldByOthers} held, may return` : ''
  switch (offer.status) {
    case 'in_stock':
      return { tone: 'in', word: `In stock: ${countOf(offer)}`, others, own }
    case 'low':
      return { tone: 'low', word: `Low: ${countOf(offer)} left`, others, own }
    case 'all_held':
      if (others === '' && own !== '') return { tone: 'in', word: 'The last are yours', others, own }
      return { tone: 'low', word: 'All held', others, own }
    case 'sold_out':
      return { tone: 'out', word: 'Sold out', others, own }
    case 'coming':
      return { tone: 'quiet', word: comingWord(offer.expectedAt, now), others, own }
  }
}

const dayOf = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long' })
const dayOfYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' })

/** "Coming 12 March", with the year where it is not this one's. A date that has passed without the bottles is not told any more. */
function comingWord(expectedAt: string | undefined, now: Date): string {
  if (expectedAt === undefined) return 'Coming'
  const day = new Date(expectedAt)
  if (day < now) return 'Coming'
  return `Coming ${(day.getFullYear() === now.getFullYear() ? dayOf : dayOfYear).format(day)}`
}

/** The count as shown: "24+" where there are more than the channel shows. */
function countOf(offer: Pick<Offer, 'available' | 'capped'>): string {
  return offer.capped ? `${offer.available}+` : String(offer.available)
}

/** Why nothing can be held of it now: '' where its status says it already, undefined where something can. */
export function whyNotHold(offer: Offer, own: number): string | undefined {
  if (offer.available > 0) return undefined
  switch (offer.status) {
    case 'all_held':
      return own > 0 && own >= offer.held ? 'Nothing more to hold' : 'In other baskets for now'
    case 'coming':
      return 'Not here yet'
    default:
      return ''
  }
}
