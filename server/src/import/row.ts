import type { IdentifierKind, Vintage } from '@cellarhand/protocol/catalogue'
import { parseMajor } from '@cellarhand/protocol/money'
import { AMOUNT_MAX } from '@cellarhand/protocol/primitives'
import { wineId, type SkuEntry, type VintageEntry, type WineEntry } from '../catalogue/catalogue.ts'
import type { Price } from '../stock/stock.ts'
import * as attribute from './attributes.ts'
import type { FittedMapping } from './columns.ts'
import type { CatalogueField } from './mapping.ts'
import { isRefused, withPoint, type Refused, type Value } from './steps.ts'

/** A price of a row, in the channel it is for. */
export interface RowPrice {
  readonly column: string
  readonly channel: string
  readonly price: Price
}

/** One SKU of a row, with all that is said of it. */
export interface RowEntry {
  readonly wine: WineEntry
  readonly vintage: VintageEntry
  readonly sku: SkuEntry
  readonly prices: readonly RowPrice[]
}

/** Why a row is not taken: the column, what stood there, and what is wrong with it. */
export interface RowRejection {
  readonly column: string
  readonly value: string
  readonly reason: string
}

/** A column of prices whose channel and currency are settled. */
export interface PriceColumn {
  readonly index: number
  readonly column: string
  readonly channel: string
  readonly currency: string
  readonly taxIncluded: boolean
  readonly dutyIncluded: boolean
}

/** What a row is read by. */
export interface RowReader {
  readonly fitted: FittedMapping
  readonly prices: readonly PriceColumn[]
  readonly decimal: '.' | ','
}

const formatMlMax = 100_000
const packMax = 1_000
/** A row of several vintages is one SKU for each; more of them than there are years is a mistake. */
const vintagesMax = 400

/** The SKUs of a row: one, or one for each vintage of a list. All of them are taken, or none. */
export function readRow(reader: RowReader, cells: readonly string[]): readonly RowEntry[] | RowRejection {
  const { fitted } = reader
  if (cells.length !== fitted.header.length) {
    const reason = `has ${cells.length} cells, and the first line has ${fitted.header.length}`
    return { column: '', value: cells.join(' '), reason }
  }
  const listed = fitted.read('vintage', cells, '')
  if (isRefused(listed)) return rejection(reader, 'vintage', cells, listed)
  const vintages = typeof listed === 'string' ? [listed] : listed
  if (vintages.length === 0 || vintages.length > vintagesMax) {
    return rejection(reader, 'vintage', cells, { refused: `lists ${vintages.length} vintages` })
  }
  const entries: RowEntry[] = []
  for (const vintage of new Set(vintages)) {
    const entry = readEntry(reader, cells, vintage)
    if ('reason' in entry) return entry
    entries.push(entry)
  }
  return entries
}

function rejection(
  reader: RowReader,
  field: CatalogueField,
  cells: readonly string[],
  { refused }: Refused,
): RowRejection {
  const column = reader.fitted.columnOf(field)
  return { column, value: cells[reader.fitted.header.indexOf(column)] ?? '', reason: refused }
}

/** Takes attributes of a row one after the other, and keeps the first that is refused. */
interface Taker {
  first: RowRejection | undefined
  one<T>(field: CatalogueField, parse: (text: string) => T | Refused): T | undefined
  many<T>(field: CatalogueField, parse: (texts: readonly string[]) => T | Refused): T | undefined
  needed<T>(field: CatalogueField, parse: (text: string) => T | Refused): T
}

function createTaker(reader: RowReader, cells: readonly string[], vintage: string): Taker {
  const read = (field: CatalogueField): Value | Refused =>
    field === 'vintage' ? vintage : reader.fitted.read(field, cells, vintage)
  const taker: Taker = {
    first: undefined,
    one: (field, parse) => {
      const value = read(field)
      return take(field, value, (it) => parse(typeof it === 'string' ? it : it.join(', ')))
    },
    many: (field, parse) => take(field, read(field), (it) => parse(typeof it === 'string' ? [it] : it)),
    needed: (field, parse) => {
      const value = taker.one(field, parse)
      if (value === undefined) taker.first ??= rejection(reader, field, cells, { refused: 'is empty' })
      // Whoever took a rejection throws the whole entry away.
      return value as NonNullable<typeof value>
    },
  }
  function take<T>(field: CatalogueField, value: Value | Refused, parse: (value: Value) => T | Refused): T | undefined {
    if (!isRefused(value) && value.length === 0) return undefined
    const parsed = isRefused(value) ? value : parse(value)
    if (!isRefused(parsed)) return parsed
    taker.first ??= rejection(reader, field, cells, parsed)
    return undefined
  }
  return taker
}

