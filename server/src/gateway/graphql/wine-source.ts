import type { CatalogueSku, Wine } from '@cellarhand/protocol/catalogue'

/** A wine as the fields of its type read it: vintages and SKUs know their wine, and each other. */
export interface WineSource extends Omit<Wine, 'skus'> {
  readonly position: string
  readonly skus: SkuSource[]
  readonly vintages: VintageSource[]
}

export interface SkuSource extends Omit<CatalogueSku, 'vintage'> {
  readonly wine: WineSource
  readonly vintage: VintageSource
}

/** A vintage with what its SKUs have alike. */
export interface VintageSource extends Pick<CatalogueSku, 'abv' | 'allergens' | 'elabelUrl' | 'drinkFrom' | 'drinkBy'> {
  readonly year: number | undefined
  readonly name: string
  readonly wine: WineSource
  readonly skus: SkuSource[]
}

/** @param position where in the one order it was read */
export function wineSource(wine: Wine, position: string): WineSource {
  const source: WineSource = { ...wine, position, skus: [], vintages: [] }
  for (const sku of wine.skus) {
    const vintage = vintageFor(source, sku)
    const bottle: SkuSource = { ...sku, wine: source, vintage }
    vintage.skus.push(bottle)
    source.skus.push(bottle)
  }
  return source
}

function vintageFor(wine: WineSource, sku: CatalogueSku): VintageSource {
  const name = String(sku.vintage)
  const known = wine.vintages.find((vintage) => vintage.name === name)
  if (known) return known
  const { abv, allergens, elabelUrl, drinkFrom, drinkBy } = sku
  const year = sku.vintage === 'NV' ? undefined : sku.vintage
  const vintage: VintageSource = { abv, allergens, elabelUrl, drinkFrom, drinkBy, year, name, wine, skus: [] }
  wine.vintages.push(vintage)
  return vintage
}
