import { decodeJwt } from 'jose'
import type pg from 'pg'
import { plainName, rolesOf, type Caller, type Role } from './caller.ts'
import { hashOf, newSecret } from './secrets.ts'

/** A working day; after it one signs in again. */
const SESSION_S = 12 * 3_600

/** In front of what the cookie of a session holds: found by who looks for leaked ones. */
const COOKIE_PREFIX = 's.'

export const sessionCookie = (token: string): string => `${COOKIE_PREFIX}${token}`

/** The token that a cookie holds; undefined where it holds none. */
export const tokenOfCookie = (cookie: string | undefined): string | undefined =>
  cookie?.startsWith(COOKIE_PREFIX) ? cookie.slice(COOKIE_PREFIX.length) : undefined

/** What the issuer has said of who has signed in. */
export interface SignedIn {
  readonly subject: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly locations?: readonly string[] | undefined
  readonly idToken?: string | undefined
  readonly refreshToken?: string | undefined
  /** until when its word counts, ms since 1970 */
  readonly freshUntilMs: number
}

/** Begins a session. The text answered is what the cookie holds, and is nowhere else. */
export async function beginSession(
  client: pg.Pool | pg.ClientBase,
  signedIn: SignedIn,
  guest: string | undefined,
): Promise<{ readonly token: string; readonly maxAgeS: number }> {
  const token = newSecret()
  await client.query('delete from access.sessions where ends_at < clock_timestamp()')
  await client.query(
    `insert into access.sessions (hash, subject, name, roles, locations, guest, id_token, refresh_token, fresh_until, ends_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp() + make_interval(secs => $10))`,
    [
      hashOf(token),
      signedIn.subject,
      signedIn.name,
      signedIn.roles,
      signedIn.locations ?? null,
      guest ?? null,
      signedIn.idToken ?? null,
      signedIn.refreshToken ?? null,
      new Date(signedIn.freshUntilMs),
      SESSION_S,
    ],
  )
  return { token, maxAgeS: SESSION_S }
}

/** A session as it is kept. */
export interface Session {
  readonly caller: Caller
  readonly freshUntilMs: number
  readonly idToken: string | undefined
  readonly refreshToken: string | undefined
}

/** The session of a cookie; undefined where it is none, or has ended. */
export async function readSession(pool: pg.Pool, token: string): Promise<Session | undefined> {
  const hash = hashOf(token)
  const { rows } = await pool.query<SessionRow>(
    `select subject, name, roles, locations, guest, id_token, refresh_token, made_at, fresh_until, ends_at
       from access.sessions where hash = $1 and ends_at > clock_timestamp()`,
    [hash],
  )
  const [row] = rows
  return row && sessionOf(row, `session:${hash.toString('hex')}`)
}

interface SessionRow {
  readonly subject: string
  readonly name: string
  readonly roles: readonly string[]
  readonly locations: readonly string[] | null
  readonly guest: string | null
  readonly id_token: string | null
  readonly refresh_token: string | null
  readonly made_at: Date
  readonly fresh_until: Date
  readonly ends_at: Date
}

function sessionOf(row: SessionRow, name: string): Session {
  const caller: Caller = Object.freeze({
    subject: row.subject,
    name: plainName(row.name),
    roles: rolesOf(row.roles),
    locations: row.locations === null ? undefined : new Set(row.locations),
    customers: row.guest === null ? [row.subject] : [row.subject, row.guest],
    via: 'session',
    expiresAtMs: row.ends_at.getTime(),
    revokedWith: [name],
    issuedAtMs: row.made_at.getTime(),
    authenticatedAtMs: authenticatedAtMs(row.id_token),
  } as const)
  return {
    caller,
    freshUntilMs: row.fresh_until.getTime(),
    idToken: row.id_token ?? undefined,
    refreshToken: row.refresh_token ?? undefined,
  }
}

/** When the issuer has seen them, as its ID token says, which was looked at before it was kept. */
function authenticatedAtMs(idToken: string | null): number | undefined {
  const seenAt = idToken === null ? undefined : decodeJwt(idToken)['auth_time']
  return typeof seenAt === 'number' ? seenAt * 1_000 : undefined
}

/**
 * Takes it on oneself to ask the issuer again: for so many seconds nobody else does. False where somebody has.
 *
 * @param freshUntilMs as it was read
 */
export async function claimFreshening(
  pool: pg.Pool,
  token: string,
  freshUntilMs: number,
  seconds: number,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update access.sessions set fresh_until = date_trunc('milliseconds', clock_timestamp()) + make_interval(secs => $3)
      where hash = $1 and fresh_until = $2`,
    [hashOf(token), new Date(freshUntilMs), seconds],
  )
  return rowCount === 1
}

/** Says that the issuer was asked again, and what it said. */
export async function freshenSession(pool: pg.Pool, token: string, signedIn: SignedIn): Promise<void> {
  await pool.query(
    `update access.sessions set name = $2, roles = $3, locations = $4, refresh_token = $5, fresh_until = $6 where hash = $1`,
    [
      hashOf(token),
      signedIn.name,
      signedIn.roles,
      signedIn.locations ?? null,
      signedIn.refreshToken ?? null,
      new Date(signedIn.freshUntilMs),
    ],
  )
}

/** Ends a session here and, by its revocation, in every process and on every feed. */
export async function endSession(client: pg.Pool | pg.ClientBase, token: string): Promise<void> {
  await client.query('delete from access.sessions where hash = $1', [hashOf(token)])
}
