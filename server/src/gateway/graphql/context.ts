import type { CloseCause } from '@cellarhand/protocol/feed'
import DataLoader from 'dataloader'
import type { Caller, Whence } from '../../access/access.ts'
import { formatPosition } from '../../log/log.ts'
import { awaitPosition } from '../reading.ts'
import type { Services } from '../services.ts'
import { problemError } from './errors.ts'
import { wineSource, type SkuSource } from './wine-source.ts'

/** What carries events to whoever follows. */
export interface Carrier {
  /** It is begun anew after so long; undefined: it lasts as long as both sides want. */
  readonly lifetimeMs: number | undefined
  /** Told once that the feed has ended the line, and why. */
  readonly onEnded: (cause: CloseCause) => void
}

/** What the fields of one operation are read with. */
export interface Context {
  readonly services: Services
  readonly caller: Caller
  /** Who is said to do it, where the caller may say so for others. */
  readonly actor: string | undefined
  readonly whence: Whence
  /** What carries events to whoever follows; undefined where nothing is followed. */
  readonly carrier?: Carrier | undefined
  /** SKUs with their wines: however many fields of a level ask, the catalogue is asked once. Made when it is first needed. */
  items?: DataLoader<string, SkuSource | undefined>
}

/** A SKU with its wine; undefined where the catalogue does not know it. */
export function itemOf(context: Context, sku: string): Promise<SkuSource | undefined> {
  context.items ??= new DataLoader((skus) => readItems(context.services, skus))
  return context.items.load(sku)
}

async function readItems(
  { catalogue, replica }: Services,
  skus: readonly string[],
): Promise<(SkuSource | undefined)[]> {
  const { wines, logPosition } = await catalogue.winesOf(skus)
  const position = formatPosition(replica.epoch(), logPosition)
  const sources = wines.flatMap((wine) => wineSource(wine, position).skus)
  const bySku = new Map(sources.map((source) => [source.sku, source]))
  return skus.map((sku) => bySku.get(sku))
}

/** Reads as soon as the position that is asked for can be seen: at once where none is. */
export function readAt<T>(
  { services }: Context,
  { minPosition }: { readonly minPosition?: string | null },
  read: () => T | Promise<T>,
): T | Promise<T> {
  if (minPosition === undefined || minPosition === null) return read()
  return awaitPosition(services, minPosition).then((missed) => {
    if (missed !== undefined) throw problemError(missed.slug, missed.detail)
    return read()
  })
}
