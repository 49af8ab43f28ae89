import type { Contents } from '@cellarhand/protocol/repack'
import type pg from 'pg'
import { vintageOf } from './entries.ts'

/** What one of each SKU holds: bottles by wine, vintage and format. A mixed case holds what its recipe says. SKUs that nobody knows are left out. */
export async function readContents(pool: pg.Pool, skus: readonly string[]): Promise<Contents[]> {
  const { rows } = await pool.query<{
    sku: string
    packaging: Contents['packaging']
    wine: string
    vintage: number
    format_ml: number
    bottles: number
  }>(
    `select s.sku, s.packaging, c.wine, c.vintage, c.format_ml, sum(coalesce(p.quantity, 1) * c.pack)::int as bottles
     from catalogue.skus s
     left join stock.recipe_parts p on p.sku = s.sku and p.kind = 'mixed_case'
     join catalogue.skus c on c.sku = coalesce(p.component, s.sku)
     where s.sku = any ($1)
     group by s.sku, c.wine, c.vintage, c.format_ml order by s.sku, c.wine, c.vintage, c.format_ml`,
    [skus],
  )
  const contents = new Map<string, Contents>()
  for (const { sku, packaging, wine, vintage, format_ml: formatMl, bottles } of rows) {
    const known = contents.get(sku)?.bottles ?? []
    contents.set(sku, { sku, packaging, bottles: [...known, { wine, vintage: vintageOf(vintage), formatMl, bottles }] })
  }
  return [...contents.values()]
}
