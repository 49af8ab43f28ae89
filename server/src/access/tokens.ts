import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { plainName, rolesOf, type Caller } from './caller.ts'

/** Signatures that are believed (RFC 8725, 3.1): none by a shared secret, and none at all is none of them. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA']
/** Clocks of issuers are not ours. */
const CLOCK_TOLERANCE_S = 30
/** Larger ones are no access tokens; and what is remembered by the whole token has a bound. */
export const TOKEN_CHARS_MAX = 8_192
/** A token that lives longer than a day is a key that nobody can revoke. */
const LIFE_MAX_S = 86_400
/** Names of subjects go into the journal and into scopes of keys. */
const SUBJECT = /^[\x21-\x7e]{1,100}$/

export const isNotBelieved = (found: Caller | NotBelieved): found is NotBelieved => 'reason' in found

/** Where tokens come from, and for whom they have to be. */
export interface Believed {
  readonly issuer: string
  readonly audience: string
  /** the issuer's keys, by `kid` */
  readonly keys: JWTVerifyGetKey
  readonly nowMs: () => number
}

/** Why a token is not believed, in words for whoever sent it. */
export interface NotBelieved {
  readonly reason: string
}

/**
 * Who a token says is asking. It has to be an access token as of RFC 9068, signed by a key of the issuer with an algorithm of the list, for us, begun and not ended. What its head says of
 * where keys are (`jku`, `x5u`, `jwk`) is not looked at.
 */
export async function callerOfToken(token: string, believed: Believed): Promise<Caller | NotBelieved> {
  if (token.length > TOKEN_CHARS_MAX) return { reason: 'it is too long to be one' }
  try {
    const { payload } = await jwtVerify(token, believed.keys, {
      algorithms: ALGORITHMS,
      typ: 'at+jwt',
      issuer: believed.issuer,
      audience: believed.audience,
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(believed.nowMs()),
      requiredClaims: ['sub', 'exp', 'iat', 'client_id'],
    })
    return callerOfClaims(payload, believed.nowMs())
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error
    return { reason: reasonOf(error) }
  }
}

/** What is wrong, without what the token holds. */
function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'it has expired'
  if (error instanceof errors.JWTClaimValidationFailed) return `its ${error.claim} is not what it has to be`
  if (error instanceof errors.JOSEAlgNotAllowed) return 'its algorithm is not accepted'
  if (error instanceof errors.JWKSNoMatchingKey) return 'its key is none of the issuer’s'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is not the issuer’s'
  if (error instanceof errors.JWKSTimeout) return 'the issuer does not answer'
  return 'it is no signed token'
}

function callerOfClaims(claims: JWTPayload, nowMs: number): Caller | NotBelieved {
  const {
    sub = '',
    exp = 0,
    iat = 0,
    client_id: client,
    scope,
    roles,
    locations,
    name,
    grant,
    auth_time: shownAt,
  } = claims
  if (!SUBJECT.test(sub)) return { reason: 'its sub is not 1 to 100 printable ASCII characters' }
  if (iat * 1_000 > nowMs + CLOCK_TOLERANCE_S * 1_000) return { reason: 'its iat is not what it has to be' }
  if (exp - iat > LIFE_MAX_S) return { reason: 'it lives longer than a day' }
  const isMachine = client === sub
  const subject = `${isMachine ? 'client' : 'user'}:${sub}`
  const words = [...(typeof scope === 'string' ? scope.split(' ') : []), ...(Array.isArray(roles) ? roles : [])]
  return Object.freeze({
    subject,
    name: plainName(typeof name === 'string' ? name : subject),
    roles: rolesOf(words),
    locations: Array.isArray(locations) ? new Set(locations.filter((one) => typeof one === 'string')) : undefined,
    customers: isMachine ? [] : [subject],
    via: 'token',
    expiresAtMs: exp * 1_000,
    revokedWith: typeof grant === 'string' ? [`grant:${grant}`] : [],
    issuedAtMs: iat * 1_000,
    ...(typeof shownAt === 'number' ? { authenticatedAtMs: shownAt * 1_000 } : {}),
  } as const)
}
