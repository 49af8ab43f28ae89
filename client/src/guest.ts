/** Where a guest's session is begun, and how it is kept. */
export interface GuestOptions {
  /** of the server; the page's own origin unless it is named */
  readonly url?: string
}

/** Asked again so long before a session ends. */
const RENEW_BEFORE_MS = 60_000

interface Begun {
  readonly token?: string
  readonly expiresAt?: string
}

/**
 * A `getToken` for somebody who has not signed in: begins a guest session, under which bottles can be held. In a browser, of the page's own origin, that is a cookie which no script reads, and the
 * answer is no token; elsewhere it is a token that is kept in memory. Rejects where the server cannot be asked; it is asked again then.
 */
export function createGuest({ url }: GuestOptions = {}): () => Promise<string | undefined> {
  const isPage = url === undefined && typeof document !== 'undefined'
  let session: Promise<Begun> | undefined
  let renewAtMs = Infinity
  return async () => {
    if (Date.now() >= renewAtMs) session = undefined
    session ??= begin(url ?? globalThis.location?.origin ?? '', isPage)
    try {
      const { token, expiresAt } = await session
      renewAtMs = expiresAt === undefined ? Infinity : Date.parse(expiresAt) - RENEW_BEFORE_MS
      return token
    } catch (error) {
      session = undefined
      throw error
    }
  }
}

async function begin(url: string, isPage: boolean): Promise<Begun> {
  const answer = await fetch(`${url}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ as: isPage ? 'cookie' : 'token' }),
  })
  if (!answer.ok) throw new Error(`the server began no session: ${answer.status}`)
  return (await answer.json()) as Begun
}
