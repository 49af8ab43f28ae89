export type Place = 'shop' | 'warehouse' | 'bond'

/**
 * What a hand believes of one SKU at one place, so that what it asks for makes sense. It is never told what the server has, so that a year follows
 * from its seed alone; where somebody's carelessness has revoked a hold it is a little wrong, as people are.
 */
export interface Shelf {
  readonly sku: string
  readonly place: Place
  /** Bottles by facts, up to the day it is: what a count of that day finds. */
  facts: number
  /** Bottles by requests, which happen when they are asked for and so after every day of the year. */
  requests: number
  /** Held, committed, allotted and in quarantine. */
  claimed: number
  allotted: number
  quarantined: number
  countedAtMs: number
  /** The newest lot that came. */
  lot: string | undefined
}

export interface Shelves {
  at(sku: string, place: Place): Shelf
}

export function createShelves(): Shelves {
  const shelves = new Map<string, Shelf>()
  return {
    at: (sku, place) => {
      const key = `${sku}@${place}`
      const known = shelves.get(key)
      if (known) return known
      const none = { facts: 0, requests: 0, claimed: 0, allotted: 0, quarantined: 0, countedAtMs: 0, lot: undefined }
      const shelf: Shelf = { sku, place, ...none }
      shelves.set(key, shelf)
      return shelf
    },
  }
}

/** Bottles that may be asked for. */
export const free = ({ facts, requests, claimed }: Shelf): number => Math.max(0, facts + requests - claimed)

/** Bottles came or went at a moment. A count since then has seen it. */
export function happened(shelf: Shelf, atMs: number, bottles: number): void {
  if (atMs > shelf.countedAtMs) shelf.facts += bottles
}
