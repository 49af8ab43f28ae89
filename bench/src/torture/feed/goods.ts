import type { Cellar } from '../cellar.ts'
import { once } from '../place.ts'

/** More than one frame takes (200), so that a whole channel goes in pages. */
export const skusAtFirst = 240
const skusPerWine = 10
export const winesAtFirst = skusAtFirst / skusPerWine

export const skuName = (index: number) => `F-${String(index).padStart(4, '0')}`
export const wineName = (index: number) => `storm-${String(index).padStart(2, '0')}`

/** Wines with their SKUs, neither priced nor delivered. */
export async function fillCatalogue(cellar: Cellar): Promise<readonly string[]> {
  const skus = Array.from({ length: skusAtFirst }, (_, index) => skuName(index))
  const rows = skus.map((sku, index) => ({ sku, wine: wineName(Math.floor(index / skusPerWine)) }))
  await once(cellar.databaseUrl(), async (client) => {
    await client.query('begin')
    await client.query(
      `insert into catalogue.wines (id, name) select distinct wine, 'Storm ' || wine from json_to_recordset($1) x(wine text)`,
      [JSON.stringify(rows)],
    )
    await client.query(
      `insert into catalogue.vintages (wine, vintage) select distinct wine, 0 from json_to_recordset($1) x(wine text)`,
      [JSON.stringify(rows)],
    )
    await addRows(client, rows)
    await client.query('commit')
  })
  return skus
}

type Client = Parameters<Parameters<typeof once>[1]>[0]

async function addRows(client: Client, rows: readonly { sku: string; wine: string }[]): Promise<void> {
  await client.query(
    `insert into catalogue.skus (sku, wine, vintage, format_ml, pack, packaging)
     select sku, wine, 0, 750, 1, 'bottle' from json_to_recordset($1) x(sku text, wine text)`,
    [JSON.stringify(rows)],
  )
  const changes = { skus: rows.map(({ sku, wine }) => [sku, wine, 'NV', 750, 1]) }
  await client.query('select log.append(null, clock_timestamp(), $1)', [JSON.stringify(changes)])
}

/** One more SKU of a wine, as an import brings it. */
export async function addSku(cellar: Cellar, sku: string, wine: string): Promise<void> {
  await once(cellar.databaseUrl(), async (client) => {
    await client.query('begin')
    await addRows(client, [{ sku, wine }])
    await client.query('commit')
  })
}

/** Takes the price of a SKU away, as no verb does yet: its offer is gone. Ordered with holds by the locks of its levels. */
export async function withdraw(cellar: Cellar, sku: string, channel: string): Promise<void> {
  await once(cellar.databaseUrl(), async (client) => {
    await client.query('begin')
    await client.query('select from stock.levels where sku = $1 order by sku, location for update', [sku])
    const { rowCount } = await client.query('delete from stock.prices where sku = $1 and channel = $2', [sku, channel])
    if (rowCount === 1) {
      const changes = JSON.stringify({ withdrawn: [[sku, channel]] })
      await client.query('select log.append(null, clock_timestamp(), $1)', [changes])
    }
    await client.query('commit')
  })
}
