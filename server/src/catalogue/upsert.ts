import type pg from 'pg'
import type { LogChanges, SkuRow } from '../log/changes.ts'
import { vintageNumber, vintageOf, type Entries, type SkuEntry, type Upserted } from './entries.ts'

/**
 * Writes what is new or different, in six statements and whatever the number of entries; absent attributes keep what is known. Rows are taken in
 * key order, so that two imports at once wait for one another and do not deadlock. Nothing different: nothing written, no position in the log.
 */
export async function upsertEntries(client: pg.ClientBase, entries: Entries): Promise<Upserted> {
  const wines = await upsertWines(client, entries)
  const vintages = await upsertVintages(client, entries)
  const skus = await upsertSkus(client, entries.skus)
  const identified = await replaceIdentifiers(client, entries.skus)
  const isTouched = ({ sku, wine, vintage }: SkuEntry) =>
    skus.has(sku) || identified.has(sku) || wines.has(wine) || vintages.has(`${wine} ${vintageNumber(vintage)}`)
  const touched = entries.skus.filter(isTouched)
  const added = entries.skus.filter(({ sku }) => skus.get(sku) === 'added').length
  const counts = { added, changed: touched.length - added, unchanged: entries.skus.length - touched.length }
  const relabelled = [...wines, ...[...vintages].map((key) => key.slice(0, key.lastIndexOf(' ')))]
  const others = await otherSkus(client, relabelled, entries.skus)
  if (touched.length + others.length === 0) return counts
  return { ...counts, position: await append(client, [...touched, ...others]) }
}

/** SKUs of wines that became different, beside those that were named: their labels did too. */
async function otherSkus(
  client: pg.ClientBase,
  wines: readonly string[],
  named: readonly SkuEntry[],
): Promise<LoggedSku[]> {
  if (wines.length === 0) return []
  const { rows } = await client.query<Omit<LoggedSku, 'vintage'> & { readonly vintage: number }>({
    name: 'catalogue-other-skus',
    text: `select sku, wine, vintage, format_ml as "formatMl", pack from catalogue.skus
           where wine = any ($1) and not sku = any ($2) order by sku`,
    values: [wines, named.map(({ sku }) => sku)],
  })
  return rows.map((row) => ({ ...row, vintage: vintageOf(row.vintage) }))
}

type LoggedSku = Pick<SkuEntry, 'sku' | 'wine' | 'vintage' | 'formatMl' | 'pack'>

/** The last statement of its transaction: what follows the log learns of these SKUs. */
async function append(client: pg.ClientBase, skus: readonly LoggedSku[]): Promise<number> {
  const rows = skus.map((entry): SkuRow => [entry.sku, entry.wine, entry.vintage, entry.formatMl, entry.pack])
  const changes: LogChanges = { skus: rows }
  const result = await client.query<{ position: number }>(
    'select log.append(null, clock_timestamp(), $1) as position',
    [JSON.stringify(changes)],
  )
  return result.rows[0]?.position ?? 0
}

/** Makes a SKU like another in all but its code and its identifiers, unless there is one of that code. */
export async function copySku(client: pg.ClientBase, of: string, as: string): Promise<void> {
  const { rows } = await client.query<Omit<SkuEntry, 'vintage' | 'identifiers'> & { readonly vintage: number }>(
    `insert into catalogue.skus (sku, wine, vintage, format_ml, pack, packaging)
     select $2, wine, vintage, format_ml, pack, packaging from catalogue.skus where sku = $1
     on conflict (sku) do nothing
     returning sku, wine, vintage, format_ml as "formatMl", pack, packaging`,
    [of, as],
  )
  const [made] = rows
  if (made) await append(client, [{ ...made, vintage: vintageOf(made.vintage) }])
}

async function upsertWines(client: pg.ClientBase, { wines }: Entries): Promise<Set<string>> {
  if (wines.length === 0) return new Set()
  const { rows } = await client.query<{ id: string }>({
    name: 'catalogue-wines',
    text: wineStatement,
    values: [JSON.stringify(wines)],
  })
  if (rows.length > 0)
    await addWords(
      client,
      rows.map((row) => row.id),
    )
  return new Set(rows.map((row) => row.id))
}

const wineStatement = `
  insert into catalogue.wines as w (id, producer, name, appellation, region, country, colour, style, grapes, grape_names)
  select x.id, x.producer, x.name, x.appellation, x.region, x.country, x.colour,
         coalesce(x.style, k.style, 'still'), coalesce(x.grapes, k.grapes, '[]'),
         coalesce((select array_agg(distinct g ->> 'name') from jsonb_array_elements(x.grapes) g), k.grape_names, '{}')
  from jsonb_to_recordset($1) x (id text, producer text, name text, appellation text, region text, country text,
                                 colour text, style text, grapes jsonb)
  left join catalogue.wines k on k.id = x.id
  order by x.id collate "C"
  on conflict (id) do update set
    producer = coalesce(excluded.producer, w.producer), name = excluded.name,
    appellation = coalesce(excluded.appellation, w.appellation), region = coalesce(excluded.region, w.region),
    country = coalesce(excluded.country, w.country), colour = coalesce(excluded.colour, w.colour),
    style = excluded.style, grapes = excluded.grapes, grape_names = excluded.grape_names
  where (w.producer, w.name, w.appellation, w.region, w.country, w.colour, w.style, w.grapes) is distinct from
    (coalesce(excluded.producer, w.producer), excluded.name, coalesce(excluded.appellation, w.appellation),
     coalesce(excluded.region, w.region), coalesce(excluded.country, w.country), coalesce(excluded.colour, w.colour),
     excluded.style, excluded.grapes)
  returning w.id`

