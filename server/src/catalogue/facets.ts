import type { FacetName, FacetValue, WineList } from '@cellarhand/protocol/catalogue'
import { formatMoney } from '@cellarhand/protocol/money'
import type pg from 'pg'
import { formatName, volumeName } from './formats.ts'
import { bandQuantiles, roundAmounts } from './price-bands.ts'
import { bandText, filterConditions, skuFacets, Values, wineFacets, type PriceBand, type WineQuery } from './query.ts'
import { searchCondition, type Search } from './words.ts'

export type Facets = NonNullable<WineList['facets']>

/** Values a facet shows: nobody reads more, and grapes come in hundreds. */
const facetValuesMax = 100

interface FacetRow {
  readonly facet: FacetName
  readonly value: string
  readonly count: number
  /** of the price facet: the bounds of the band, and its currency */
  readonly from_minor: number | null
  readonly to_minor: number | null
  readonly currency: string | null
}

/** The wines that each value of each facet would leave, under the search and all *other* filters. */
export async function readFacets(client: pg.ClientBase, query: WineQuery, search: Search): Promise<Facets> {
  const values = new Values()
  const text = facetStatement(query, search, values)
  const { rows } = await client.query<FacetRow>(text, values.list)
  const of = (facet: FacetName) => rows.filter((row) => row.facet === facet)
  const choices = (facet: FacetName, chosen: readonly string[] = []) =>
    withChosen(
      of(facet).map((row) => ({ value: row.value, label: labelOf(facet, row.value), count: row.count })),
      facet,
      chosen,
    )
  return {
    colour: choices('colour', query.colour),
    country: choices('country', query.country),
    region: choices('region', query.region),
    grape: choices('grape', query.grape),
    vintage: choices('vintage', query.vintage),
    format: choices('format', query.format),
    price: priceChoices(of('price')),
  }
}

function facetStatement(query: WineQuery, search: Search, values: Values): string {
  const conditions = filterConditions(query, values)
  const but = (facet: FacetName, facets: readonly FacetName[]) =>
    facets
      .filter((other) => other !== facet)
      .map((other) => `in_${other}`)
      .join(' and ')
  const flags = (facets: readonly FacetName[]) =>
    facets.map((facet) => `${conditions[facet]} as in_${facet}`).join(', ')
  const ofWine = (facet: FacetName, from = 'hits') =>
    `select '${facet}' as facet, ${facet} as value, count(*)::int as count, null::bigint as from_minor,
       null::bigint as to_minor, null::text as currency
     from ${from} where ${but(facet, wineFacets)} and ${facet} is not null group by 2`
  const ofSku = (facet: FacetName, column: string) =>
    `select '${facet}', ${column}::text, count(*)::int, null, null, null
     from (select distinct ${column}, n from bottles where in_wine and ${but(facet, skuFacets)}) each_once group by ${column}`
  return `
    with wines as materialized (
      select w.id, (row_number() over ())::int as n, w.colour, w.country, w.region, w.grape_names, ${flags(wineFacets)}
      from catalogue.wines w where ${searchCondition(search, values)}
    ), bottles as materialized (
      select w.n, s.vintage, s.format_ml, p.amount_minor, p.currency, ${flags(skuFacets)},
        ${wineFacets.map((facet) => `w.in_${facet}`).join(' and ')} as in_wine
      from wines w join catalogue.skus s on s.wine = w.id
      left join stock.listed_prices p on p.sku = s.sku and p.channel = ${values.add(query.channel)}
    ), hits as materialized (
      select w.* from wines w where n in (select n from bottles where ${skuFacets.map((facet) => `in_${facet}`).join(' and ')})
    ), priced as materialized (
      select n, amount_minor, currency from bottles
      where in_wine and ${but('price', skuFacets)} and amount_minor is not null
    ), ${limitsOf(values)}
    ${ofWine('colour')}
    union all ${ofWine('country')}
    union all ${ofWine('region')}
    union all ${ofWine('grape', 'hits cross join unnest(grape_names) grape')}
    union all ${ofSku('vintage', 'vintage')}
    union all ${ofSku('format', 'format_ml')}
    union all
    select 'price', '', count(*)::int, (select amounts from limits)[band], (select amounts from limits)[band + 1], min(currency)
    from (
      select distinct n, currency, width_bucket(amount_minor, (select amounts from limits)) as band from priced
    ) banded group by band`
}

