import type { Check } from './check.ts'

const bottles = `select d.id, d.state, d.entry, d.levels[1] as level, d.body ->> 'sku' as sku, d.body ->> 'location' as location,
    (d.body ->> 'formatMl')::bigint as format_ml, (d.body ->> 'pouredMl')::bigint as poured_ml,
    (d.body ->> 'overMl')::bigint as over_ml, (d.body ->> 'leftMl')::bigint as left_ml,
    (d.body ->> 'discardedMl')::bigint as discarded_ml, (d.body ->> 'servings')::bigint as servings, d.body -> 'pours' as pours
  from stock.documents d where d.kind = 'openBottle'`
const checked = `select count(*) as checked from stock.documents where kind = 'openBottle'`

/** Open bottles, against the journal and against what a bottle has in it. */
export const openBottleChecks: readonly Check[] = [
  {
    name: 'every bottle taken as opened is an open bottle, one each',
    checked,
    offending: `
      with bottles as (${bottles}),
      opened as (
        select m.entry, m.sku, m.location, sum(m.quantity) as bottles from stock.movements m
        where m.to_account = 'opened' group by 1, 2, 3)
      select b.id as document, o.entry, coalesce(b.sku, o.sku) as sku, coalesce(b.location, o.location) as location,
        coalesce(o.bottles, 0) as opened
      from bottles b full join opened o on o.entry = b.entry and o.sku = b.sku and o.location = b.location
      where b.id is null or o.bottles is distinct from 1 or b.level <> b.sku || '@' || b.location`,
  },
  {
    name: 'what a bottle had was poured, thrown away, or is left',
    checked,
    offending: `
      select b.id as document, b.state, b.format_ml, b.poured_ml, b.over_ml, b.left_ml, b.discarded_ml from (${bottles}) b
      where b.left_ml + b.discarded_ml + b.poured_ml - b.over_ml <> b.format_ml
        or b.over_ml <> greatest(0, b.poured_ml - b.format_ml) or least(b.left_ml, b.discarded_ml) < 0
        or b.state <> case when b.state = 'discarded' and b.left_ml = 0 then 'discarded'
          when b.left_ml > 0 then 'open' else 'empty' end
        or b.state <> 'discarded' and b.discarded_ml > 0`,
  },
  {
    name: 'an open bottle has the pours of its entries',
    checked,
    offending: `
      with bottles as (${bottles}),
      poured as (
        select document, count(*) as servings from stock.entries where kind = 'pour' group by document),
      kept as (
        select b.id, count(*) as kept, sum((p ->> 'ml')::bigint) as ml
        from bottles b cross join lateral jsonb_array_elements(b.pours) p group by b.id)
      select b.id as document, b.servings, p.servings as entries, k.kept, k.ml as kept_ml, b.poured_ml
      from bottles b left join poured p on p.document = b.id left join kept k on k.id = b.id
      where b.servings <> coalesce(p.servings, 0) or coalesce(k.kept, 0) > b.servings
        or coalesce(k.ml, 0) > b.poured_ml or (coalesce(k.kept, 0) = b.servings and coalesce(k.ml, 0) <> b.poured_ml)`,
  },
]
