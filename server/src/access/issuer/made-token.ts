import { importJWK, SignJWT } from 'jose'
import type pg from 'pg'
import { must } from '../../platform/must.ts'
import type { Role } from '../caller.ts'
import { readSigningKeys, SIGNING_ALGORITHM } from './signing-keys.ts'

/** Who scripts are that were given a token on the command line. Tokens of theirs are revoked together, as `client:cli`. */
const COMMAND_LINE = 'cli'

/** What is asked for with a token. */
export interface TokenWish {
  readonly issuer: string
  readonly audience: string
  readonly roles: readonly Role[]
  readonly locations?: readonly string[] | undefined
  readonly seconds: number
}

/** Makes an access token (RFC 9068) without anybody signing in: for whoever has the database anyway. */
export async function makeToken(
  pool: pg.Pool,
  { issuer, audience, roles, locations, seconds }: TokenWish,
  door: { nowMs: () => number; newId: () => string },
): Promise<string> {
  const key = must((await readSigningKeys(pool))[0], 'a signing key')
  const nowS = Math.floor(door.nowMs() / 1_000)
  const claims = { client_id: COMMAND_LINE, scope: roles.join(' '), name: 'command line' }
  return new SignJWT(locations ? { ...claims, locations } : claims)
    .setProtectedHeader({ alg: SIGNING_ALGORITHM, typ: 'at+jwt', kid: key.kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(COMMAND_LINE)
    .setJti(door.newId())
    .setIssuedAt(nowS)
    .setExpirationTime(nowS + seconds)
    .sign(await importJWK(key, SIGNING_ALGORITHM))
}
