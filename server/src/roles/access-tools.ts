import type pg from 'pg'
import {
  changeUser,
  endGrantsOf,
  findUser,
  issuerOf,
  listClients,
  listKeys,
  listUsers,
  makeClient,
  makeKey,
  makeToken,
  makeUser,
  newPassword,
  record,
  removeClient,
  revoke,
  revokeKey,
  rotateSigningKeys,
  setPassword,
  type NewClient,
  type NewKey,
  type NewUser,
  type Role,
  type User,
} from '../access/access.ts'
import type { Config } from '../platform/config.ts'
import { systemClock, systemIds } from '../platform/ids.ts'
import { publicUrlOf } from '../platform/public-url.ts'
import { SetupError } from '../platform/setup-error.ts'
import { readSettings } from '../stock/stock.ts'
import { say, withDatabase } from './tools.ts'

/** Who does what is done on the command line, on record. */
const command = { subject: 'cellarhand', via: 'command' } as const
/** Users that are read at a time. */
const PAGE = 500

/** `user add`. */
export function addUser(config: Config, wish: Omit<NewUser, 'password'>): Promise<void> {
  return withDatabase(config, async ({ pool }) => {
    await knowPlaces(pool, wish.locations)
    const made = await makeUser(pool, { ...wish, password: await newPassword() }, systemIds)
    if (made === 'taken') throw new SetupError(`Somebody has the address ${wish.email} already.`)
    const { roles, locations } = wish
    await put(pool, 'makeUser', `user:${made.user.id}`, { roles, ...(locations ? { locations } : {}) })
    say(`${wish.name} signs in as ${made.user.email} with this password, once, and is asked for another then:`)
    say(`  ${made.oncePassword}`)
  })
}

/** `user reset-password`. */
export function resetPassword(config: Config, email: string): Promise<void> {
  return withDatabase(config, async ({ pool }) => {
    const user = await theUser(pool, email)
    const password = await newPassword()
    await setPassword(pool, user.id, password)
    await endGrantsOf(pool, user.id)
    await put(pool, 'resetPassword', `user:${user.id}`)
    say(`${user.name} is signed out everywhere, and signs in again with this password, once:`)
    say(`  ${password.once}`)
  })
}

/** `user disable` and `user enable`. */
export function setDisabled(config: Config, email: string, disabled: boolean): Promise<void> {
  return withDatabase(config, async ({ pool }) => {
    const { id, name } = await theUser(pool, email)
    await changeUser(pool, id, { disabled })
    if (disabled) await endGrantsOf(pool, id)
    await put(pool, 'changeUser', `user:${id}`, { disabled })
    say(disabled ? `${name} is signed out everywhere, and can sign in no more.` : `${name} can sign in again.`)
  })
}

/** `user list`. */
export function showUsers(config: Config): Promise<void> {
  return withDatabase(config, async ({ pool }) => {
    let after: string | undefined
    do {
      const page = await listUsers(pool, { after, limit: PAGE })
      for (const user of page.items) say(`${(user.email ?? '').padEnd(32)} ${user.name} (${whatOf(user)})`)
      after = page.next
    } while (after !== undefined)
  })
}

function whatOf({ roles, locations, disabledAt, passwordOnce }: User): string {
  return [
    roles.join(', '),
    ...placesOf(locations),
    ...(passwordOnce ? ['has not chosen a password'] : []),
    ...(disabledAt === undefined ? [] : ['disabled']),
  ].join('; ')
}

const placesOf = (locations: readonly string[] | undefined) => (locations ? [`at ${locations.join(', ')}`] : [])

/** `key add`. */
export function addKey(config: Config, wish: NewKey): Promise<void> {
  return withDatabase(config, async ({ pool }) => {
    await knowPlaces(pool, wish.locations)
    const { id, key } = await makeKey(pool, wish, { madeBy: command.subject, newId: systemIds.newId })
    const { roles, locations } = wish
    await put(pool, 'makeKey', `key:${id}`, { roles, ...(locations ? { locations } : {}) })
    say(`The key of ${wish.name}, ${id}. It is shown only now, and goes along as X-Api-Key:`)
    say(`  ${key}`)
  })
}

/** `key list`. */
export function showKeys(config: Config): Promise<void> {
  return withDatabase(config, async ({ pool }) => {
    for (const { id, name, roles, locations, expiresAt, revokedAt } of await listKeys(pool)) {
      const until = expiresAt === undefined ? [] : [`until ${expiresAt}`]
      const gone = revokedAt === undefined ? [] : [`revoked ${revokedAt}`]
      say(`${id}  ${name} (${[roles.join(', '), ...placesOf(locations), ...until, ...gone].join('; ')})`)
    }
  })
}

