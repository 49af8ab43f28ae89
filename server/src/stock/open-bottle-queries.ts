import type pg from 'pg'
import { must } from '../platform/must.ts'
import { documentsOf } from './batch/read.ts'
import * as sql from './batch/sql.ts'
import { documentAnswer } from './core/document.ts'
import { poursShown } from './core/open-bottle-body.ts'
import type { Page, Read } from './queries.ts'
import { withSnapshot } from './snapshot.ts'

/** The database's time decides what is due: the machines that serve may differ in theirs. */
const due = `(d.state = 'open' and (d.body ->> 'discardByMs')::bigint <= extract(epoch from now()) * 1000)`

interface Row {
  readonly id: string
  readonly entry: number
  readonly due: boolean
}

/** An open bottle with its newest pours, as the protocol's `OpenBottleRecord`, without its position; undefined when there is none. */
export function readOpenBottle(pool: pg.Pool, id: string): Promise<Read<object | undefined>> {
  return withSnapshot(pool, async (client) => {
    const { rows } = await client.query<Row>(
      `select d.id, d.entry, ${due} as due from stock.documents d where d.id = $1 and d.kind = 'openBottle'`,
      [id],
    )
    const [bottle] = await shown(client, rows, true)
    return bottle
  })
}

/**
 * Open bottles, newest first.
 *
 * @param options.due only those that should have been discarded
 * @param options.before go on after this entry, as `next` gave it
 */
export function readOpenBottles(
  pool: pg.Pool,
  options: {
    readonly location: string | undefined
    readonly state: string | undefined
    readonly due: boolean
    readonly limit: number
    readonly before: number | undefined
  },
): Promise<Read<Page<object>>> {
  const { location, state, limit, before = Number.MAX_SAFE_INTEGER } = options
  // What is asked for all day is what is open, said in the words of the index that has only these: 1 ms among 200,000 bottles, and 40 without it.
  const isOpen = state === 'open' || options.due ? `d.state = 'open'` : 'true'
  return withSnapshot(pool, async (client) => {
    const { rows } = await client.query<Row>(
      `select d.id, d.entry, ${due} as due from stock.documents d
        where d.kind = 'openBottle' and ${isOpen} and d.entry < $1 and ($2::text is null or d.body ->> 'location' = $2)
          and ($3::text is null or d.state = $3) and (${due} or not $4) order by d.entry desc limit $5`,
      [before, location, state, options.due, limit + 1],
    )
    const page = rows.slice(0, limit)
    const last = rows.length > limit ? page.at(-1) : undefined
    return { items: await shown(client, page, false), next: last && String(last.entry) }
  })
}

async function shown(client: pg.ClientBase, rows: readonly Row[], withPours: boolean): Promise<object[]> {
  const documents = documentsOf(await client.query(sql.readDocuments.text, [rows.map(({ id }) => id)]))
  return rows.map(({ id, due: isDue }) => {
    const document = must(documents.get(id), 'a document of the same snapshot')
    return {
      ...documentAnswer(document),
      ...(isDue ? { due: true } : {}),
      ...(withPours && document.kind === 'openBottle' ? { pours: poursShown(document.body) } : {}),
    }
  })
}
