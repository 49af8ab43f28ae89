import type { Vintage } from '@cellarhand/protocol/catalogue'
import type pg from 'pg'
import { vintageOf } from './entries.ts'

/** What a SKU is, for who reads a list of them. */
export interface SkuLabel {
  readonly producer?: string
  /** the name on the label */
  readonly wine: string
  readonly vintage: Vintage
  readonly formatMl: number
  readonly pack: number
}

/** Labels of those of `skus` that exist, by SKU. */
export async function readLabels(pool: pg.Pool, skus: readonly string[]): Promise<Map<string, SkuLabel>> {
  if (skus.length === 0) return new Map()
  const { rows } = await pool.query<{
    sku: string
    producer: string | null
    wine: string
    vintage: number
    format_ml: number
    pack: number
  }>(
    `select s.sku, w.producer, w.name as wine, s.vintage, s.format_ml, s.pack
     from catalogue.skus s join catalogue.wines w on w.id = s.wine where s.sku = any ($1)`,
    [skus],
  )
  return new Map(
    rows.map(({ sku, producer, wine, vintage, format_ml: formatMl, pack }) => [
      sku,
      { ...(producer === null ? {} : { producer }), wine, vintage: vintageOf(vintage), formatMl, pack },
    ]),
  )
}
