import type { Offer } from '@cellarhand/protocol/offer'

type Tone = 'in' | 'low' | 'out' | 'quiet'

/** What is said of an offer: the word with how many there are, how many others hold, how many are held by the reader; '' for none. */
export interface Availability {
  readonly tone: Tone
  readonly word: string
  readonly others: string
  readonly own: string
}

/** What one of a SKU is called. */
export type Unit = 'bottle' | 'case' | 'set'

/** So many of a SKU. */
export function units(count: number, unit: Unit): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** How many of a SKU the reader has in holds: of those that are there, and of those that are expected. */
export interface Own {
  readonly held: number
  readonly reserved: number
}

/**
 * Words for an offer, as its reader sees it. An own hold is never told as somebody else's, so a wine whose last bottles one holds is not "all held"
 * but one's own. Pure, given the time.
 */
export function availabilityOf(offer: Offer, mine: Own, now = new Date()): Availability {
  const heldByOthers = Math.max(0, offer.held - mine.held)
  const own = ownWords(mine)
  const others = heldByOthers > 0 ? `${heldByOthers} held, may return` : ''
  switch (offer.status) {
    case 'in_stock':
      return { tone: 'in', word: `In stock: ${countOf(offer)}`, others, own }
    case 'low':
      return { tone: 'low', word: `Low: ${countOf(offer)} left`, others, own }
    case 'all_held':
      // Of a set nothing is held but what it is made of: nobody knows whose that is.
      if (mine.held > 0 && mine.held === offer.held) return { tone: 'in', word: 'The last are yours', others, own }
      return { tone: 'low', word: 'All held', others, own }
    case 'sold_out':
      return { tone: 'out', word: 'Sold out', others, own }
    case 'coming':
      return { tone: 'quiet', word: expectedWords(offer.expectedAt, now), others, own }
  }
}

function ownWords({ held, reserved }: Own): string {
  if (reserved === 0) return held > 0 ? `${held} held by you` : ''
  return `${held > 0 ? `${held} held, ` : ''}${reserved} reserved by you`
}

const dayOf = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long' })
const monthOf = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric' })
/** So far ahead a day says nothing, and a month needs its year, ms. */
const FAR_MS = 330 * 86_400_000

/** "Expected 12 March", and "Expected Mar 2028" of what is far ahead. A date that has passed without the bottles is not told any more. Pure, given the time. */
export function expectedWords(expectedAt: string | undefined, now = new Date()): string {
  if (expectedAt === undefined) return 'Expected'
  const day = new Date(expectedAt)
  if (day < now) return 'Expected'
  return `Expected ${(day.getTime() - now.getTime() < FAR_MS ? dayOf : monthOf).format(day)}`
}

/** The count as shown: "24+" where there are more than the channel shows. */
function countOf(offer: Pick<Offer, 'available' | 'capped'>): string {
  return offer.capped ? `${offer.available}+` : String(offer.available)
}

/**
 * Why nothing can be held of it now: '' where its status says it already, undefined where something can. What is expected can be reserved, but not a
 * set: some of it may be there already.
 */
export function whyNotHold(offer: Offer, unit: Unit, own: number): string | undefined {
  if (offer.available > 0) return undefined
  switch (offer.status) {
    case 'all_held':
      return own > 0 && own >= offer.held ? 'Nothing more to hold' : 'In other baskets for now'
    case 'coming':
      return unit === 'set' ? 'Not here yet' : undefined
    default:
      return ''
  }
}
