import type { IncomingMessage, ServerResponse } from 'node:http'
import type { default as OidcProvider } from 'oidc-provider'

/** What somebody signs in for, and how far they are with it. */
export interface SignInAsked {
  readonly uid: string
  readonly client: string
  /** where they go when they are done */
  readonly redirectUri: string | undefined
  /** the address of mail that the client thinks they have */
  readonly hint: string | undefined
  /** who has shown a password that was to be used once, and has to choose another */
  readonly changing: string | undefined
}

/** Sign-ins that are under way: each belongs to the browser that has its cookie. */
export interface SignIns {
  /** undefined where there is none of that name for this browser, or it has ended */
  find(request: IncomingMessage, response: ServerResponse, uid: string): Promise<SignInAsked | undefined>
  /** Keeps that somebody has to choose another password before they are in. */
  mustChange(request: IncomingMessage, response: ServerResponse, userId: string): Promise<void>
  /** Says who it is. Answers where the browser goes on. */
  finish(request: IncomingMessage, response: ServerResponse, userId: string): Promise<string>
}

/** What is kept of a sign-in whose password is to be changed: no member that the library knows. */
interface Kept {
  readonly changing?: string
}

export function createSignIns(provider: () => OidcProvider): SignIns {
  return {
    async find(request, response, uid) {
      const found = await details(provider(), request, response)
      // The cookie is for that path alone; a browser that keeps to that cannot send another's.
      if (found?.uid !== uid) return undefined
      const { client_id: clientId, redirect_uri: redirectUri, login_hint: hint } = found.params
      const client = typeof clientId === 'string' ? await provider().Client.find(clientId) : undefined
      return {
        uid,
        client: client?.clientName ?? 'an app',
        redirectUri: typeof redirectUri === 'string' ? redirectUri : undefined,
        hint: typeof hint === 'string' ? hint : undefined,
        changing: (found.result as Kept | undefined)?.changing,
      }
    },
    async mustChange(request, response, userId) {
      const kept: Kept = { changing: userId }
      await provider().interactionResult(request, response, { ...kept }, { mergeWithLastSubmission: false })
    },
    async finish(request, response, userId) {
      await endOthers(provider(), request, response, userId)
      const result = { login: { accountId: userId } }
      return provider().interactionResult(request, response, result, { mergeWithLastSubmission: false })
    },
  }
}

/** Where somebody else was signed in on this browser, they are no more: the library would ask for it by a form that sends itself, for which a page would need a script. */
async function endOthers(
  provider: OidcProvider,
  request: IncomingMessage,
  response: ServerResponse,
  userId: string,
): Promise<void> {
  const asked = await details(provider, request, response)
  const { accountId, uid } = asked?.session ?? {}
  if (!asked || accountId === undefined || accountId === userId) return
  const theirs = uid === undefined ? undefined : await provider.Session.findByUid(uid)
  await theirs?.destroy()
  delete asked.session
  await asked.persist()
}

/** That there is none, the library throws. */
async function details(provider: OidcProvider, request: IncomingMessage, response: ServerResponse) {
  try {
    return await provider.interactionDetails(request, response)
  } catch (error) {
    if ((error as Error).name === 'SessionNotFound') return undefined
    throw error
  }
}
