import type pg from 'pg'
import {
  installedSecret,
  issuerOf,
  makeKey,
  makeToken,
  openAccess,
  openAccounts,
  openToAll,
  type Access,
  type Accounts,
  type Session,
} from '../access/access.ts'
import { issuerPages, type AccountsServed } from '../gateway/accounts/accounts.ts'
import { createLimits, type Limits } from '../limits/limits.ts'
import type { Config } from '../platform/config.ts'
import { systemClock, systemIds } from '../platform/ids.ts'
import { publicUrlOf } from '../platform/public-url.ts'
import { listed } from '../platform/setting-checks.ts'
import { createSeal } from '../platform/seal.ts'
import { makeFirstAdmin } from './first-admin.ts'
import type { Sharing } from './sharing.ts'

export interface OpenAccess {
  readonly access: Access
  /** undefined where there are no accounts */
  readonly accounts: AccountsServed | undefined
  /** Resolves when all that it follows has ended. */
  readonly done: Promise<unknown>
}

/**
 * Who asks, and how people sign in, as the settings have it.
 *
 * @param loops.say told how the first who administers gets in, where people sign in here
 */
export async function openConfiguredAccess(
  config: Config,
  pool: pg.Pool,
  { say, ...loops }: { signal: AbortSignal; onError: (error: unknown) => void; say?: (line: string) => void },
): Promise<OpenAccess> {
  if (config.auth === 'off') return { access: openToAll(), accounts: undefined, done: Promise.resolve() }
  const door = { ...systemClock, ...systemIds, ...loops }
  const opened: { access?: Access } = {}
  const accounts = await openAccounts(pool, {
    ...door,
    ...settingsOf(config),
    pages: issuerPages,
    recorder: { refused: (...refusal) => opened.access?.recorder.refused(...refusal) },
  })
  const { believed: issuer, pageSignIn } = accounts
  const freshen = pageSignIn && ((session: Session) => pageSignIn.freshen(session))
  const access = await openAccess(pool, { ...door, issuer, freshen })
  opened.access = access
  const served = servedOf(config, pool, { access, accounts, newId: door.newId })
  if (accounts.embedded && say) await makeFirstAdmin(pool, served, say)
  return { access, accounts: served, done: Promise.all([access.done, accounts.done]) }
}

function settingsOf(config: Config) {
  const { oidcIssuer, oidcAudience: audience, oidcClientId: clientId, oidcClientSecret: clientSecret } = config
  const publicUrl = publicUrlOf(config)
  const origins = new Set([publicUrl, ...listed(config.allowedOrigins)])
  return {
    publicUrl,
    audience,
    isAllowedOrigin: (origin: string) => origins.has(origin),
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

/** How much anybody may ask for. Where it does not matter who asks, it does not matter how often. */
export async function openLimits(config: Config, pool: pg.Pool, sharing: Sharing | undefined): Promise<Limits> {
  return createLimits({
    nowMs: Date.now,
    percent: config.auth === 'off' ? 0 : config.ratePercent,
    seal: createSeal(await installedSecret(pool, 'rates')),
    sharing: sharing && { carrier: sharing.redis, seal: sharing.seal, self: sharing.self },
  })
}

/** A program of ours lives with a token for so long, and takes another in good time. */
const PROGRAM_TOKEN_S = 3_600
const RENEW_BEFORE_MS = 600_000

/** Tokens for a program of this process that asks over the public API, as a service does; undefined where it does not matter who asks. */
export function programTokens(config: Config, pool: pg.Pool): () => Promise<string | undefined> {
  const known = { token: '', untilMs: 0 }
  return async () => {
    if (config.auth === 'off') return undefined
    if (known.untilMs - RENEW_BEFORE_MS <= Date.now()) {
      known.untilMs = Date.now() + PROGRAM_TOKEN_S * 1_000
      known.token = await programToken(config, pool, known.untilMs)
    }
    return known.token
  }
}

async function programToken(config: Config, pool: pg.Pool, expiresAtMs: number): Promise<string> {
  if (config.oidcIssuer === undefined) {
    const wish = { issuer: issuerOf(publicUrlOf(config)), audience: config.oidcAudience }
    return makeToken(pool, { ...wish, roles: ['machine'], seconds: PROGRAM_TOKEN_S }, { ...systemClock, ...systemIds })
  }
  // An issuer of somebody else's makes us none.
  const { key } = await makeKey(
    pool,
    { name: 'demo', roles: ['machine'], expiresAtMs },
    { madeBy: 'cellarhand', newId: systemIds.newId },
  )
  return key
}
