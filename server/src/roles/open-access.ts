import type pg from 'pg'
import { openAccess, openAccounts, openToAll, type Access, type Accounts } from '../access/access.ts'
import { issuerPages, type AccountsServed } from '../gateway/accounts/accounts.ts'
import type { Config } from '../platform/config.ts'
import { systemClock, systemIds } from '../platform/ids.ts'
import { publicUrlOf } from '../platform/public-url.ts'

export interface OpenAccess {
  readonly access: Access
  /** undefined where there are no accounts */
  readonly accounts: AccountsServed | undefined
}

/** Who asks, and how people sign in, as the settings have it. */
export async function openConfiguredAccess(
  config: Config,
  pool: pg.Pool,
  loops: { readonly signal: AbortSignal; readonly onError: (error: unknown) => void },
): Promise<OpenAccess> {
  if (config.auth === 'off') return { access: openToAll(), accounts: undefined }
  const door = { ...systemClock, ...systemIds, ...loops }
  let access: Access | undefined
  const accounts = await openAccounts(pool, {
    ...door,
    ...settingsOf(config),
    pages: issuerPages,
    recorder: { refused: (...refusal) => access?.recorder.refused(...refusal) },
  })
  access = await openAccess(pool, { ...door, issuer: accounts.believed, freshen: accounts.pageSignIn?.freshen })
  return { access, accounts: servedOf(config, pool, { access, accounts, newId: door.newId }) }
}

function settingsOf(config: Config) {
  const { oidcIssuer, oidcAudience: audience, oidcClientId: clientId, oidcClientSecret: clientSecret } = config
  const publicUrl = publicUrlOf(config)
  return {
    publicUrl,
    audience,
    isAllowedOrigin: (origin: string) => origin === publicUrl,
    outside: oidcIssuer === undefined ? undefined : { issuer: oidcIssuer, clientId, clientSecret },
  }
}

function servedOf(
  config: Config,
  pool: pg.Pool,
  { access, accounts, newId }: { access: Access; accounts: Accounts; newId: () => string },
): AccountsServed {
  const { guests, recorder } = access
  return {
    accounts,
    pool,
    guests,
    recorder,
    newId,
    signUp: config.signUp === 'on',
    publicUrl: publicUrlOf(config),
  }
}
