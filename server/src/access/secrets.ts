import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type pg from 'pg'
import { must } from '../platform/must.ts'

/** Random bytes of whatever is handed out as a secret: nobody guesses 256 bits, and so a plain hash keeps it. */
const SECRET_BYTES = 32

/** A text that nobody guesses: 43 characters of base64url. */
export const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url')

/** What is kept of a secret: enough to know it again. */
export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()

/** Compares in a time that says nothing of where they differ. */
export const isSame = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other)

/** The installation's secret of a name, made at its first use; the same in every process. */
export async function installedSecret(pool: pg.Pool, name: string): Promise<string> {
  await pool.query('insert into access.secrets (name, value) values ($1, $2) on conflict do nothing', [
    name,
    newSecret(),
  ])
  const { rows } = await pool.query<{ value: string }>('select value from access.secrets where name = $1', [name])
  return must(rows[0], 'a secret that was just made').value
}
