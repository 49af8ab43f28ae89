import type pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import {
  createCatalogue,
  wineId,
  type Catalogue,
  type Entries,
  type WinePage,
  type WineQuery,
} from '../src/catalogue/catalogue.ts'
import { createPool } from '../src/platform/postgres/database.ts'
import { createTestDatabase } from './postgres.ts'
import { openTestStock, setUpCellar, type TestStock } from './stock.ts'

type Bottle = readonly [vintage: number | 'NV', formatMl: number, euros?: number]

interface TestWine {
  readonly producer: string
  readonly name: string
  readonly appellation?: string
  readonly region?: string
  readonly country: string
  readonly colour: 'red' | 'white'
  readonly grapes: readonly string[]
  readonly bottles: readonly Bottle[]
}

const wine = (
  producer: string,
  name: string,
  place: string,
  colour: 'red' | 'white',
  grapes: string,
  ...bottles: Bottle[]
) => {
  const [appellation, region, country = ''] = place.split('/')
  const known = { ...(appellation ? { appellation } : {}), ...(region ? { region } : {}) }
  return { producer, name, ...known, country, colour, grapes: grapes === '' ? [] : grapes.split('|'), bottles }
}

const bordeaux = 'Margaux/Bordeaux/France'

/** The wines that searches are tried on. The place is appellation/region/country. */
export const cellar: readonly TestWine[] = [
  wine(
    'Château Margaux',
    'Grand Vin',
    bordeaux,
    'red',
    'Cabernet Sauvignon|Merlot',
    [2015, 750, 900],
    [2010, 1500, 1_900],
  ),
  wine('Château Palmer', 'Grand Vin', bordeaux, 'red', 'Merlot', [2015, 750, 300]),
  wine('Margan', 'Shiraz', 'Hunter Valley/New South Wales/Australia', 'red', 'Shiraz', [2019, 750, 25]),
  wine(
    'Domaine Leflaive',
    'Puligny-Montrachet Les Pucelles',
    'Puligny-Montrachet/Burgundy/France',
    'white',
    'Chardonnay',
    [2018, 750, 400],
  ),
  wine(
    'Armand Rousseau',
    'Gevrey-Chambertin',
    'Gevrey-Chambertin/Burgundy/France',
    'red',
    'Pinot Noir',
    [2017, 750, 250],
  ),
  wine(
    'Krug',
    'Grande Cuvée',
    'Champagne/Champagne/France',
    'white',
    'Pinot Noir|Chardonnay',
    ['NV', 750, 210],
    ['NV', 375, 110],
  ),
  wine('Dr. Loosen', 'Ürziger Würzgarten Riesling', '/Mosel/Germany', 'white', 'Riesling', [2015, 750, 28]),
  wine('E. Guigal', 'Côtes du Rhône', 'Côtes du Rhône/Rhône/France', 'red', 'Syrah|Grenache', [2019, 750, 14]),
  wine('Château Canon', 'St.-Émilion Grand Cru', 'St.-Émilion/Bordeaux/France', 'red', 'Merlot', [2015, 750]),
  wine('Margarita Vineyards', 'White', '//Spain', 'white', '', [2020, 750, 9]),
]

const skuOf = ({ producer }: TestWine, [vintage, ml]: Bottle): string =>
  `${producer.normalize('NFD').replace(/[^A-Za-z]/g, '')}-${vintage}-${ml}`

/** A wine as the catalogue takes it; its SKUs are called `KrugNV750` with hyphens: producer, vintage, ml. */
export function entriesOf(wine: TestWine): Entries {
  const { bottles, grapes, ...label } = wine
  const id = wineId(label)
  return {
    wines: [{ id, ...label, grapes: grapes.map((name) => ({ name })) }],
    vintages: [...new Set(bottles.map(([vintage]) => vintage))].map((vintage) => ({ wine: id, vintage, abv: 13.5 })),
    skus: bottles.map((bottle) => {
      const [vintage, formatMl] = bottle
      return { sku: skuOf(wine, bottle), wine: id, vintage, formatMl, pack: 1, packaging: 'bottle', identifiers: [] }
    }),
  }
}

/** A wine of Chile that nothing is known of but its maker and one bottle. */
export const chilean = (producer: string): TestWine => wine(producer, 'Wine', '//Chile', 'red', 'Malbec', [2020, 750])

interface Shelves {
  url: string
  pool: pg.Pool
  catalogue: Catalogue
  stock: TestStock
}

/** Sets a database up with the wines of `cellar` and their prices, for the tests of the file that calls it. */
export function useCellar() {
  const at = {} as Shelves
  let database: { url: string; drop(): Promise<void> } | undefined

  beforeAll(async () => {
    database = await createTestDatabase()
    at.url = database.url
    at.pool = createPool(database.url, { applicationName: 'tests', max: 4 })
    await setUpCellar(database.url)
    at.stock = openTestStock(database.url)
    at.catalogue = createCatalogue(at.pool)
    for (const wine of cellar) await at.catalogue.upsertWines(entriesOf(wine))
    await at.stock.done({ kind: 'setPrice', lines: cellar.flatMap(priceLines) })
  })

  afterAll(async () => {
    await at.stock?.close()
    await at.pool?.end()
    await database?.drop()
  })

  const search = async (query: Partial<WineQuery>): Promise<WinePage> => {
    const page = await at.catalogue.searchWines({ channel: 'web', limit: 20, facets: false, ...query })
    if (page.kind !== 'page') throw new Error('the cursor was refused')
    return page
  }
  const producers = async (query: Partial<WineQuery>) => (await search(query)).items.map(({ producer }) => producer)
  return { at, search, producers }
}

function priceLines(wine: TestWine) {
  const price = (euros: number) => ({
    amountMinor: euros * 100,
    currency: 'EUR',
    taxIncluded: true,
    dutyIncluded: true,
  })
  return wine.bottles.flatMap((bottle) => {
    const [, , euros] = bottle
    return euros === undefined ? [] : [{ sku: skuOf(wine, bottle), channel: 'web', price: price(euros) }]
  })
}
