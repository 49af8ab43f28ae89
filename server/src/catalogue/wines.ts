import type {
  CatalogueSku,
  Colour,
  Grape,
  IdentifierKind,
  Packaging,
  Part,
  Style,
  Wine,
} from '@cellarhand/protocol/catalogue'
import type pg from 'pg'
import { vintageOf } from './entries.ts'
import { formatName } from './formats.ts'

interface SkuJson {
  readonly sku: string
  readonly vintage: number
  readonly formatMl: number
  readonly pack: number
  readonly packaging: Packaging
  readonly abv: number | null
  readonly allergens: string[] | null
  readonly elabelUrl: string | null
  readonly drinkFrom: number | null
  readonly drinkBy: number | null
  readonly identifiers: { kind: IdentifierKind; value: string }[]
  readonly lot: CatalogueSku['lot'] | null
  readonly madeOf: { kind: 'bundle' | 'mixed_case'; parts: (Omit<Part, 'producer' | 'vintage'> & Unknown)[] } | null
}

/** Of a part: what is not known is null, and no vintage is 0. */
interface Unknown {
  readonly producer: string | null
  readonly vintage: number
}

interface WineRow {
  readonly id: string
  readonly producer: string | null
  readonly name: string
  readonly appellation: string | null
  readonly region: string | null
  readonly country: string | null
  readonly colour: Colour | null
  readonly style: Style
  readonly grapes: Grape[]
  readonly skus: SkuJson[]
}

/** Whole wines with all their SKUs, in the order of `ids`; one without any SKU, or not known, is left out. */
export async function readWines(client: pg.ClientBase | pg.Pool, ids: readonly string[]): Promise<Wine[]> {
  if (ids.length === 0) return []
  const { rows } = await client.query<WineRow>({
    name: 'catalogue-wines-by-id',
    text: `select w.id, w.producer, w.name, w.appellation, w.region, w.country, w.colour, w.style, w.grapes, s.skus
           from unnest($1::text[]) with ordinality wanted (id, place)
           join catalogue.wines w on w.id = wanted.id
           cross join lateral (
             select json_agg(json_build_object('sku', s.sku, 'vintage', s.vintage, 'formatMl', s.format_ml, 'pack', s.pack,
               'packaging', s.packaging, 'abv', v.abv, 'allergens', v.allergens, 'elabelUrl', v.elabel_url,
               'drinkFrom', v.drink_from, 'drinkBy', v.drink_by, 'identifiers', coalesce(i.identifiers, '[]'), 'madeOf', m.made_of,
               'lot', l.lot)
               order by v.vintage desc, s.format_ml, s.pack, s.sku) as skus
             from catalogue.skus s
             join catalogue.vintages v on v.wine = s.wine and v.vintage = s.vintage
             left join lateral (
               select json_agg(json_build_object('kind', i.kind, 'value', i.value) order by i.kind, i.value) as identifiers
               from catalogue.identifiers i where i.sku = s.sku) i on true
             left join lateral (
               select json_strip_nulls(json_build_object('of', l.of_sku, 'lot', l.lot, 'condition', l.condition,
                 'provenance', l.provenance, 'drinkBy', l.drink_by)) as lot
               from stock.sold_lots l where l.sku = s.sku) l on true
             left join lateral (
               select json_build_object('kind', p.kind, 'parts', json_agg(json_build_object('sku', c.sku, 'quantity', p.quantity,
                 'producer', cw.producer, 'wine', cw.name, 'vintage', c.vintage, 'formatMl', c.format_ml, 'pack', c.pack)
                 order by p.place)) as made_of
               from stock.recipe_parts p
               join catalogue.skus c on c.sku = p.component
               join catalogue.wines cw on cw.id = c.wine
               where p.sku = s.sku group by p.kind) m on true
             where s.wine = w.id) s
           where s.skus is not null
           order by wanted.place`,
    values: [ids],
  })
  return rows.map(wineOf)
}

function wineOf(row: WineRow): Wine {
  const origin = { style: row.style, ...(row.region === null ? {} : { region: row.region }) }
  return {
    id: row.id,
    ...known({ producer: row.producer }),
    name: row.name,
    ...known({ appellation: row.appellation, region: row.region, country: row.country, colour: row.colour }),
    style: row.style,
    grapes: row.grapes,
    skus: row.skus.map((sku) => skuOf(sku, origin)),
  }
}

function skuOf(
  {
    vintage,
    formatMl,
    pack,
    packaging,
    sku,
    allergens,
    identifiers,
    abv,
    elabelUrl,
    drinkFrom,
    drinkBy,
    madeOf,
    lot,
  }: SkuJson,
  origin: Parameters<typeof formatName>[1],
): CatalogueSku {
  return {
    sku,
    vintage: vintageOf(vintage),
    formatMl,
    formatName: formatName(formatMl, origin),
    pack,
    packaging,
    ...known({ abv }),
    allergens: allergens ?? [],
    ...known({ elabelUrl, drinkFrom, drinkBy }),
    identifiers,
    ...known({ lot }),
    ...(madeOf === null ? {} : { madeOf: { kind: madeOf.kind, parts: madeOf.parts.map(partOf) } }),
  }
}

function partOf({ producer, vintage, ...part }: NonNullable<SkuJson['madeOf']>['parts'][number]): Part {
  return { ...part, ...known({ producer }), vintage: vintageOf(vintage) }
}

/** Without the members that are null: what is not known is absent on the wire. */
function known<T extends Record<string, unknown>>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(members).filter(([, value]) => value !== null)
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> }
}
