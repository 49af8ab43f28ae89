import type pg from 'pg'
import { must } from '../../platform/must.ts'
import type { Role } from '../caller.ts'
import { hashOf, newSecret } from '../secrets.ts'

/** A program that may ask the issuer for tokens, as it is shown to whoever administers them. */
export interface Client {
  readonly id: string
  readonly name: string
  /** `machine`: in its own name, by its secret. `app`: in the name of people who sign in. */
  readonly kind: 'machine' | 'app'
  /** what it may be at most */
  readonly roles: readonly Role[]
  readonly locations?: readonly string[]
  readonly redirectUris: readonly string[]
}

export type NewClient =
  | {
      readonly kind: 'machine'
      readonly name: string
      readonly roles: readonly Role[]
      readonly locations?: readonly string[] | undefined
    }
  | {
      readonly kind: 'app'
      readonly name: string
      readonly roles: readonly Role[]
      readonly redirectUris: readonly string[]
      /** whether it cannot keep a secret: a page, an app on a phone */
      readonly isPublic: boolean
    }

/** A client as the library has it (RFC 7591), with what is ours. */
export interface ClientMetadata {
  readonly client_id: string
  readonly client_name: string
  /** a hash of it: what is kept cannot be shown */
  readonly client_secret?: string
  readonly application_type?: 'web' | 'native'
  readonly token_endpoint_auth_method: 'client_secret_basic' | 'none'
  readonly grant_types: readonly string[]
  readonly response_types: readonly 'code'[]
  readonly redirect_uris: readonly string[]
  readonly post_logout_redirect_uris?: readonly string[]
  readonly roles: readonly Role[]
  readonly locations?: readonly string[]
}

/** A client's secret as it is kept. */
export const keptSecret = (secret: string): string => hashOf(secret).toString('base64url')

/** Registers a client. Its secret, where it has one, is nowhere else. */
export async function makeClient(
  pool: pg.Pool,
  asked: NewClient,
  door: { newId: () => string },
): Promise<Client & { readonly secret?: string }> {
  const isPublic = asked.kind === 'app' && asked.isPublic
  const secret = isPublic ? undefined : newSecret()
  const metadata: ClientMetadata = {
    client_id: door.newId(),
    client_name: asked.name,
    roles: asked.roles,
    ...(secret === undefined
      ? { token_endpoint_auth_method: 'none' }
      : { token_endpoint_auth_method: 'client_secret_basic', client_secret: keptSecret(secret) }),
    ...(asked.kind === 'machine' ? ofMachine(asked.locations) : ofApp(asked.redirectUris)),
  }
  await pool.query(`insert into access.issued (model, id, payload) values ('Client', $1, $2)`, [
    metadata.client_id,
    JSON.stringify(metadata),
  ])
  return { ...clientOf(metadata), ...(secret === undefined ? {} : { secret }) }
}

function ofMachine(locations: readonly string[] | undefined) {
  const asItself = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] } as const
  return locations === undefined ? asItself : { ...asItself, locations }
}

function ofApp(redirectUris: readonly string[]) {
  // An app on a phone or a desk comes back by a scheme of its own, or on loopback (RFC 8252).
  const isWeb = redirectUris.every((uri) => uri.startsWith('https:'))
  return {
    application_type: isWeb ? 'web' : 'native',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: redirectUris,
  } as const
}

/** All that are registered, by name. */
export async function listClients(pool: pg.Pool): Promise<Client[]> {
  const { rows } = await pool.query<{ payload: ClientMetadata }>(
    `select payload from access.issued where model = 'Client' order by payload->>'client_name', id`,
  )
  return rows.map(({ payload }) => clientOf(payload))
}

/** Takes a client away with all that was given to it. False where there is none. */
export async function removeClient(client: pg.Pool | pg.ClientBase, id: string): Promise<boolean> {
  const { rowCount } = await client.query(`delete from access.issued where model = 'Client' and id = $1`, [id])
  if (rowCount !== 1) return false
  const { rows } = await client.query<{ id: string }>(
    `delete from access.issued where payload->>'clientId' = $1 returning case model when 'Grant' then id end as id`,
    [id],
  )
  const grants = rows.flatMap(({ id: grant }) => (grant === null ? [] : [`grant:${grant}`]))
  await client.query('insert into access.revocations (what) select unnest($1::text[])', [[`client:${id}`, ...grants]])
  return true
}

function clientOf(metadata: ClientMetadata): Client {
  const { client_id: id, client_name: name, roles, locations, redirect_uris: redirectUris } = metadata
  const isMachine = must(metadata.grant_types[0], 'what a client may ask for') === 'client_credentials'
  return { id, name, kind: isMachine ? 'machine' : 'app', roles, redirectUris, ...(locations ? { locations } : {}) }
}
