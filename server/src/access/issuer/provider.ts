import type { Adapter, Configuration, KoaContextWithOIDC, default as OidcProvider } from 'oidc-provider'
import type pg from 'pg'
import { isSame } from '../secrets.ts'
import { readUser, type User } from '../users.ts'
import { roles, type Role } from '../caller.ts'
import { adapterOf } from './adapter.ts'
import { keptSecret, type ClientMetadata } from './clients.ts'
import type { Library } from './library.ts'
import { SIGNING_ALGORITHM, type SigningKey } from './signing-keys.ts'

/** Short, since it is not looked up: what is revoked is known by its grant, and roles are what they were for so long. */
const ACCESS_TOKEN_S = 600
/** Long enough to look for a password, and to write an account's address. */
const INTERACTION_S = 1_800
const CODE_S = 60
const ID_TOKEN_S = 3_600
/** A browser is signed in at the issuer for a working day, as it is at the page. */
const SESSION_S = 12 * 3_600
/** An app stays signed in while it is used every two weeks, and three months at most. */
const REFRESH_TOKEN_S = 14 * 86_400
const GRANT_S = 90 * 86_400

/** What people may be: what a machine is, nobody signs in to. */
export const peopleRoles: readonly Role[] = roles.filter((role) => role !== 'guest' && role !== 'machine')

/** Names of the issuer's cookies. Those of one sign-in are for its own path: hence another prefix. */
export const issuerCookies = {
  session: '__Host-cellarhand-issuer',
  interaction: '__Secure-cellarhand-sign-in',
  resume: '__Secure-cellarhand-resume',
} as const

/** A page, with the headers that belong to it. */
export interface IssuerPage {
  readonly html: string
  readonly headers: Readonly<Record<string, string>>
}

/** What the issuer shows by itself. */
export interface IssuerPages {
  /** Something is wrong with what an app asked, in the words of the standard: a code such as `invalid_request`, and a sentence. */
  error(code: string, detail: string | undefined): IssuerPage
  /** Whether to sign out. `form` is HTML with the id `op.logoutForm`, whose button `logout` says yes. */
  signOut(form: string): IssuerPage
  signedOut(): IssuerPage
}

export interface ProviderDoor {
  readonly library: Library
  readonly pool: pg.Pool
  readonly issuer: string
  readonly audience: string
  /** the newest first */
  readonly keys: readonly SigningKey[]
  readonly cookieKey: string
  readonly pageClient: ClientMetadata
  readonly pages: IssuerPages
  readonly isAllowedOrigin: (origin: string) => boolean
}

/** Makes the provider of one set of keys. */
export function createProvider(door: ProviderDoor): OidcProvider {
  const { library, issuer } = door
  const provider = new library.Provider(issuer, configurationOf(door))
  keepToAddress(provider, new URL(issuer))
  // What is kept of a secret is its hash.
  provider.Client.prototype.compareClientSecret = function compare(actual: string) {
    return isSame(Buffer.from(this.clientSecret ?? ''), Buffer.from(keptSecret(actual)))
  }
  provider.use(async (ctx, next) => {
    await next()
    const origin = ctx.get('origin')
    if (origin !== '' && !door.isAllowedOrigin(origin)) {
      for (const name of ['Allow-Origin', 'Allow-Methods', 'Allow-Headers', 'Expose-Headers', 'Max-Age'])
        ctx.remove(`Access-Control-${name}`)
    }
  })
  return provider
}

/** Where it is reached is what is configured, whatever a request says of that; and its cookies are for TLS, which browsers take loopback for. */
function keepToAddress(provider: OidcProvider, { protocol, host }: URL): void {
  const fixed = { protocol: protocol.slice(0, -1), host, secure: true }
  for (const [name, value] of Object.entries(fixed)) {
    Object.defineProperty(provider.request, name, { get: () => value })
  }
}

function configurationOf(door: ProviderDoor): Configuration {
  const { library, pool, keys, cookieKey, pageClient, isAllowedOrigin } = door
  const cookie = { httpOnly: true, sameSite: 'lax', secure: true, signed: true } as const
  return {
    adapter: (model: string): Adapter => adapterOf(model, { pool, InvalidGrant: library.errors.InvalidGrant }),
    jwks: { keys: [...keys] },
    clients: [{ ...pageClient }],
    clientDefaults: { id_token_signed_response_alg: SIGNING_ALGORITHM },
    enabledJWA: { idTokenSigningAlgValues: [SIGNING_ALGORITHM] },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    extraClientMetadata: { properties: ['roles', 'locations'] },
    cookies: { names: issuerCookies, long: cookie, short: cookie, keys: [cookieKey] },
    responseTypes: ['code'],
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub', 'name'] },
    pkce: { required: () => true },
    rotateRefreshToken: () => true,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    // What was given ends with its grant: by signing out, by a token that is shown twice, by whoever administers.
    expiresWithSession: () => false,
    clientBasedCORS: (_ctx, origin) => isAllowedOrigin(origin),
    findAccount: async (_ctx, id) => accountOf(await readUser(pool, id)),
    loadExistingGrant: (ctx) => grantByItself(ctx, door.audience),
    extraTokenClaims: (ctx, token) => extraClaims(ctx, token),
    interactions: { policy: signInPolicy(library), url: (_ctx, { uid }) => `/sign-in/${uid}` },
    renderError: (ctx, { error, error_description: detail }) => show(ctx, door.pages.error(error, detail)),
    features: featuresOf(door),
    ttl: {
      AccessToken: ACCESS_TOKEN_S,
      ClientCredentials: ACCESS_TOKEN_S,
      AuthorizationCode: CODE_S,
      IdToken: ID_TOKEN_S,
      Interaction: INTERACTION_S,
      Session: SESSION_S,
      RefreshToken: REFRESH_TOKEN_S,
      Grant: GRANT_S,
    },
  }
}

