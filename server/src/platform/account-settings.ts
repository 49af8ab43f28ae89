import { brand } from '@cellarhand/protocol/brand'
import { isLoopback } from './loopback.ts'
import { checkIssuer } from './setting-checks.ts'
import type { Setting } from './setting.ts'

const prefix = brand.envPrefix

/** Settings of who people are, and whose word is taken for it. */
export const accountSettings = {
  auth: {
    env: `${prefix}AUTH`,
    flag: '--auth',
    type: 'choice',
    choices: ['on', 'off'],
    default: 'on',
    doc: 'Whether it matters who asks. Off: everybody may do everything, on loopback only; for trying things out.',
  },
  oidcIssuer: {
    env: 'OIDC_ISSUER',
    flag: '--oidc-issuer',
    type: 'text',
    default: undefined,
    check: checkIssuer,
    doc: 'An OpenID Connect issuer of your own in place of the embedded one, as https://login.example: whose access tokens (RFC 9068) are believed. docs/accounts.md.',
  },
  oidcClientId: {
    env: 'OIDC_CLIENT_ID',
    flag: '--oidc-client-id',
    type: 'text',
    default: undefined,
    doc: 'What the page is to that issuer: its client id. Without it nobody signs in to the page.',
  },
  oidcClientSecret: {
    env: 'OIDC_CLIENT_SECRET',
    flag: '--oidc-client-secret',
    type: 'text',
    default: undefined,
    doc: 'The secret of that client, where it has one.',
  },
  oidcAudience: {
    env: 'OIDC_AUDIENCE',
    flag: '--oidc-audience',
    type: 'text',
    default: 'urn:cellarhand:api',
    doc: 'Whom access tokens have to be for: their `aud`.',
  },
  signUp: {
    env: `${prefix}SIGN_UP`,
    flag: '--sign-up',
    type: 'choice',
    choices: ['on', 'off'],
    default: 'on',
    doc: 'Whether customers may make accounts for themselves at the embedded issuer. They are customers then, and nothing else.',
  },
} as const satisfies Record<string, Setting>

/** What cannot be meant by these settings together, as a sentence. */
export function accountContradiction(config: {
  readonly auth: string
  readonly host: string
  readonly oidcIssuer: string | undefined
  readonly oidcClientId: string | undefined
  readonly oidcClientSecret: string | undefined
}): string | undefined {
  const { auth, oidcIssuer, oidcClientId, oidcClientSecret } = accountSettings
  if (config.auth === 'off' && !isLoopback(config.host)) {
    return `${auth.env}=off lets whoever reaches it do everything, and HOST=${config.host} can be reached from elsewhere: listen on 127.0.0.1, or leave accounts on.`
  }
  if (config.oidcIssuer === undefined && config.oidcClientId !== undefined) {
    return `${oidcClientId.env} is what the page is to ${oidcIssuer.env}: set both, or neither to use the embedded issuer.`
  }
  if (config.oidcClientId === undefined && config.oidcClientSecret !== undefined) {
    return `${oidcClientSecret.env} belongs to ${oidcClientId.env}: set both or none.`
  }
  return undefined
}
