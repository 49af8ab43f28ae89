import type pg from 'pg'
import { instant } from './core/answer.ts'
import { at, type Page, type Read } from './queries.ts'
import { withSnapshot } from './snapshot.ts'

/**
 * Lots in the order of SKU and id, with how many bottles of each are there.
 *
 * @param options.after the lot that the last page ended with
 */
export function readLots(
  pool: pg.Pool,
  options: {
    readonly sku: string | undefined
    readonly limit: number
    readonly after: { readonly sku: string; readonly lot: string }
  },
): Promise<Read<Page<object>>> {
  const { sku, after, limit } = options
  return withSnapshot(pool, async (client) => {
    const { rows } = await client.query<Record<string, string | number | null>>(
      `select ${lotColumns},
          (select coalesce(sum(p.quantity), 0) from stock.parcels p where p.sku = l.sku and p.lot = l.id)::bigint as on_hand
        from stock.lots l where (l.sku, l.id) > ($1, $2) and l.sku = coalesce($3, l.sku) order by l.sku, l.id limit $4`,
      [after.sku, after.lot, sku, limit + 1],
    )
    const shown = rows.slice(0, limit)
    const last = rows.length > limit ? shown.at(-1) : undefined
    return { items: shown.map(lot), next: last && `${last['sku']}@${last['id']}` }
  })
}

const lotColumns = `l.id, l.sku, l.entry, ${at('l.opened_at')} as opened_at_us, l.supplier, l.cost_minor, l.currency, l.condition,
  l.provenance, l.drink_by`

/** Whether there is a lot of that number of a SKU. */
export async function isLot(pool: pg.Pool, sku: string, id: string): Promise<boolean> {
  return (await pool.query('select from stock.lots l where l.sku = $1 and l.id = $2', [sku, id])).rowCount === 1
}

/** A lot that is sold by itself: the members of the protocol's `LotOffer`, without its position. */
export interface LotOffered {
  readonly sku: string
  readonly of: string
}

/**
 * Lots that are sold by themselves, with what is known of them and how many bottles stand under the SKU they are sold as, in its order.
 *
 * @param wanted only the lot that is sold as this SKU
 */
export function readLotOffers(pool: pg.Pool, wanted?: string): Promise<Read<readonly LotOffered[]>> {
  return withSnapshot(pool, async (client) => {
    const { rows } = await client.query<Record<string, string | number | null> & { sku: string; sold_as: string }>(
      `select r.sku as sold_as, ${lotColumns},
          (select coalesce(sum(p.quantity), 0) from stock.parcels p where p.sku = r.sku and p.lot = l.id)::bigint as on_hand
        from stock.recipes r join stock.lots l on l.sku = r.components -> 0 ->> 'sku' and l.id = r.lot
        where r.kind = 'lot' and r.sku = coalesce($1, r.sku) order by r.sku`,
      [wanted],
    )
    return rows.map((row) => {
      const { id, ...known } = lot(row) as { id: string }
      return { ...known, sku: row.sold_as, of: row.sku, lot: id }
    })
  })
}

function lot(row: Record<string, string | number | null>): object {
  const told = {
    supplier: row['supplier'],
    costMinor: row['cost_minor'],
    currency: row['currency'],
    condition: row['condition'],
    provenance: row['provenance'],
    drinkBy: row['drink_by'],
  }
  return {
    id: row['id'],
    sku: row['sku'],
    openedAt: instant(row['opened_at_us'] as number),
    entry: String(row['entry']),
    ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== null)),
    onHand: row['on_hand'],
  }
}

/**
 * Where bottles lie and of which lot they are, in the order of SKU, location, lot and bin. What is of no lot and in no bin is not shown.
 *
 * @param options.bin a bin, or a zone: all bins that begin with it and a slash
 * @param options.after the parcel that the last page ended with
 */
export function readParcels(
  pool: pg.Pool,
  options: {
    readonly sku: string | undefined
    readonly location: string | undefined
    readonly lot: string | undefined
    readonly bin: string | undefined
    readonly limit: number
    readonly after: readonly [sku: string, location: string, lot: string, bin: string]
  },
): Promise<Read<Page<object>>> {
  const { sku, location, limit, after } = options
  return withSnapshot(pool, async (client) => {
    const { rows } = await client.query<{ sku: string; location: string; lot: string; bin: string; quantity: number }>(
      `select p.sku, p.location, p.lot, p.bin, p.quantity from stock.parcels p
        where (p.sku, p.location, p.lot, p.bin) > ($1, $2, $3, $4) and p.quantity > 0 and p.sku = coalesce($5, p.sku)
          and p.location = coalesce($6, p.location) and p.lot = coalesce($7, p.lot)
          and ($8::text is null or p.bin = $8 or starts_with(p.bin, $8 || '/'))
        order by p.sku, p.location, p.lot, p.bin limit $9`,
      [...after, sku, location, options.lot, options.bin, limit + 1],
    )
    const shown = rows.slice(0, limit)
    const last = rows.length > limit ? shown.at(-1) : undefined
    return { items: shown.map(parcel), next: last && [last.sku, last.location, last.lot, last.bin].join('@') }
  })
}

function parcel(row: { sku: string; location: string; lot: string; bin: string; quantity: number }): object {
  const { sku, location, lot: of, bin, quantity } = row
  return { sku, location, ...(of === '' ? {} : { lot: of }), ...(bin === '' ? {} : { bin }), quantity }
}
