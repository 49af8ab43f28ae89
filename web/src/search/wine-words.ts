import type { CatalogueSku, Part, Wine } from '@cellarhand/protocol/catalogue'
import type { Unit } from './availability.ts'

/** Where it comes from, nearest first, without saying the same twice. */
export function originOf(wine: Wine): string {
  const parts = [wine.appellation, wine.region, wine.country].filter((part) => part !== undefined && part !== '')
  return parts.filter((part, index) => parts.indexOf(part) === index).join(', ')
}

/** Grapes as a label says them: shares where they are known. */
export function grapesOf(wine: Wine): string {
  return wine.grapes.map((grape) => (grape.percent ? `${grape.name} ${grape.percent}%` : grape.name)).join(', ')
}

/** The wine in one breath: producer and name, unless the name begins with the producer. */
export function titleOf(wine: Pick<Wine, 'producer' | 'name'>): string {
  if (!wine.producer || wine.name.toLowerCase().startsWith(wine.producer.toLowerCase())) return wine.name
  return `${wine.producer} ${wine.name}`
}

/** What one of it is called. A mixed case is a case, which somebody has packed. */
export function unitOf({ pack, madeOf }: Pick<CatalogueSku, 'pack' | 'madeOf'>): Unit {
  if (madeOf?.kind === 'bundle') return 'set'
  return pack === 1 ? 'bottle' : 'case'
}

/** What is in a set or a mixed case: "2 × Dr. Loosen Dr. L Riesling 2023". */
export function partWords({ quantity, producer, wine, vintage, formatMl, pack }: Part): string {
  const size = formatMl === 750 ? '' : `, ${volumeOf(formatMl)}`
  return `${quantity} × ${titleOf({ ...(producer === undefined ? {} : { producer }), name: wine })} ${vintage}${size}${pack === 1 ? '' : `, case of ${pack}`}`
}

/** A SKU among its wine's others: vintage, size, pack; of what is made of others, how many bottles. */
export function skuTitle(
  sku: Pick<CatalogueSku, 'vintage' | 'formatMl' | 'formatName' | 'pack' | 'packaging' | 'madeOf' | 'lot'>,
): string {
  if (sku.madeOf) return `of ${sku.pack} bottles`
  const size = sku.formatMl === 750 && sku.pack === 1 ? '' : ` ${sku.formatName}`
  const pack = sku.pack === 1 ? '' : `, ${packOf(sku)}`
  const lot = sku.lot === undefined ? '' : `, lot ${sku.lot.lot}`
  return `${sku.vintage}${size}${pack}${lot}`
}

/** What is known of a lot that is sold by itself, a line each. */
export function lotWords({ condition, provenance, drinkBy }: NonNullable<CatalogueSku['lot']>): readonly string[] {
  const years = drinkBy === undefined ? undefined : `drink by ${drinkBy}`
  return [condition, provenance, years].filter((words) => words !== undefined)
}

/** The bottle's size: its name and its volume, or the volume alone where it has no name. */
export function sizeOf({ formatName, formatMl }: Pick<CatalogueSku, 'formatName' | 'formatMl'>): string {
  const volume = volumeOf(formatMl)
  return formatName === volume ? volume : `${formatName}, ${volume}`
}

/** The bottle's volume in litres or centilitres, as labels give it. */
function volumeOf(formatMl: number): string {
  return formatMl >= 1_000 ? `${formatMl / 1_000} l` : `${formatMl / 10} cl`
}

const packagings = { bottle: '', OWC: 'wooden case', OCB: 'original carton', carton: 'carton' } as const

/** The pack and what it comes in: "wooden case of 6", "in wooden case", "case of 12". */
export function packOf({ pack, packaging }: Pick<CatalogueSku, 'pack' | 'packaging'>): string {
  const box = packagings[packaging]
  if (pack === 1) return box === '' ? 'single bottle' : `in ${box}`
  return box === '' ? `case of ${pack}` : `${box} of ${pack}`
}

/** A wine's SKUs in reading order: newest vintage first, NV before all, then by size, then by pack; a lot that is sold by itself after the others. */
export function inOrder(skus: readonly CatalogueSku[]): readonly CatalogueSku[] {
  const lotOf = (sku: CatalogueSku) => Number(sku.lot !== undefined)
  const year = (sku: CatalogueSku) => (sku.vintage === 'NV' ? Number.POSITIVE_INFINITY : sku.vintage)
  const compareYears = (a: CatalogueSku, b: CatalogueSku) => (year(a) === year(b) ? 0 : year(b) > year(a) ? 1 : -1)
  return skus.toSorted(
    (a, b) => compareYears(a, b) || a.formatMl - b.formatMl || a.pack - b.pack || lotOf(a) - lotOf(b),
  )
}