/** `key revoke`. */
export function endKey(config: Config, id: string): Promise<void> {
  return withDatabase(config, async ({ pool }) => {
    if (!(await revokeKey(pool, id))) throw new SetupError(`No key ${id} is in force: key list shows them.`)
    await revoke(pool, `key:${id}`)
    await put(pool, 'revokeKey', `key:${id}`)
    say(`The key ${id} counts no more; running servers know it within seconds.`)
  })
}

/** `keys rotate`. */
export function rotateKeys(config: Config): Promise<void> {
  return withDatabase(config, async ({ pool }) => {
    const kid = await rotateSigningKeys(pool)
    await put(pool, 'rotateKeys', `signing-key:${kid}`)
    say(`The key ${kid} signs from now on; running servers take it within seconds.`)
    say('What was signed before is believed until it ends: nobody has to sign in again.')
  })
}

/** `client add`. */
export function addClient(config: Config, wish: NewClient): Promise<void> {
  return withDatabase(config, async ({ pool }) => {
    refuseOutside(config)
    await knowPlaces(pool, 'locations' in wish ? wish.locations : undefined)
    const { id, secret } = await makeClient(pool, wish, systemIds)
    await put(pool, 'makeClient', `client:${id}`, { kind: wish.kind, roles: wish.roles })
    say(`${wish.name} asks for tokens at ${issuerOf(publicUrlOf(config))}/token`)
    say(`  client id      ${id}`)
    if (secret !== undefined) say(`  client secret  ${secret}   (shown only now)`)
  })
}

/** `client list`. */
export function showClients(config: Config): Promise<void> {
  return withDatabase(config, async ({ pool }) => {
    for (const { id, name, kind, roles, locations, redirectUris } of await listClients(pool)) {
      say(`${id}  ${name} (${[kind, roles.join(', '), ...placesOf(locations), ...redirectUris].join('; ')})`)
    }
  })
}

/** `client remove`. */
export function endClient(config: Config, id: string): Promise<void> {
  return withDatabase(config, async ({ pool }) => {
    if (!(await removeClient(pool, id))) throw new SetupError(`There is no client ${id}: client list shows them.`)
    await put(pool, 'removeClient', `client:${id}`)
    say(`The client ${id} is gone, with all that was given to it.`)
  })
}

export interface TokenFlags {
  readonly role: readonly Role[]
  readonly ttl: number
  readonly location?: readonly string[]
}

/** `token`: nothing but the token goes to where a script reads. */
export function printToken(config: Config, { role: roles, ttl: seconds, location }: TokenFlags): Promise<void> {
  const aside = (line: string) => console.error(line)
  return withDatabase(
    config,
    async ({ pool }) => {
      refuseOutside(config)
      await knowPlaces(pool, location)
      const issuer = issuerOf(publicUrlOf(config))
      const wish = { issuer, audience: config.oidcAudience, roles, locations: location, seconds }
      const token = await makeToken(pool, wish, { ...systemClock, ...systemIds })
      await put(pool, 'makeToken', 'client:cli', { roles, seconds })
      say(token)
    },
    aside,
  )
}

function refuseOutside({ oidcIssuer }: Config): void {
  if (oidcIssuer === undefined) return
  throw new SetupError(
    `Tokens are those of ${oidcIssuer} (OIDC_ISSUER): register programs there, or give them a key with key add.`,
  )
}

async function theUser(pool: pg.Pool, email: string): Promise<User> {
  const user = await findUser(pool, email)
  if (!user) throw new SetupError(`Nobody has the address ${email}: user list shows who there is.`)
  return user
}

async function knowPlaces(pool: pg.Pool, wanted: readonly string[] | undefined): Promise<void> {
  if (!wanted) return
  const known = new Set((await readSettings(pool)).locations.map(({ id }) => id))
  const unknown = wanted.find((one) => !known.has(one))
  if (unknown === undefined) return
  throw new SetupError(`There is no location ${unknown}. There are ${[...known].join(', ')}.`)
}

function put(pool: pg.Pool, operation: string, target: string, detail?: Readonly<Record<string, unknown>>) {
  return record(pool, command, { operation, target, outcome: 'done', ...(detail ? { detail } : {}) })
}
