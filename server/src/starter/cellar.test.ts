import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'

const folder = new URL('../../starter/', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8')

type Row = Readonly<Record<string, string>>
const rowsOf = (name: string): Row[] => parse(read(name), { columns: true })
const cell = (row: Row, column: string): string => row[column] ?? `no column ${column}`

const number = (row: Row, column: string): number => Number(cell(row, column))

interface Cellar {
  readonly locations: readonly { readonly id: string; readonly duty: string }[]
  readonly channels: readonly { readonly id: string; readonly duty: string; readonly locations: readonly string[] }[]
}

const header =
  'sku,producer,wine,appellation,region,country,colour,style,grapes,vintage,format_ml,pack,packaging,abv,allergens,elabel_url,lwin,gtin,' +
  'supplier_code,drink_from,drink_by,price:web,price:shop,price:bond'

const required = (
  'sku,producer,wine,appellation,region,country,colour,style,grapes,vintage,format_ml,pack,packaging,abv,allergens,drink_from,drink_by,' +
  'price:web,price:shop'
).split(',')

/** The newest vintage that can be on a shelf: these prices are of the end of 2025. */
const newestVintage = 2025
/** What is older would be a museum piece; the oldest here are Madeiras. */
const oldestVintage = 1970
const formats = ['375', '500', '620', '750', '1000', '1500', '3000', '4500', '5000', '6000']
/** Free-run Tokaji Essencia hardly ferments; Palo Cortado of great age reaches 22. */
const abvBounds = { least: 2.5, most: 22.5 }

const regions =
  `Bordeaux, Burgundy, Beaujolais, Champagne, Alsace, Loire, Rhône, Provence, Languedoc-Roussillon, Jura, Savoie,
  South-West France, Piedmont, Tuscany, Veneto, Friuli-Venezia Giulia, Alto Adige, Campania, Sicily, Rioja, Ribera del Duero, Priorat,
  Rías Baixas, Jerez, Cava, Port, Douro, Dão, Bairrada, Madeira, Vinho Verde, Mosel, Rheingau, Pfalz, Nahe, Rheinhessen, Franken, Baden,
  Wachau, Kamptal, Burgenland, Steiermark, Tokaj, Santorini, Naoussa, Sussex, Bekaa Valley, Kakheti, Napa Valley, Sonoma,
  Santa Cruz Mountains, Paso Robles, Oregon, Washington, Mendoza, Maipo Valley, Maldonado, Stellenbosch, Swartland, Barossa Valley,
  Clare Valley, Eden Valley, McLaren Vale, Yarra Valley, Margaret River, Tasmania, Hunter Valley, Marlborough, Central Otago,
  Hawke's Bay, Yamanashi`.split(/,\s+/)

/** Both banks, and the parts of Burgundy, are told apart by appellation. */
const appellations =
  `Pauillac, Margaux, Pessac-Léognan, Pomerol, Saint-Émilion Grand Cru, Sauternes, Barsac, Chablis, Gevrey-Chambertin,
  Meursault, Pouilly-Fuissé, Hermitage, Châteauneuf-du-Pape, Barolo, Brunello di Montalcino, Franciacorta`.split(/,\s+/)

/** Spellings for which the README has another name: a search for a grape finds all of it. */
const otherNames = new Set(
  `Alvarinho, Cariñena, Mazuelo, Carignano, Garnacha, Macabeu, Viura, Côt, Jaen, Monastrell, Mataro, Moscato Bianco, Muscat de Frontignan,
  Sárgamuskotály, Zibibbo, Spätburgunder, Grauburgunder, Weissburgunder, Pinot Grigio, Pinot Bianco, Pinot Nero, Ploussard, Rebula,
  Nielluccio, Prugnolo Gentile, Sylvaner, Shiraz, Tinto Fino, Tinta Roriz, Aragonez, Tinta Amarela, Rolle, Gewürztraminer,
  Semillon`.split(/,\s+/),
)

const wines = rowsOf('wines.csv')
const stock = rowsOf('stock.csv')
const cellar = JSON.parse(read('cellar.json')) as Cellar
const skus = new Map(wines.map((row) => [cell(row, 'sku'), row]))

/** The SKUs of the rows that break a rule: an empty list, or their names in the failure. */
const breaking = (rule: (row: Row) => boolean): string[] =>
  wines.filter((row) => !rule(row)).map((row) => cell(row, 'sku'))

/** Keys under which rows do not agree on a column, with what they say. */
function disagreements(key: readonly string[], columns: readonly string[]): string[] {
  const said = new Map<string, string>()
  return wines.flatMap((row) => {
    const id = key.map((column) => cell(row, column)).join(', ')
    const saying = columns.map((column) => cell(row, column)).join(', ')
    const before = said.get(id) ?? saying
    said.set(id, before)
    return before === saying ? [] : [`${id}: ${before} and ${saying}`]
  })
}

function doubles(of: readonly string[]): string[] {
  const seen = new Set<string>()
  return of.filter((text) => seen.size === seen.add(text).size)
}

const isPrice = (text: string): boolean => /^[1-9]\d*\.\d\d$/.test(text)
const isWhole = (text: string): boolean => /^(0|[1-9]\d*)$/.test(text)

function grapesOf(row: Row): { name: string; percent: number }[] {
  return cell(row, 'grapes')
    .split('|')
    .map((text) => {
      const match = /^(.+?)(?: (\d+))?$/.exec(text)
      return { name: match?.[1] ?? '', percent: Number(match?.[2] ?? 0) }
    })
}

describe('the starter cellar', () => {
  test('has the columns that the importer maps, in UTF-8 with LF and without a byte order mark', () => {
    const text = read('wines.csv')
    expect(text.split('\n', 1)[0]).toBe(header)
    expect(read('stock.csv').split('\n', 1)[0]).toBe('sku,location,quantity')
    for (const part of [text, read('stock.csv')]) expect(/[\r\uFEFF\uFFFD]|Ã/.test(part)).toBe(false)
    expect(text).toBe(text.normalize('NFC'))
  })

  test('has at least 300 wines in 600 SKUs', () => {
    expect(new Set(wines.map((row) => `${cell(row, 'producer')}, ${cell(row, 'wine')}`)).size).toBeGreaterThanOrEqual(
      300,
    )
    expect(wines.length).toBeGreaterThanOrEqual(600)
  })

  test('has as many wines and SKUs as its README says', () => {
    const count = new Set(wines.map((row) => `${cell(row, 'producer')}, ${cell(row, 'wine')}`)).size
    const readme = read('README.md').replace(/\s+/g, ' ')
    expect(readme).toContain(`${count} wines of the classic regions in ${wines.length.toLocaleString('en-US')} SKUs`)
  })

  test('has wines of every classic region', () => {
    const there = new Set(wines.map((row) => cell(row, 'region')))
    const known = new Set(wines.map((row) => cell(row, 'appellation')))
    expect(regions.filter((region) => !there.has(region))).toEqual([])
    expect(appellations.filter((appellation) => !known.has(appellation))).toEqual([])
  })

  test('has formats from demi to Jeroboam and beyond, and cases', () => {
    expect([...new Set(wines.map((row) => cell(row, 'format_ml')))].toSorted((a, b) => Number(a) - Number(b))).toEqual(
      formats,
    )
    expect([...new Set(wines.map((row) => cell(row, 'pack')))].toSorted((a, b) => Number(a) - Number(b))).toEqual([
      '1',
      '3',
      '6',
      '12',
    ])
    expect([...new Set(wines.map((row) => cell(row, 'packaging')))].toSorted()).toEqual([
      'OCB',
      'OWC',
      'bottle',
      'carton',
    ])
    expect(breaking((row) => cell(row, 'packaging') !== 'bottle' || cell(row, 'pack') === '1')).toEqual([])
  })

  test('is sorted by country, region and producer, as a person would', () => {
    const { compare } = new Intl.Collator('en', { sensitivity: 'base' })
    const unsorted = wines.filter((row, at) => {
      const above = wines[at - 1] ?? row
      const order = ['country', 'region', 'producer'].map((column) => compare(cell(above, column), cell(row, column)))
      return (order.find((each) => each !== 0) ?? 0) > 0
    })
    expect(unsorted.map((row) => cell(row, 'sku'))).toEqual([])
  })
})

describe('a SKU of the starter cellar', () => {
  test('has a code of its own that names its vintage, format and pack', () => {
    expect(doubles(wines.map((row) => cell(row, 'sku')))).toEqual([])
    const suffix = (row: Row): string => {
      const pack = cell(row, 'pack')
      return `-${cell(row, 'vintage')}-${Math.floor(number(row, 'format_ml') / 10)}${pack === '1' ? '' : `X${pack}`}`
    }
    expect(
      breaking((row) => /^[A-Z0-9-]{1,40}$/.test(cell(row, 'sku')) && cell(row, 'sku').endsWith(suffix(row))),
    ).toEqual([])
  })

  test('is the only one of its wine, vintage, format and pack', () => {
    const columns = ['producer', 'wine', 'vintage', 'format_ml', 'pack']
    expect(doubles(wines.map((row) => columns.map((column) => cell(row, column)).join(', ')))).toEqual([])
  })

  test('leaves nothing out that is needed, and invents no identifier', () => {
    expect(breaking((row) => required.every((column) => cell(row, column).trim() !== ''))).toEqual([])
    expect(
      breaking((row) => ['elabel_url', 'lwin', 'gtin', 'supplier_code'].every((column) => row[column] === '')),
    ).toEqual([])
    expect(breaking((row) => Object.values(row).every((value) => value === value.trim()))).toEqual([])
  })

  test('says of its wine and of its vintage what its neighbours say', () => {
    expect(
      disagreements(['producer', 'wine'], ['appellation', 'region', 'country', 'colour', 'style', 'grapes']),
    ).toEqual([])
    expect(disagreements(['producer', 'wine', 'vintage'], ['abv', 'allergens', 'drink_from', 'drink_by'])).toEqual([])
  })

  test('has a colour, a style and allergens that are known', () => {
    expect(breaking((row) => ['red', 'white', 'rose', 'orange'].includes(cell(row, 'colour')))).toEqual([])
    expect(breaking((row) => ['still', 'sparkling', 'fortified', 'sweet'].includes(cell(row, 'style')))).toEqual([])
    expect(breaking((row) => /^sulphites(\|egg)?(\|milk)?$/.test(cell(row, 'allergens')))).toEqual([])
  })

  test('names each grape once, by one name, with shares of at most 100 per cent', () => {
    expect(breaking((row) => grapesOf(row).every(({ name }) => /^\p{Lu}[\p{L}·' ]+$/u.test(name)))).toEqual([])
    expect(breaking((row) => doubles(grapesOf(row).map(({ name }) => name)).length === 0)).toEqual([])
    expect(breaking((row) => grapesOf(row).every(({ name }) => !otherNames.has(name)))).toEqual([])
    expect(breaking((row) => grapesOf(row).reduce((sum, { percent }) => sum + percent, 0) <= 100)).toEqual([])
  })

  test('has a vintage that can be on a shelf, or none', () => {
    const sane = (text: string) =>
      text === 'NV' || (/^\d{4}$/.test(text) && Number(text) >= oldestVintage && Number(text) <= newestVintage)
    expect(breaking((row) => sane(cell(row, 'vintage')))).toEqual([])
  })

  test('is not of a year that its estate did not bottle', () => {
    const never: Readonly<Record<string, readonly string[]>> = {
      "Château d'Yquem, Premier Cru Supérieur": ['1992', '2012'],
      'Petrus, Grand Vin': ['1991'],
      'Vega Sicilia, Único': ['1992', '1993', '1997', '2001'],
      'Biondi-Santi, Riserva': ['2014', '2017'],
    }
    expect(
      breaking((row) => !never[`${cell(row, 'producer')}, ${cell(row, 'wine')}`]?.includes(cell(row, 'vintage'))),
    ).toEqual([])
    const declared = ['1994', '2000', '2003', '2007', '2011', '2016', '2017']
    expect(
      breaking((row) => !cell(row, 'wine').endsWith('Vintage Port') || declared.includes(cell(row, 'vintage'))),
    ).toEqual([])
  })

  test('has the alcohol of a wine of its style', () => {
    const bounds = (style: string) => (style === 'fortified' ? { ...abvBounds, least: 15 } : { ...abvBounds, most: 17 })
    expect(
      breaking((row) => {
        const { least, most } = bounds(cell(row, 'style'))
        return /^\d+(\.\d)?$/.test(cell(row, 'abv')) && number(row, 'abv') >= least && number(row, 'abv') <= most
      }),
    ).toEqual([])
  })

  test('has a drinking window that does not begin before the vintage or end before it begins', () => {
    const years = (row: Row) => /^20\d\d$/.test(cell(row, 'drink_from')) && /^2[01]\d\d$/.test(cell(row, 'drink_by'))
    expect(breaking((row) => years(row) && number(row, 'drink_from') <= number(row, 'drink_by'))).toEqual([])
    expect(
      breaking((row) => cell(row, 'vintage') === 'NV' || number(row, 'vintage') < number(row, 'drink_from')),
    ).toEqual([])
  })

  test('costs the same or more in the shop than on the web, and less in bond', () => {
    expect(breaking((row) => isPrice(cell(row, 'price:web')) && isPrice(cell(row, 'price:shop')))).toEqual([])
    expect(breaking((row) => number(row, 'price:shop') >= number(row, 'price:web'))).toEqual([])
    const bond = (row: Row) => isPrice(cell(row, 'price:bond')) && number(row, 'price:bond') < number(row, 'price:web')
    expect(breaking((row) => cell(row, 'price:bond') === '' || bond(row))).toEqual([])
  })
})

describe('the opening stock', () => {
  test('names SKUs and locations that are there, each pair once, in whole bottles or cases', () => {
    const locations = new Set(cellar.locations.map(({ id }) => id))
    expect(stock.filter((row) => !skus.has(cell(row, 'sku')))).toEqual([])
    expect(stock.filter((row) => !locations.has(cell(row, 'location')))).toEqual([])
    expect(stock.filter((row) => !isWhole(cell(row, 'quantity')) || number(row, 'quantity') > 200)).toEqual([])
    expect(doubles(stock.map((row) => `${cell(row, 'sku')} ${cell(row, 'location')}`))).toEqual([])
  })

  test('is in bond only where there is a price for it', () => {
    const unsold = stock.filter((row) => {
      const wine = skus.get(cell(row, 'sku'))
      return cell(row, 'location') === 'bonded' && (!wine || cell(wine, 'price:bond') === '')
    })
    expect(unsold).toEqual([])
  })

  test('is plenty, low and sold out', () => {
    const total = new Map<string, number>()
    for (const row of stock) total.set(cell(row, 'sku'), (total.get(cell(row, 'sku')) ?? 0) + number(row, 'quantity'))
    const left = [...skus.keys()].map((sku) => total.get(sku) ?? 0)
    expect(left.filter((quantity) => quantity === 0).length).toBeGreaterThan(20)
    expect(left.filter((quantity) => quantity > 0 && quantity <= 6).length).toBeGreaterThan(50)
    expect(left.filter((quantity) => quantity >= 60).length).toBeGreaterThan(100)
  })
})

describe('its channels', () => {
  test('sell from locations that are there and have their duty status', () => {
    expect(cellar.channels.map(({ id }) => id)).toEqual(['web', 'shop', 'bond'])
    const duty = new Map(cellar.locations.map((location) => [location.id, location.duty]))
    const wrong = cellar.channels.filter((channel) => channel.locations.some((id) => duty.get(id) !== channel.duty))
    expect(wrong).toEqual([])
    for (const { id } of cellar.channels) expect(header).toContain(`price:${id}`)
  })
})
