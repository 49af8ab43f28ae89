import type pg from 'pg'
import type { Sign } from './sign.ts'

/** What is older counts for a sixty-fourth: it is taken away. A block stays until its end. */
export const KEPT_S = 6 * 3_600
/** Rows that one look reads, the newest. */
const READ_MAX = 20_000

/** Writes signs, in one statement, and takes old ones away. */
export async function writeSigns(client: pg.Pool | pg.ClientBase, signs: readonly Sign[]): Promise<void> {
  if (signs.length === 0) return
  await client.query(
    `insert into conduct.signs (party, kind, happened_at, began_at, until, of_subject, sku, share, network)
     select s.party, s.kind, to_timestamp(s."atMs" / 1000), to_timestamp(s."beganAtMs" / 1000), to_timestamp(s."untilMs" / 1000),
       s.subject, s.sku, s.share, s.network
     from jsonb_to_recordset($1::jsonb) as s (party text, kind text, "atMs" float8, "beganAtMs" float8, "untilMs" float8,
       subject text, sku text, share real, network text)`,
    [JSON.stringify(signs)],
  )
  await client.query(
    `delete from conduct.signs where at < clock_timestamp() - make_interval(secs => $1)
      and (until is null or until < clock_timestamp())`,
    [KEPT_S],
  )
}

/** A sign as it is kept: its number tells it from others. */
export type KeptSign = Sign & { readonly id: number }

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`

/** Signs that were written within so many seconds, and blocks that have not ended, in their order. */
export async function readSigns(pool: pg.Pool, seconds: number): Promise<readonly KeptSign[]> {
  const { rows } = await pool.query<Record<keyof KeptSign, unknown>>({
    name: 'signs',
    text: `select * from (
        select id, party, kind, ${ms('happened_at')} as "atMs", ${ms('began_at')} as "beganAtMs", ${ms('until')} as "untilMs",
          of_subject as subject, sku, share, network
        from conduct.signs where at > clock_timestamp() - make_interval(secs => $1) order by id desc limit $2) s order by id`,
    values: [seconds, READ_MAX],
  })
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as never)
}

/** Takes out what is kept of somebody who is erased. */
export async function forgetConduct(client: pg.Pool | pg.ClientBase, subjects: readonly string[]): Promise<void> {
  await client.query('delete from conduct.signs where party = any($1) or of_subject = any($1)', [subjects])
}