function readEntry(reader: RowReader, cells: readonly string[], vintageText: string): RowEntry | RowRejection {
  const taker = createTaker(reader, cells, vintageText)
  const vintage = taker.needed('vintage', attribute.parseVintage)
  const wine = readWine(taker)
  const entry = {
    wine,
    vintage: readVintage(taker, reader, wine.id, vintage),
    sku: readSku(taker, wine.id, vintage),
    prices: [] as RowPrice[],
  }
  if (taker.first !== undefined) return taker.first
  for (const column of reader.prices) {
    const price = readPrice(column, cells, reader.decimal)
    if (price !== undefined && 'reason' in price) return price
    if (price !== undefined) entry.prices.push(price)
  }
  return entry
}

function readWine(taker: Taker): WineEntry {
  const described = {
    name: taker.needed('wine', attribute.parseName),
    producer: taker.one('producer', attribute.parseText),
    appellation: taker.one('appellation', attribute.parseText),
    region: taker.one('region', attribute.parseText),
    country: taker.one('country', attribute.parseText),
    colour: taker.one('colour', attribute.parseColour),
    style: taker.one('style', attribute.parseStyle),
    grapes: taker.many('grapes', attribute.parseGrapes),
  }
  const { name, producer, region, colour } = described
  const identity = {
    name,
    ...(producer ? { producer } : {}),
    ...(region ? { region } : {}),
    ...(colour ? { colour } : {}),
  }
  return { id: wineId(identity), ...described }
}

function readVintage(taker: Taker, reader: RowReader, wine: string, vintage: Vintage): VintageEntry {
  const drinkFrom = taker.one('drinkFrom', attribute.parseYear)
  const drinkBy = taker.one('drinkBy', (text) => {
    const year = attribute.parseYear(text)
    const isBefore = typeof year === 'number' && drinkFrom !== undefined && year < drinkFrom
    return isBefore ? { refused: `is before the wine is ready, in ${drinkFrom}` } : year
  })
  return {
    wine,
    vintage,
    abv: taker.one('abv', (text) => attribute.parseAbv(withPoint(text, reader.decimal))),
    allergens: taker.many('allergens', attribute.parseList),
    elabelUrl: taker.one('elabelUrl', attribute.parseUrl),
    drinkFrom,
    drinkBy,
  }
}

function readSku(taker: Taker, wine: string, vintage: Vintage): SkuEntry {
  const pack = taker.one('pack', (text) => attribute.parseWhole(text, packMax)) ?? 1
  const identifiers = [
    ...identifiersOf('lwin', taker.one('lwin', attribute.parseLwin)),
    ...identifiersOf('gtin', taker.one('gtin', attribute.parseGtin)),
    ...identifiersOf('supplier', taker.one('supplierCode', attribute.parseText)),
  ]
  return {
    sku: taker.needed('sku', attribute.parseSku),
    wine,
    vintage,
    formatMl: taker.needed('formatMl', (text) => attribute.parseWhole(text, formatMlMax)),
    pack,
    packaging: taker.one('packaging', attribute.parsePackaging) ?? (pack === 1 ? 'bottle' : 'carton'),
    identifiers,
  }
}

const identifiersOf = (kind: IdentifierKind, value: string | undefined): SkuEntry['identifiers'] =>
  value === undefined ? [] : [{ kind, value }]

function readPrice(
  column: PriceColumn,
  cells: readonly string[],
  decimal: '.' | ',',
): RowPrice | RowRejection | undefined {
  const value = cells[column.index]?.trim() ?? ''
  if (value === '') return undefined
  const amountMinor = parseMajor(withPoint(value, decimal), column.currency)
  const reject = (reason: string): RowRejection => ({ column: column.column, value, reason })
  if (typeof amountMinor !== 'number') return reject(amountMinor.refused)
  if (amountMinor < 0) return reject('is below zero')
  if (amountMinor > AMOUNT_MAX) return reject('is larger than any price may be')
  const { channel, currency, taxIncluded, dutyIncluded } = column
  return { column: column.column, channel, price: { amountMinor, currency, taxIncluded, dutyIncluded } }
}
