import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose'
import {
  allowInsecureRequests,
  discoveryRequest,
  processDiscoveryResponse,
  type AuthorizationServer,
} from 'oauth4webapi'
import { must } from '../platform/must.ts'

/** An issuer that takes longer is away. */
const ANSWER_MS = 5_000
/** What it says of itself is asked for again after an hour: addresses may move. */
const BELIEVED_MS = 3_600_000
/** While it is away it is not asked by each request. */
const ASK_AGAIN_MS = 5_000

/** An issuer that is somebody else's. */
export interface OutsideIssuer {
  readonly issuer: string
  /** What it says of itself (OpenID Connect Discovery). Rejects while it is away. */
  metadata(): Promise<AuthorizationServer>
  readonly keys: JWTVerifyGetKey
}

/** Whether an address without TLS may be asked: on this machine nobody is between. */
export function isOnThisMachine(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}

/** Nothing is asked before it is needed: a server starts while its issuer is away. */
export function outsideIssuer(issuer: string, door: { nowMs: () => number }): OutsideIssuer {
  let asked: { readonly atMs: number; readonly answer: Promise<AuthorizationServer> } | undefined
  let failedAtMs = Number.NEGATIVE_INFINITY
  let keys: { readonly of: string; readonly get: JWTVerifyGetKey } | undefined

  function metadata(): Promise<AuthorizationServer> {
    if (asked && door.nowMs() - asked.atMs < BELIEVED_MS) return asked.answer
    if (door.nowMs() - failedAtMs < ASK_AGAIN_MS) return Promise.reject(new Error(`${issuer} does not answer`))
    const answer = discover(issuer)
    asked = { atMs: door.nowMs(), answer }
    answer.catch(() => {
      asked = undefined
      failedAtMs = door.nowMs()
    })
    return answer
  }

  return {
    issuer,
    metadata,
    keys: async (header, token) => {
      const address = must((await metadata()).jwks_uri, 'jwks_uri of the issuer')
      // The set caches keys, asks again for one that it does not know, and not more often than every half minute.
      if (keys?.of !== address) keys = { of: address, get: createRemoteJWKSet(new URL(address)) }
      return keys.get(header, token)
    },
  }
}

async function discover(issuer: string): Promise<AuthorizationServer> {
  const url = new URL(issuer)
  const response = await discoveryRequest(url, {
    signal: AbortSignal.timeout(ANSWER_MS),
    [allowInsecureRequests]: isOnThisMachine(issuer),
  })
  return processDiscoveryResponse(url, response)
}
