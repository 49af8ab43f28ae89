import type pg from 'pg'
import { must } from '../platform/must.ts'
import { plainName, rolesOf, type Caller, type Role } from './caller.ts'
import { hashOf, isSame, newSecret } from './secrets.ts'

/** `ck_ID_SECRET`: found by who looks for leaked keys, and by its id without the secret. */
const form = /^ck_([0-9a-f]{16})_([\w-]{43})$/

/** A key as it is shown to whoever administers them: without the key. */
export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly locations?: readonly string[]
  readonly madeBy: string
  readonly madeAt: string
  readonly expiresAt?: string
  readonly revokedAt?: string
}

/** What is asked for with a new key. */
export interface NewKey {
  readonly name: string
  readonly roles: readonly Role[]
  readonly locations?: readonly string[] | undefined
  readonly expiresAtMs?: number | undefined
}

/** Who shows a key; undefined where it is none, was revoked, or has ended. */
export async function callerOfKey(pool: pg.Pool, key: string, nowMs: number): Promise<Caller | undefined> {
  const [, id] = form.exec(key) ?? []
  if (id === undefined) return undefined
  const { rows } = await pool.query<KeyRow>(`${selectKeys} where id = $1`, [id])
  const [row] = rows
  if (!row || !isSame(row.hash, hashOf(key)) || row.revoked_at !== null) return undefined
  if (row.expires_at !== null && row.expires_at.getTime() <= nowMs) return undefined
  return Object.freeze({
    subject: `key:${id}`,
    name: plainName(row.name),
    roles: rolesOf(row.roles),
    locations: row.locations === null ? undefined : new Set(row.locations),
    customers: [],
    via: 'key',
    expiresAtMs: row.expires_at?.getTime(),
    revokedWith: [],
    issuedAtMs: row.made_at.getTime(),
  } as const)
}

/** Makes a key. What it answers as `key` is nowhere else. */
export async function makeKey(
  pool: pg.Pool | pg.ClientBase,
  { name, roles, locations, expiresAtMs }: NewKey,
  door: { madeBy: string; newId: () => string },
): Promise<ApiKey & { readonly key: string }> {
  // The time in front of an id is known; the rest is random, and of a UUID's 74 bits so many stay.
  const id = door.newId().replaceAll('-', '').slice(-16)
  const key = `ck_${id}_${newSecret()}`
  const ends = expiresAtMs === undefined ? null : new Date(expiresAtMs)
  const { rows } = await pool.query<KeyRow>(
    `insert into access.keys (id, name, hash, roles, locations, made_by, expires_at) values ($1, $2, $3, $4, $5, $6, $7) returning *`,
    [id, name, hashOf(key), roles, locations ?? null, door.madeBy, ends],
  )
  return { ...keyOf(must(rows[0], 'the key that was made')), key }
}

/** All keys, the newest first; those that ended stay on record. */
export async function listKeys(pool: pg.Pool): Promise<ApiKey[]> {
  const { rows } = await pool.query<KeyRow>(`${selectKeys} order by made_at desc, id`)
  return rows.map(keyOf)
}

/** Ends a key. False where there is none that lives. */
export async function revokeKey(client: pg.Pool | pg.ClientBase, id: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'update access.keys set revoked_at = clock_timestamp() where id = $1 and revoked_at is null',
    [id],
  )
  return rowCount === 1
}

const selectKeys = 'select id, name, hash, roles, locations, made_by, made_at, expires_at, revoked_at from access.keys'

interface KeyRow {
  readonly id: string
  readonly name: string
  readonly hash: Buffer
  readonly roles: readonly Role[]
  readonly locations: readonly string[] | null
  readonly made_by: string
  readonly made_at: Date
  readonly expires_at: Date | null
  readonly revoked_at: Date | null
}

function keyOf(row: KeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    roles: row.roles,
    ...(row.locations === null ? {} : { locations: row.locations }),
    madeBy: row.made_by,
    madeAt: row.made_at.toISOString(),
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at.toISOString() }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at.toISOString() }),
  }
}
