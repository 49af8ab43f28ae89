import type { Colour, Grape, IdentifierKind, Packaging, Style, Vintage } from '@cellarhand/protocol/catalogue'

/** A wine as a source describes it. What is absent is not known to the source, and leaves what is known. */
export interface WineEntry {
  /** from `wineId` */
  readonly id: string
  readonly name: string
  readonly producer?: string | undefined
  readonly appellation?: string | undefined
  readonly region?: string | undefined
  readonly country?: string | undefined
  readonly colour?: Colour | undefined
  readonly style?: Style | undefined
  readonly grapes?: readonly Grape[] | undefined
}

export interface VintageEntry {
  readonly wine: string
  readonly vintage: Vintage
  /** per cent by volume */
  readonly abv?: number | undefined
  readonly allergens?: readonly string[] | undefined
  readonly elabelUrl?: string | undefined
  /** years */
  readonly drinkFrom?: number | undefined
  readonly drinkBy?: number | undefined
}

export interface SkuEntry {
  readonly sku: string
  readonly wine: string
  readonly vintage: Vintage
  readonly formatMl: number
  /** bottles it holds */
  readonly pack: number
  readonly packaging: Packaging
  /** of each kind that is named, these are the SKU's values in place of those known before */
  readonly identifiers: readonly { readonly kind: IdentifierKind; readonly value: string }[]
}

/** Some of a catalogue, in one transaction. A SKU's wine and vintage are in it or known already. */
export interface Entries {
  readonly wines: readonly WineEntry[]
  readonly vintages: readonly VintageEntry[]
  readonly skus: readonly SkuEntry[]
}

/** What became of the SKUs of some entries; `position` is the log's where something changed. */
export interface Upserted {
  readonly added: number
  readonly changed: number
  readonly unchanged: number
  readonly position?: number
}

/** A vintage as its column keeps it: 0 for NV. */
export const vintageNumber = (vintage: Vintage): number => (vintage === 'NV' ? 0 : vintage)

/** The reverse of `vintageNumber`. */
export const vintageOf = (number: number): Vintage => (number === 0 ? 'NV' : number)
