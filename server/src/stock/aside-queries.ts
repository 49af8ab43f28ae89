import type pg from 'pg'
import { instant } from './core/answer.ts'
import { at, type Page, type Read } from './queries.ts'
import { withSnapshot } from './snapshot.ts'

interface OfLevel {
  readonly sku: string | undefined
  readonly location: string | undefined
  readonly limit: number
}

/**
 * What was seen of bottles, newest first.
 *
 * @param options.before go on after this, as `next` gave it
 */
export function readNotes(
  pool: pg.Pool,
  options: OfLevel & { readonly before?: { readonly entry: number; readonly line: number } },
): Promise<Read<Page<object>>> {
  const { entry, line } = options.before ?? { entry: Number.MAX_SAFE_INTEGER, line: 0 }
  return withSnapshot(pool, async (client) => {
    const { rows } = await client.query(
      `select n.entry, n.line, n.sku, n.location, n.condition, n.photos, e.kind, e.reason, e.actor,
          ${at('e.occurred_at')} as occurred_at_us
        from stock.notes n join stock.entries e on e.id = n.entry
        where (n.entry, n.line) < ($1, $2) and n.sku = coalesce($3, n.sku) and n.location = coalesce($4, n.location)
        order by n.entry desc, n.line desc limit $5`,
      [entry, line, options.sku, options.location, options.limit + 1],
    )
    const shown = rows.slice(0, options.limit)
    const last = rows.length > options.limit ? shown.at(-1) : undefined
    return { items: shown.map(note), next: last && `${last.entry}.${last.line}` }
  })
}

function note(row: Record<string, unknown>): object {
  return {
    entry: String(row['entry']),
    kind: row['kind'],
    sku: row['sku'],
    location: row['location'],
    ...(row['reason'] === null ? {} : { reason: row['reason'] }),
    ...(row['condition'] === null ? {} : { condition: row['condition'] }),
    photos: row['photos'],
    actor: row['actor'],
    occurredAt: instant(row['occurred_at_us'] as number),
  }
}

/**
 * What is left in allotments, in the order of SKU, location and allotment.
 *
 * @param options.after the allotment that the last page ended with
 */
export function readAllotments(
  pool: pg.Pool,
  options: OfLevel & {
    readonly allotment: string | undefined
    readonly after: { readonly sku: string; readonly location: string; readonly allotment: string }
  },
): Promise<Read<Page<object>>> {
  const { after, limit } = options
  return withSnapshot(pool, async (client) => {
    const { rows } = await client.query<{ allotment: string; sku: string; location: string; quantity: number }>(
      `select a.allotment, a.sku, a.location, a.quantity from stock.allotments a
        where (a.sku, a.location, a.allotment) > ($1, $2, $3) and a.quantity > 0 and a.sku = coalesce($4, a.sku)
          and a.location = coalesce($5, a.location) and a.allotment = coalesce($6, a.allotment)
        order by a.sku, a.location, a.allotment limit $7`,
      [after.sku, after.location, after.allotment, options.sku, options.location, options.allotment, limit + 1],
    )
    const shown = rows.slice(0, limit)
    const last = rows.length > limit ? shown.at(-1) : undefined
    return { items: shown, next: last && `${last.sku}@${last.location}/${last.allotment}` }
  })
}
