import { processDiscoveryResponse, type AuthorizationServer } from 'oauth4webapi'
import type pg from 'pg'
import { createSeal } from '../platform/seal.ts'
import { CALLBACK_PATH, openIssuer, PAGE_CLIENT, type EmbeddedIssuer, type IssuerDoor } from './issuer/issuer.ts'
import { outsideIssuer } from './outside.ts'
import { createPageSignIn, type PageSignIn, type PageSignInOptions } from './page-sign-in.ts'
import { installedSecret } from './secrets.ts'
import type { Believed } from './tokens.ts'

/** An issuer of somebody else's, and what we are to it. */
export interface OutsideSettings {
  readonly issuer: string
  /** undefined: nobody signs in to the page; tokens are believed all the same */
  readonly clientId: string | undefined
  readonly clientSecret: string | undefined
}

/** Whose tokens are believed, and how people sign in. */
export interface Accounts {
  readonly believed: Omit<Believed, 'nowMs'>
  /** undefined where the issuer is somebody else's */
  readonly embedded: EmbeddedIssuer | undefined
  /** undefined where nobody signs in to the page */
  readonly pageSignIn: PageSignIn | undefined
  /** Resolves when its loops have ended. */
  readonly done: Promise<void>
}

export interface AccountsDoor extends IssuerDoor {
  /** undefined: the issuer is the embedded one */
  readonly outside: OutsideSettings | undefined
}

/** Opens the accounts: with the embedded issuer, or on somebody else's. */
export async function openAccounts(pool: pg.Pool, door: AccountsDoor): Promise<Accounts> {
  const seal = createSeal(await installedSecret(pool, 'sign-in'))
  const page = { ...door, seal, redirectUri: `${door.publicUrl}${CALLBACK_PATH}` }
  return door.outside ? outside(door.outside, page) : embedded(await openIssuer(pool, door), page)
}

type Page = Pick<PageSignInOptions, 'audience' | 'publicUrl' | 'redirectUri' | 'seal' | 'nowMs' | 'onError'>

function outside({ issuer, clientId, clientSecret }: OutsideSettings, page: Page): Accounts {
  const { audience } = page
  const theirs = outsideIssuer(issuer, page)
  const { keys } = theirs
  const metadata = () => theirs.metadata()
  return {
    believed: { issuer, audience, keys },
    embedded: undefined,
    pageSignIn:
      clientId === undefined
        ? undefined
        : createPageSignIn({ ...page, issuer, keys, metadata, clientId, clientSecret }),
    done: Promise.resolve(),
  }
}

function embedded(own: EmbeddedIssuer, page: Page): Accounts {
  const { issuer, audience, keys, fetch } = own
  let metadata: Promise<AuthorizationServer> | undefined
  const ask = async () =>
    processDiscoveryResponse(new URL(issuer), await fetch(`${issuer}/.well-known/openid-configuration`))
  const pageSignIn = createPageSignIn({
    ...page,
    issuer,
    keys,
    fetch,
    metadata: () => (metadata ??= ask()),
    clientId: PAGE_CLIENT,
    clientSecret: own.pageSecret,
  })
  return { believed: { issuer, audience, keys }, embedded: own, pageSignIn, done: own.done }
}
