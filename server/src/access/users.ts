import type pg from 'pg'
import type { Role } from './caller.ts'
import { isPassword, type NewPassword } from './passwords.ts'
import { hashOf } from './secrets.ts'

/** Wrong passwords in a row after which nobody is asked again for a while: few for a guesser, enough for a person. */
const FAILURES_MAX = 8
const LOCK_S = 300

/** Somebody with an account. */
export interface User {
  readonly id: string
  /** undefined: erased */
  readonly email?: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly locations?: readonly string[]
  readonly passwordOnce: boolean
  readonly madeAt: string
  readonly disabledAt?: string
}

export interface NewUser {
  readonly email: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly locations?: readonly string[] | undefined
  readonly password: NewPassword
}

/** An address of mail as it is compared. */
const foldEmail = (email: string): string => email.normalize('NFC').trim().toLowerCase()

/** Somebody new, with the password to be used once where none was given; `taken`: there is somebody of that address. */
export async function makeUser(
  client: pg.Pool | pg.ClientBase,
  { email, name, roles, locations, password }: NewUser,
  door: { newId: () => string },
): Promise<{ readonly user: User; readonly oncePassword?: string } | 'taken'> {
  const { kept, once } = password
  const { rows } = await client.query<UserRow>(
    `insert into access.users (id, email, name, roles, locations, password, password_once) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (email) do nothing returning *`,
    [door.newId(), foldEmail(email), name, roles, locations ?? null, kept, once !== undefined],
  )
  const [row] = rows
  if (!row) return 'taken'
  return { user: userOf(row), ...(once === undefined ? {} : { oncePassword: once }) }
}

/** What came of a sign-in. `id` is whose address it was, for the record and not for the answer. */
export type SignIn =
  | { readonly kind: 'in'; readonly user: User }
  | { readonly kind: 'wrong'; readonly id: string | undefined }
  | { readonly kind: 'locked'; readonly id: string | undefined; readonly untilMs: number }

/**
 * Looks at an address and a password. Whether there is somebody of that address cannot be told from what it answers, nor from how long it takes: failures are counted for addresses, whoever
 * has them or nobody.
 */
export async function signIn(pool: pg.Pool, email: string, password: string): Promise<SignIn> {
  const address = foldEmail(email)
  const [row] = (
    await pool.query<UserRow>('select * from access.users where email = $1 and disabled_at is null', [address])
  ).rows
  const fits = await isPassword(password, row?.password ?? undefined)
  const untilMs = await lockedUntil(pool, address)
  if (untilMs !== undefined) return { kind: 'locked', id: row?.id, untilMs }
  if (!row || !fits) {
    await countFailure(pool, address)
    return { kind: 'wrong', id: row?.id }
  }
  await forgetFailures(pool, address)
  return { kind: 'in', user: userOf(row) }
}

/** Whether a password is somebody's. */
export async function isPasswordOf(pool: pg.Pool, id: string, password: string): Promise<boolean> {
  const { rows } = await pool.query<Pick<UserRow, 'password'>>('select password from access.users where id = $1', [id])
  return isPassword(password, rows[0]?.password ?? undefined)
}

async function lockedUntil(pool: pg.Pool, address: string): Promise<number | undefined> {
  const { rows } = await pool.query<{ locked_until: Date }>(
    'select locked_until from access.sign_in_failures where address = $1 and locked_until > clock_timestamp()',
    [hashOf(address)],
  )
  return rows[0]?.locked_until.getTime()
}

async function countFailure(pool: pg.Pool, address: string): Promise<void> {
  await pool.query(`delete from access.sign_in_failures where at < clock_timestamp() - interval '1 day'`)
  await pool.query(
    `insert into access.sign_in_failures as f (address, failures) values ($1, 1)
     on conflict (address) do update set at = clock_timestamp(),
       failures = case when f.failures + 1 >= $2 then 0 else f.failures + 1 end,
       locked_until = case when f.failures + 1 >= $2 then clock_timestamp() + make_interval(secs => $3) end`,
    [hashOf(address), FAILURES_MAX, LOCK_S],
  )
}

async function forgetFailures(client: pg.Pool | pg.ClientBase, address: string): Promise<void> {
  await client.query('delete from access.sign_in_failures where address = $1', [hashOf(address)])
}

