import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fitMapping } from './columns.ts'
import { loadMapping, parseMapping } from './mapping.ts'
import { readRow, type RowEntry, type RowReader } from './row.ts'

const header =
  'sku,wine,producer,region,colour,style,grapes,vintage,format_ml,pack,packaging,abv,gtin,elabel_url,drink_from,drink_by,price:web'.split(
    ',',
  )
const good = {
  sku: 'KRUG-GC-NV-75',
  wine: 'Grande Cuvée',
  producer: 'Krug',
  region: 'Champagne',
  colour: 'white',
  style: 'sparkling',
  grapes: 'Pinot Noir 45|Chardonnay',
  vintage: 'NV',
  format_ml: '750',
  pack: '1',
  packaging: 'bottle',
  abv: '12.5',
  gtin: '',
  elabel_url: '',
  drink_from: '2024',
  drink_by: '2040',
  'price:web': '199.00',
}

const mapping = await loadMapping('cellarhand')
const reader: RowReader = {
  fitted: fitMapping(mapping, header),
  prices: [
    {
      index: header.length - 1,
      column: 'price:web',
      channel: 'web',
      currency: 'EUR',
      taxIncluded: true,
      dutyIncluded: true,
    },
  ],
  decimal: '.',
}
const read = (changed: Record<string, string>) =>
  readRow(
    reader,
    header.map((column) => ({ ...good, ...changed })[column] ?? ''),
  )

test('a row is a wine, a vintage, a SKU and its prices', () => {
  const [entry] = read({}) as RowEntry[]
  expect(entry).toMatchObject({
    wine: {
      id: expect.stringMatching(/^krug-grande-cuvee-/),
      name: 'Grande Cuvée',
      colour: 'white',
      style: 'sparkling',
    },
    vintage: { vintage: 'NV', abv: 12.5, drinkFrom: 2024 },
    sku: { sku: 'KRUG-GC-NV-75', vintage: 'NV', formatMl: 750, pack: 1, packaging: 'bottle', identifiers: [] },
    prices: [
      { channel: 'web', price: { amountMinor: 19_900, currency: 'EUR', taxIncluded: true, dutyIncluded: true } },
    ],
  })
  expect(entry?.wine.grapes).toEqual([{ name: 'Pinot Noir', percent: 45 }, { name: 'Chardonnay' }])
})

test('what a row does not say stays unsaid', () => {
  const [entry] = read({ producer: '', colour: '', grapes: '', abv: '', 'price:web': '', vintage: '' }) as RowEntry[]
  expect(entry?.wine).toMatchObject({ producer: undefined, colour: undefined, grapes: undefined, country: undefined })
  expect(entry?.vintage).toMatchObject({ vintage: 'NV', abv: undefined, allergens: undefined })
  expect(entry?.prices).toEqual([])
})

test.each([
  ['sku', '', 'is empty'],
  ['sku', 'Krug GC', 'is no SKU code'],
  ['sku', '-1', 'is no SKU code'],
  ['wine', '', 'is empty'],
  ['wine', 'x'.repeat(201), 'is longer than 200'],
  ['wine', 'bell \u0007', 'control character'],
  ['colour', 'purple', 'is none of red, white, rose, orange'],
  ['vintage', '1066', 'is no vintage'],
  ['vintage', 'Øvrige', 'is no vintage'],
  ['format_ml', '0.75', 'is not a whole number'],
  ['format_ml', '1e3', 'is not a whole number'],
  ['pack', '0', 'is not a whole number from 1 to 1000'],
  ['abv', 'strong', 'is no strength'],
  ['abv', '120', 'is no strength'],
  ['abv', '0x10', 'is no strength'],
  ['grapes', 'Merlot 80|Syrah 40', '120 % together'],
  ['gtin', '4006381333932', 'its last digit does not fit'],
  ['elabel_url', 'javascript:alert(1)', 'is no address'],
  ['drink_by', '2020', 'is before the wine is ready'],
  ['price:web', '12,50', 'not an amount'],
  ['price:web', '12.505', '2 decimals'],
  ['price:web', '-1', 'is below zero'],
])('a row whose %s is "%s" is rejected: %s', (column, value, reason) => {
  expect(read({ [column]: value })).toEqual({ column, value, reason: expect.stringContaining(reason) })
})

test('a ragged row is rejected', () => {
  expect(readRow(reader, ['A-1', 'Barolo'])).toMatchObject({ reason: 'has 2 cells, and the first line has 17' })
})

