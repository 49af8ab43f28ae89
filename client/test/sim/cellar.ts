import type { AuditEntry } from '@cellarhand/protocol/feed'
import type { GoneOffer, Offer } from '@cellarhand/protocol/offer'

/** What a scripted server does wrong on purpose, to see that it would be noticed. */
export type Flaw = 'cursor-too-high' | 'gone-unsaid' | 'wrong-position' | 'entry-twice'

export type Told = Offer | GoneOffer | AuditEntry

export const skus = ['A', 'B', 'C', 'D', 'E'] as const
export const topics = [...skus.map((sku) => `sku:${sku}@web`), 'search:q=red@web', 'channel:web', 'audit'] as const

/** A cellar as the feed shows it: for each topic what it holds and what left it, each with the position since when. */
export interface Cellar {
  epoch: string
  head: number
  /** Removals from before are not known any more: cursors from then are too old. */
  horizon: number
  readonly contents: Map<string, Map<string, Told>>
  /** Who is told of a change: topic and key. */
  readonly watchers: Set<(topic: string, key: string) => void>
  entries: number
}

export function createCellar(): Cellar {
  const cellar: Cellar = {
    epoch: 'aaaaaa',
    head: 0,
    horizon: 0,
    contents: new Map(topics.map((topic) => [topic, new Map()])),
    watchers: new Set(),
    entries: 0,
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
  put(cellar, 'search:q=red@web', sku, available === 0 ? gone : offer)
  cellar.entries += 1
  const id = `entry-${cellar.entries}`
  put(cellar, 'audit', id, entryOf(id, position))
}

function put({ contents, watchers }: Cellar, topic: string, key: string, told: Told): void {
  const held = contents.get(topic)!
  // What was never there does not leave.
  if ('gone' in told && !held.has(key)) return
  // In the order in which they became what they are.
  held.delete(key)
  held.set(key, told)
  for (const tell of [...watchers]) tell(topic, key)
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
  return [...cellar.contents.get(topic)!.values()].filter((told) => !('gone' in told))
}

function offerOf(sku: string, available: number, position: string): Offer {
  const price = { amountMinor: 1_000, currency: 'EUR', taxIncluded: true, dutyIncluded: true }
  return { sku, channel: 'web', available, held: 0, status: available > 0 ? 'in_stock' : 'sold_out', price, position }
}

function entryOf(id: string, position: string): AuditEntry {
  const at = '2026-01-01T00:00:00.000Z'
  return { id, kind: 'sale', actor: 'till', occurredAt: at, recordedAt: at, movements: [], position }
}