/** Words with digits or shorter than three letters are found as they are typed, or not at all. */
async function addWords(client: pg.ClientBase, wines: readonly string[]): Promise<void> {
  await client.query({
    name: 'catalogue-words',
    text: `insert into catalogue.words (word)
           select distinct lexeme collate "C" as word
           from catalogue.wines w, unnest(w.search) lexeme
           where w.id = any ($1) and length(lexeme) between 3 and 40 and lexeme !~ '[0-9]'
             and not exists (select from catalogue.words known where known.word = lexeme)
           order by word
           on conflict do nothing`,
    values: [wines],
  })
}

async function upsertVintages(client: pg.ClientBase, { vintages }: Entries): Promise<Set<string>> {
  if (vintages.length === 0) return new Set()
  const values = [JSON.stringify(vintages.map((entry) => ({ ...entry, vintage: vintageNumber(entry.vintage) })))]
  const { rows } = await client.query<{ wine: string; vintage: number }>({
    name: 'catalogue-vintages',
    text: vintageStatement,
    values,
  })
  return new Set(rows.map((row) => `${row.wine} ${row.vintage}`))
}

const vintageStatement = `
  insert into catalogue.vintages as v (wine, vintage, abv, allergens, elabel_url, drink_from, drink_by)
  select wine, vintage, abv, allergens, "elabelUrl", "drinkFrom", "drinkBy"
  from jsonb_to_recordset($1) x (wine text, vintage int, abv numeric(4, 2), allergens text[], "elabelUrl" text,
                                 "drinkFrom" int, "drinkBy" int)
  order by wine collate "C", vintage
  on conflict (wine, vintage) do update set
    abv = coalesce(excluded.abv, v.abv), allergens = coalesce(excluded.allergens, v.allergens),
    elabel_url = coalesce(excluded.elabel_url, v.elabel_url),
    drink_from = coalesce(excluded.drink_from, v.drink_from), drink_by = coalesce(excluded.drink_by, v.drink_by)
  where (v.abv, v.allergens, v.elabel_url, v.drink_from, v.drink_by) is distinct from
    (coalesce(excluded.abv, v.abv), coalesce(excluded.allergens, v.allergens), coalesce(excluded.elabel_url, v.elabel_url),
     coalesce(excluded.drink_from, v.drink_from), coalesce(excluded.drink_by, v.drink_by))
  returning wine, vintage`

async function upsertSkus(client: pg.ClientBase, skus: readonly SkuEntry[]): Promise<Map<string, 'added' | 'changed'>> {
  const values = [JSON.stringify(skus.map((entry) => ({ ...entry, vintage: vintageNumber(entry.vintage) })))]
  const { rows } = await client.query<{ sku: string; added: boolean }>({
    name: 'catalogue-skus',
    text: skuStatement,
    values,
  })
  return new Map(rows.map((row) => [row.sku, row.added ? 'added' : 'changed']))
}

const skuStatement = `
  insert into catalogue.skus as s (sku, wine, vintage, format_ml, pack, packaging)
  select sku, wine, vintage, "formatMl", pack, packaging
  from jsonb_to_recordset($1) x (sku text, wine text, vintage int, "formatMl" int, pack int, packaging text)
  order by sku collate "C"
  on conflict (sku) do update set wine = excluded.wine, vintage = excluded.vintage, format_ml = excluded.format_ml,
    pack = excluded.pack, packaging = excluded.packaging
  where (s.wine, s.vintage, s.format_ml, s.pack, s.packaging) is distinct from
    (excluded.wine, excluded.vintage, excluded.format_ml, excluded.pack, excluded.packaging)
  returning s.sku, s.xmax = 0 as added`

/** Of each kind that an entry names, its values take the place of those known. */
async function replaceIdentifiers(client: pg.ClientBase, skus: readonly SkuEntry[]): Promise<Set<string>> {
  const given = skus.flatMap(({ sku, identifiers }) => identifiers.map(({ kind, value }) => ({ sku, kind, value })))
  if (given.length === 0) return new Set()
  const { rows } = await client.query<{ sku: string }>({
    name: 'catalogue-identifiers',
    text: `with given as materialized (
             select sku, kind, value from jsonb_to_recordset($1) x (sku text, kind text, value text)
           ), gone as (
             delete from catalogue.identifiers i
             using (select distinct sku, kind from given) k
             where i.sku = k.sku and i.kind = k.kind
               and not exists (select from given g where g.sku = i.sku and g.kind = i.kind and g.value = i.value)
             returning i.sku
           ), come as (
             insert into catalogue.identifiers (sku, kind, value)
             select distinct sku collate "C", kind, value from given order by 1, 2, 3
             on conflict do nothing returning sku
           )
           select sku from gone union select sku from come`,
    values: [JSON.stringify(given)],
  })
  return new Set(rows.map((row) => row.sku))
}