test('a good GTIN and a decimal comma are taken', () => {
  const [entry] = read({ gtin: '4006381333931' }) as RowEntry[]
  expect(entry?.sku.identifiers).toEqual([{ kind: 'gtin', value: '4006381333931' }])
  const cells = header.map((column) => ({ ...good, 'price:web': '12,5' })[column] ?? '')
  expect(readRow({ ...reader, decimal: ',' }, cells)).toMatchObject([{ prices: [{ price: { amountMinor: 1_250 } }] }])
})

test('a row with a list of vintages is a SKU for each, or rejected as a whole', async () => {
  const xwines = await loadMapping('xwines')
  const columns = ['WineID', 'WineName', 'Type', 'Grapes', 'ABV', 'Country', 'RegionName', 'WineryName', 'Vintages']
  const reader: RowReader = { fitted: fitMapping(xwines, columns), prices: [], decimal: '.' }
  const row = ['100', 'Espumante', 'Sparkling', "['Muscat']", '7.5', 'Brazil', 'Serra Gaúcha', 'Casa Perini']
  const entries = readRow(reader, [...row, "[2020, 2019, 'N.V.']"]) as RowEntry[]
  expect(entries.map((entry) => [entry.sku.sku, entry.sku.vintage, entry.sku.formatMl])).toEqual([
    ['100-2020', 2020, 750],
    ['100-2019', 2019, 750],
    ['100-NV', 'NV', 750],
  ])
  expect(entries[0]?.wine).toMatchObject({ colour: undefined, style: 'sparkling' })
  expect(readRow(reader, [...row, '[2020, 1066]'])).toMatchObject({
    column: 'Vintages',
    reason: expect.stringContaining('no vintage'),
  })
})

test("a mapping that reads a column the file does not have lists the file's columns", () => {
  expect(() => fitMapping(mapping, ['code', 'wine', 'vintage', 'format_ml'])).toThrow(
    /reads a column "sku" that the file does not have\. The file's columns are: code, wine, vintage, format_ml\./,
  )
})

const fields = { sku: 'a', wine: 'b', vintage: 'c', formatMl: 'd' }
test.each([
  [{ name: 'x', fields, columns: {} }, '"columns" is not known in a mapping'],
  [{ name: 'x', fields: { ...fields, color: 'e' } }, '"color" is not known in fields'],
  [{ name: 'x', fields: { sku: 'a' } }, 'where "wine" comes from'],
  [{ name: 'x', fields: { ...fields, abv: { column: 'e', do: [{ eval: '1' }] } } }, '"eval" is not known in a step'],
  [{ name: 'x', fields: { ...fields, abv: { column: 'e', const: '1' } } }, 'one of column, const and template'],
  [{ name: 'x', fields: { ...fields, abv: { column: 'e', do: [{ table: 't' }] } } }, 'looks in the table "t"'],
  [{ name: 'x', fields, prices: [{ column: 'p' }] }, 'a price has to have column and channel'],
  [{ name: 'x', fields, encoding: 'ebcdic' }, 'encoding has to be one of'],
  [[], 'has to be an object'],
])('a mapping with something wrong in it is refused with what may stand there: %j', (json, sentence) => {
  expect(() => parseMapping(json)).toThrow(sentence)
})

test('a mapping that does not exist is answered with those that do', async () => {
  await expect(loadMapping('wine')).rejects.toThrow(/There is no mapping wine.*cellarhand, stock, vinmonopolet, xwines/)
})

test('the mapping that the guide shows is one, and reads what it says', () => {
  const guide = readFileSync(new URL('../../../docs/import.md', import.meta.url), 'utf8')
  const mine = parseMapping(JSON.parse(/```json\n([^`]*)```/.exec(guide)?.[1] ?? ''))
  const columns = ['Artikel', 'Bezeichnung', 'Jahrgang', 'Liter', 'Farbe', 'Preis']
  const reader: RowReader = { fitted: fitMapping(mine, columns), prices: [], decimal: mine.decimal }
  expect(readRow(reader, ['A-1', 'Wehlener Sonnenuhr 2019', '2019', '0,75', 'weiß', '24,90'])).toMatchObject([
    {
      wine: { name: 'Wehlener Sonnenuhr', colour: 'white', country: 'Germany' },
      sku: { vintage: 2019, formatMl: 750 },
    },
  ])
})