/** Round amounts next to the quantiles: where the bands of prices are divided. */
function limitsOf(values: Values): string {
  return `quantiles as (
      select unnest(percentile_disc(${values.add(bandQuantiles)}::float8[]) within group (order by amount_minor)) as amount from priced
    ), limits as (
      select coalesce(array_agg(distinct near.amount order by near.amount), '{}') as amounts from quantiles,
      lateral (select amount from unnest(${values.add(roundAmounts)}::bigint[]) amount order by abs(amount - quantiles.amount) limit 1) near
    )`
}

/** Bands of prices, the cheapest first. */
function priceChoices(rows: readonly FacetRow[]): FacetValue[] {
  return rows
    .toSorted((a, b) => (a.from_minor ?? -1) - (b.from_minor ?? -1))
    .map((row) => {
      const band = bandOf(row)
      return { value: bandText(band), label: bandLabel(band, row.currency ?? ''), count: row.count }
    })
}

const bandOf = (row: FacetRow): PriceBand => ({
  ...(row.from_minor === null ? {} : { fromMinor: row.from_minor }),
  ...(row.to_minor === null ? {} : { toMinor: row.to_minor }),
})

function bandLabel({ fromMinor, toMinor }: PriceBand, currency: string): string {
  const money = (amountMinor: number) => formatMoney({ amountMinor, currency })
  if (fromMinor === undefined) return toMinor === undefined ? 'Any price' : `Under ${money(toMinor)}`
  return toMinor === undefined ? `${money(fromMinor)} and over` : `${money(fromMinor)} to ${money(toMinor)}`
}

const colourLabels: Readonly<Record<string, string>> = { red: 'Red', white: 'White', rose: 'Rosé', orange: 'Orange' }

function labelOf(facet: FacetName, value: string): string {
  if (facet === 'colour') return colourLabels[value] ?? value
  if (facet === 'vintage') return value === '0' ? 'NV' : value
  if (facet === 'format') return formatLabel(Number(value))
  return value
}

/** A format's name where it is the same in every region, and always its volume. */
function formatLabel(ml: number): string {
  const names = ['Bordeaux', 'Champagne', undefined].map((region) =>
    formatName(ml, region === undefined ? { style: 'still' } : { region, style: 'still' }),
  )
  const [name = ''] = names
  const isShared = names.every((other) => other === name) && name !== volumeName(ml)
  return isShared ? `${name} (${volumeName(ml)})` : volumeName(ml)
}

/** Vintages from the latest, formats from the smallest, all else from the most wines. What is chosen stays to be seen, even at none. */
function withChosen(found: FacetValue[], facet: FacetName, chosen: readonly string[]): FacetValue[] {
  const values = found.map((choice) => (facet === 'vintage' ? { ...choice, value: choice.label } : choice))
  const missing = chosen
    .filter((value) => !values.some((choice) => choice.value === value))
    .map((value) => ({ value, label: labelOf(facet, value), count: 0 }))
  const ordered = [...values, ...missing].toSorted(orderOf(facet))
  const shown = ordered.slice(0, facetValuesMax)
  return [...shown, ...ordered.slice(facetValuesMax).filter((choice) => chosen.includes(choice.value))]
}

function orderOf(facet: FacetName): (a: FacetValue, b: FacetValue) => number {
  if (facet === 'format') return (a, b) => Number(a.value) - Number(b.value)
  // "NV" is not a number and comes after all years.
  if (facet === 'vintage') return (a, b) => (Number(b.value) || 0) - (Number(a.value) || 0)
  return (a, b) => b.count - a.count || a.label.localeCompare(b.label, 'en')
}
