import type { Wine } from '@cellarhand/protocol/catalogue'
import type { Level } from '@cellarhand/protocol/stock'
import type { Api } from './api.ts'

/** Where this merchant's bottles stand, as far as there are such places. */
export interface Places {
  readonly shop: string
  readonly warehouse: string | undefined
  readonly bonded: string | undefined
  /** Where there is no bar, bottles are opened in the shop. */
  readonly bar: string
}

/** A hold that its customer has still to make up their mind about. */
export interface Cart {
  readonly id: string
  readonly bottles: number
  readonly what: string
  /** Its customer comes to the shop for it. */
  readonly collected?: true
}

/** What all actors know and share. */
export interface Merchant {
  readonly api: Api
  readonly random: () => number
  readonly nowMs: () => number
  readonly places: Places
  readonly carts: Cart[]
  /** Commitments that are to be shipped, and are no orders: those of the club. */
  readonly sold: string[]
  /** From 1. */
  day: number
  /** Levels of a place as they were this morning, or this evening: good enough to choose from, and refused where they are not. */
  readonly levels: (place: string) => Promise<readonly Level[]>
  /** A level as it is now. */
  readonly level: (sku: string, place: string) => Promise<Level | undefined>
  /** All that is in the catalogue, as it was when it was first asked for. */
  readonly wines: () => Promise<readonly Wine[]>
  /** Forgets what was read of levels. */
  readonly lookAnew: () => void
}

/** Carts and orders that are remembered: what nobody comes back to is forgotten, and its hold lapses. */
const REMEMBERED_MOST = 200

export function openMerchant(api: Api, door: Pick<Merchant, 'random' | 'nowMs' | 'places'>): Merchant {
  let known = new Map<string, Promise<readonly Level[]>>()
  let catalogue: readonly Wine[] | undefined
  return {
    api,
    ...door,
    carts: [],
    sold: [],
    day: 0,
    levels: (place) => {
      const levels = known.get(place) ?? api.list<Level>(`/v1/stock?location=${place}`)
      known.set(place, levels)
      return levels
    },
    level: async (sku, place) => (await api.list<Level>(`/v1/stock?sku=${sku}&location=${place}`))[0],
    wines: async () => (catalogue ??= await api.list<Wine>('/v1/wines')),
    lookAnew: () => {
      known = new Map()
    },
  }
}

/** Keeps for later, and forgets the oldest. */
export function remember<T>(list: T[], one: T): void {
  list.push(one)
  if (list.length > REMEMBERED_MOST) list.shift()
}

interface Location {
  readonly id: string
  readonly kind: string
  readonly duty: string
}

/** The merchant's places, by what kind of place each is; undefined where nothing is sold from. */
export async function findPlaces(api: Api): Promise<Places | undefined> {
  const { items = [] } = (await api.one<{ items: Location[] }>('/v1/locations')) ?? {}
  const paid = items.filter(({ duty }) => duty === 'paid')
  const ofKind = (kind: string) => paid.find((location) => location.kind === kind)?.id
  const shop = ofKind('shop') ?? paid[0]?.id
  if (shop === undefined) return undefined
  return {
    shop,
    warehouse: ofKind('warehouse'),
    bonded: items.find(({ duty }) => duty === 'in_bond')?.id,
    bar: ofKind('bar') ?? shop,
  }
}

/** Levels that bottles can be sold from. */
export function withStock(levels: readonly Level[], least = 1): Level[] {
  return levels.filter(({ available }) => available >= least)
}

export function bottlesOf(lines: readonly { readonly quantity: number }[]): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0)
}