function featuresOf(door: ProviderDoor): Configuration['features'] {
  return {
    devInteractions: { enabled: false },
    // Who takes the tokens does not look for proofs of possession: they would promise what is not kept.
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    // An access token is for the API alone; who somebody is stands in the ID token.
    userinfo: { enabled: false },
    clientCredentials: { enabled: true },
    // Of a token of another's it says that it is done, and does nothing (RFC 7009, 2.2).
    revocation: { enabled: true, allowedPolicy: (_ctx, client, { clientId }) => clientId === client.clientId },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => show(ctx, door.pages.signOut(form)),
      postLogoutSuccessSource: (ctx) => show(ctx, door.pages.signedOut()),
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => door.audience,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, resource, client) => {
        if (resource !== door.audience) throw new door.library.errors.InvalidTarget()
        return {
          scope: rolesNow(ctx, client as unknown as ClientMetadata).join(' '),
          audience: door.audience,
          accessTokenTTL: ACCESS_TOKEN_S,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: SIGNING_ALGORITHM } },
        }
      },
    },
  }
}

/** What a token may say: what the client may be at most and, where somebody has signed in, what they are at this moment. */
function rolesNow(ctx: KoaContextWithOIDC, { roles: most }: Pick<ClientMetadata, 'roles'>): readonly Role[] {
  const user = userOf(ctx)
  if (ctx.oidc.route !== 'token' || !user) return most
  return most.filter((role) => user.roles.includes(role))
}

interface Account {
  readonly accountId: string
  readonly user: User
}

function accountOf(user: User | undefined) {
  if (!user || user.disabledAt !== undefined || user.passwordOnce) return undefined
  const { id, name } = user
  return { accountId: id, user, claims: () => ({ sub: id, name }) }
}

const userOf = (ctx: KoaContextWithOIDC): User | undefined =>
  (ctx.oidc.entities.Account as unknown as Account | undefined)?.user

interface TokenAsked {
  readonly kind: 'AccessToken' | 'ClientCredentials'
  readonly grantId?: string
}

/** What access tokens say beside what the standard asks for. */
function extraClaims(ctx: KoaContextWithOIDC, { kind, grantId }: TokenAsked): Record<string, unknown> {
  const client = ctx.oidc.client as unknown as { clientName: string } & Pick<ClientMetadata, 'roles' | 'locations'>
  if (kind === 'ClientCredentials') {
    const { clientName: name, roles: own, locations } = client
    // Who asks for nothing by name is all that it was registered for.
    const asked = ctx.oidc.params?.['scope'] === undefined ? { roles: own } : {}
    return { name, ...asked, ...(locations ? { locations } : {}) }
  }
  const user = userOf(ctx)
  const { AuthorizationCode, RefreshToken } = ctx.oidc.entities
  const shownAt = AuthorizationCode?.authTime ?? RefreshToken?.authTime
  return {
    grant: grantId,
    ...(shownAt === undefined ? {} : { auth_time: shownAt }),
    ...(user ? { name: user.name } : {}),
    ...(user?.locations ? { locations: user.locations } : {}),
  }
}

/** Whoever administers the cellar has registered the client: nobody is asked whether it may. What it is given ends with the grant. */
async function grantByItself({ oidc }: KoaContextWithOIDC, audience: string) {
  const { client, session, account, provider } = oidc
  if (!client || !session || !account) return undefined
  const known = session.grantIdFor(client.clientId)
  const found = known === undefined ? undefined : await provider.Grant.find(known)
  if (found?.accountId === account.accountId) return found
  const grant = new provider.Grant({ clientId: client.clientId, accountId: account.accountId })
  grant.addOIDCScope('openid offline_access')
  // All of them: what of it counts is told anew for each token.
  grant.addResourceScope(audience, peopleRoles.join(' '))
  await grant.save()
  return grant
}

/** One prompt: to sign in. Also where whoever was signed in has no account any more. */
function signInPolicy({ interactionPolicy }: Library) {
  const { base, Check } = interactionPolicy
  const policy = base()
  policy.remove('consent')
  policy
    .get('login')
    ?.checks.add(
      new Check('no_account', 'whoever was signed in has no account any more', ({ oidc }) =>
        oidc.session?.accountId !== undefined && oidc.account === undefined
          ? Check.REQUEST_PROMPT
          : Check.NO_NEED_TO_PROMPT,
      ),
    )
  return policy
}

function show(ctx: KoaContextWithOIDC, { html, headers }: IssuerPage): void {
  ctx.set({ ...headers, 'cache-control': 'no-store' })
  ctx.type = 'html'
  ctx.body = html
}
