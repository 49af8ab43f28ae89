import type pg from 'pg'
import { documentsOf } from './batch/read.ts'
import * as sql from './batch/sql.ts'
import { documentAnswer, type DocumentKind } from './core/document.ts'
import type { Page, Read } from './queries.ts'
import { withSnapshot } from './snapshot.ts'

/** A document of a kind as its schema of the protocol, without its position; undefined when there is none. */
export function readDocument(pool: pg.Pool, kind: DocumentKind, id: string): Promise<Read<object | undefined>> {
  return withSnapshot(pool, async (client) => {
    const document = documentsOf(await client.query(sql.readDocuments.text, [[id]])).get(id)
    return document?.kind === kind ? documentAnswer(document) : undefined
  })
}

/**
 * Documents of a kind, newest first.
 *
 * @param options.before go on after this entry, as `next` gave it
 */
export function readDocuments(
  pool: pg.Pool,
  kind: DocumentKind,
  options: {
    readonly state: string | undefined
    readonly reference: string | undefined
    /** only theirs; undefined: anybody's */
    readonly customers: readonly string[] | undefined
    readonly limit: number
    readonly before: number | undefined
  },
): Promise<Read<Page<object>>> {
  return withSnapshot(pool, async (client) => {
    const { rows } = await client.query<{ id: string; entry: number }>(
      `select d.id, d.entry from stock.documents d
        where d.kind = $1 and d.entry < $2 and d.state = coalesce($3, d.state)
          and ($5::text is null or d.reference = $5) and ($6::text[] is null or d.body ->> 'customer' = any($6))
        order by d.entry desc limit $4`,
      [
        kind,
        options.before ?? Number.MAX_SAFE_INTEGER,
        options.state,
        options.limit + 1,
        options.reference,
        options.customers,
      ],
    )
    const shown = rows.slice(0, options.limit)
    const documents = documentsOf(await client.query(sql.readDocuments.text, [shown.map(({ id }) => id)]))
    const items = shown.flatMap(({ id }) => documents.get(id) ?? []).map(documentAnswer)
    const last = rows.length > options.limit ? shown.at(-1) : undefined
    return { items, next: last && String(last.entry) }
  })
}
