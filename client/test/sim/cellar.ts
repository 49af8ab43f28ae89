import type { AuditEntry } from '@cellarhand/protocol/feed'
import type { GoneOffer, Offer } from '@cellarhand/protocol/offer'

/** What a scripted server does wrong on purpose, to see that it would be noticed. */
export type Flaw = 'cursor-too-high' | 'gone-unsaid' | 'wrong-position' | 'entry-twice' | 'leaver-kept'

export type Told = Offer | GoneOffer | AuditEntry

export const skus = ['A', 'B', 'C', 'D', 'E'] as const
/** What is in it is not known from what changed in the log: nobody goes on with it, all begin it anew. */
export const search = 'search:q=red@web'
export const topics = [...skus.map((sku) => `sku:${sku}@web`), search, 'channel:web', 'audit'] as const

/** What a topic holds, or that it left it; and since when, which is between two positions where only the catalogue has changed. */
interface Held {
  readonly told: Told
  readonly at: number
}

/** A cellar as the feed shows it: for each topic what it holds and what left it. */
export interface Cellar {
  epoch: string
  head: number
  /** Removals from before are not known any more: cursors from then are too old. */
  horizon: number
  readonly contents: Map<string, Map<string, Held>>
  /** Who is told of a change: topic and key. */
  readonly watchers: Set<(topic: string, key: string) => void>
  entries: number
  /** SKUs that the catalogue does not let the search find. */
  readonly unfound: Set<string>
  /** How often the catalogue has changed. */
  revisions: number
}

export function createCellar(): Cellar {
  const cellar: Cellar = {
    epoch: 'aaaaaa',
    head: 0,
    horizon: 0,
    contents: new Map(topics.map((topic) => [topic, new Map()])),
    watchers: new Set(),
    entries: 0,
    unfound: new Set(),
    revisions: 0,
  }
  for (const sku of skus) change(cellar, sku, 5)
  return cellar
}

/** So many of a SKU are there from now on; undefined: it is not offered any more. */
export function change(cellar: Cellar, sku: string, available: number | undefined): void {
  cellar.head += 1
  const position = positionOf(cellar)
  const gone = { sku, channel: 'web', gone: true, position } as const
  const offer = available === undefined ? gone : offerOf(sku, available, position)
  put(cellar, `sku:${sku}@web`, sku, offer)
  put(cellar, 'channel:web', sku, offer)
  put(cellar, search, sku, available === 0 || cellar.unfound.has(sku) ? gone : offer)
  cellar.entries += 1
  const id = `entry-${cellar.entries}`
  put(cellar, 'audit', id, entryOf(id, position))
}

/**
 * The catalogue lets the search find a SKU no more, or does again: the offer is what it was, at the position where it was. What leaves is told of with a position that may be
 * older than the offer's own.
 */
export function recatalogue(cellar: Cellar, sku: string, position: string): void {
  const { unfound, contents } = cellar
  cellar.revisions += 1
  const wasFound = unfound.delete(sku)
  if (!wasFound) unfound.add(sku)
  const offer = contents.get('channel:web')!.get(sku)?.told
  if (!offer || 'gone' in offer || ('available' in offer && offer.available === 0)) return
  put(cellar, search, sku, wasFound ? offer : { sku, channel: 'web', gone: true, position })
}

function put({ contents, watchers, head, revisions }: Cellar, topic: string, key: string, told: Told): void {
  const held = contents.get(topic)!
  // What was never there does not leave.
  if ('gone' in told && (!held.has(key) || 'gone' in held.get(key)!.told)) return
  // In the order in which they became what they are.
  held.delete(key)
  held.set(key, { told, at: head + revisions / 1_000_000 })
  for (const tell of watchers) tell(topic, key)
}

/** Another incarnation of the log, restored from a while ago: other values, smaller numbers. */
export function restore(cellar: Cellar, epoch: string, drawn: (sku: string) => number | undefined): void {
  cellar.epoch = epoch
  cellar.head = 0
  cellar.horizon = 0
  for (const held of cellar.contents.values()) held.clear()
  for (const sku of skus) change(cellar, sku, drawn(sku))
}

export function positionOf({ epoch, head }: Cellar): string {
  return `${epoch}.${head}`
}

/** What a topic holds now, by key. */
export function heldBy(cellar: Cellar, topic: string): Told[] {
  return [...cellar.contents.get(topic)!.values()].flatMap(({ told }) => ('gone' in told ? [] : [told]))
}

function offerOf(sku: string, available: number, position: string): Offer {
  const price = { amountMinor: 1_000, currency: 'EUR', taxIncluded: true, dutyIncluded: true }
  return { sku, channel: 'web', available, held: 0, status: available > 0 ? 'in_stock' : 'sold_out', price, position }
}

function entryOf(id: string, position: string): AuditEntry {
  const at = '2026-01-01T00:00:00.000Z'
  return { id, kind: 'sale', actor: 'till', occurredAt: at, recordedAt: at, movements: [], position }
}