/** Gives somebody another password. */
export async function setPassword(
  client: pg.Pool | pg.ClientBase,
  id: string,
  { kept, once }: NewPassword,
): Promise<void> {
  const { rows } = await client.query<Pick<UserRow, 'email'>>(
    `update access.users set password = $2, password_once = $3, changed_at = clock_timestamp() where id = $1 returning email`,
    [id, kept, once !== undefined],
  )
  for (const { email } of rows) if (email !== null) await forgetFailures(client, email)
}

/** What of a user is changed; null takes a limit off. */
export interface UserChange {
  readonly name?: string | undefined
  readonly roles?: readonly Role[] | undefined
  readonly locations?: readonly string[] | null | undefined
  readonly disabled?: boolean | undefined
}

/** Changes somebody; undefined where there is nobody of that id. What they were given before is to be revoked by whoever calls. */
export async function changeUser(
  client: pg.Pool | pg.ClientBase,
  id: string,
  { name, roles, locations, disabled }: UserChange,
): Promise<User | undefined> {
  const { rows } = await client.query<UserRow>(
    `update access.users set name = coalesce($2, name), roles = coalesce($3, roles),
       locations = case when $4 then $5 else locations end,
       disabled_at = case when $6::boolean is null then disabled_at when $6 then coalesce(disabled_at, clock_timestamp()) end,
       changed_at = clock_timestamp()
     where id = $1 and erased_at is null returning *`,
    [id, name ?? null, roles ?? null, locations !== undefined, locations ?? null, disabled ?? null],
  )
  return rows[0] && userOf(rows[0])
}

/** Takes out of a row all that says who it was. Orders and the journal go on naming the id. */
export async function eraseUser(client: pg.Pool | pg.ClientBase, id: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `update access.users set email = null, name = 'erased', password = null, locations = null,
       disabled_at = coalesce(disabled_at, clock_timestamp()), erased_at = clock_timestamp(), changed_at = clock_timestamp()
     where id = $1 and erased_at is null`,
    [id],
  )
  return rowCount === 1
}

/** Somebody by their id; undefined where there is nobody, or nobody any more. */
export async function readUser(client: pg.Pool | pg.ClientBase, id: string): Promise<User | undefined> {
  const { rows } = await client.query<UserRow>('select * from access.users where id = $1 and erased_at is null', [id])
  return rows[0] && userOf(rows[0])
}

/** Somebody by their address; undefined where nobody has it. */
export async function findUser(client: pg.Pool | pg.ClientBase, email: string): Promise<User | undefined> {
  const { rows } = await client.query<UserRow>('select * from access.users where email = $1', [foldEmail(email)])
  return rows[0] && userOf(rows[0])
}

/** Users by their address, a page at a time. */
export async function listUsers(
  pool: pg.Pool,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<{ readonly items: readonly User[]; readonly next?: string }> {
  const { rows } = await pool.query<UserRow>(
    `select * from access.users where erased_at is null and ($1::text is null or email > $1) order by email limit $2`,
    [after ?? null, limit + 1],
  )
  const items = rows.slice(0, limit).map(userOf)
  const last = items.at(-1)?.email
  return { items, ...(rows.length > limit && last !== undefined ? { next: last } : {}) }
}

/** Lets one change of users after another: two who take each other's role away at once would both be right. */
export async function lockUsers(client: pg.ClientBase): Promise<void> {
  await client.query('lock table access.users in share row exclusive mode')
}

/** Whether anybody of a role has an account. */
export async function hasUserOf(client: pg.Pool | pg.ClientBase, role: Role): Promise<boolean> {
  const { rowCount } = await client.query(
    'select 1 from access.users where $1 = any(roles) and disabled_at is null limit 1',
    [role],
  )
  return rowCount === 1
}

interface UserRow {
  readonly id: string
  readonly email: string | null
  readonly name: string
  readonly roles: readonly Role[]
  readonly locations: readonly string[] | null
  readonly password: string | null
  readonly password_once: boolean
  readonly made_at: Date
  readonly disabled_at: Date | null
}

function userOf(row: UserRow): User {
  return {
    id: row.id,
    ...(row.email === null ? {} : { email: row.email }),
    name: row.name,
    roles: row.roles,
    ...(row.locations === null ? {} : { locations: row.locations }),
    passwordOnce: row.password_once,
    madeAt: row.made_at.toISOString(),
    ...(row.disabled_at === null ? {} : { disabledAt: row.disabled_at.toISOString() }),
  }
}
