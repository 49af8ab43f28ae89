import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLocalJWKSet, createRemoteJWKSet, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { callerOfToken, type Believed } from './tokens.ts'

const nowMs = Date.parse('2026-05-01T12:00:00Z')
const nowS = nowMs / 1_000
const issuer = 'https://issuer.example'
const audience = 'urn:cellarhand:api'

let believed: Believed
let mine: CryptoKey
let publicPem: string
let foreign: CryptoKey

beforeAll(async () => {
  const pair = await generateKeyPair('RS256', { extractable: true })
  const other = await generateKeyPair('RS256')
  mine = pair.privateKey
  foreign = other.privateKey
  publicPem = await exportSPKI(pair.publicKey)
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'RS256' }
  believed = { issuer, audience, keys: createLocalJWKSet({ keys: [jwk] }), nowMs: () => nowMs }
})

const claims = {
  iss: issuer,
  aud: audience,
  sub: 'anna',
  client_id: 'app',
  jti: 'x',
  iat: nowS - 10,
  exp: nowS + 600,
  scope: 'openid customer',
}

interface Odd {
  readonly header?: Record<string, unknown>
  readonly claims?: Record<string, unknown>
  readonly key?: CryptoKey | Uint8Array
}

function token({ header, claims: other, key = mine }: Odd = {}): Promise<string> {
  const payload = Object.fromEntries(Object.entries({ ...claims, ...other }).filter(([, value]) => value !== undefined))
  return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'one', typ: 'at+jwt', ...header }).sign(key)
}

const reasonFor = async (odd: Odd) => {
  const caller = await callerOfToken(await token(odd), believed)
  return 'reason' in caller ? caller.reason : `taken as ${caller.subject}`
}

test('a good token says who asks, what they are, and until when', async () => {
  const caller = await callerOfToken(await token({ claims: { locations: ['shop'], grant: 'g' } }), believed)
  expect(caller).toMatchObject({ subject: 'user:anna', customers: ['user:anna'], expiresAtMs: nowMs + 600_000 })
  expect(caller).toMatchObject({
    roles: new Set(['guest', 'customer']),
    locations: new Set(['shop']),
    revokedWith: ['grant:g'],
  })
})

test('a machine is no customer', async () => {
  const caller = await callerOfToken(await token({ claims: { sub: 'app', scope: 'machine' } }), believed)
  expect(caller).toMatchObject({ subject: 'client:app', customers: [], roles: new Set(['guest', 'machine']) })
})

/** A server of keys that has none, and counts who asks. */
async function keyServer(): Promise<{ url: string; asked: () => number }> {
  let asked = 0
  const server = createServer((_request, answer) => {
    asked += 1
    answer.setHeader('content-type', 'application/json').end('{"keys":[]}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`, asked: () => asked }
}

describe('what is no good token is refused', () => {
  const b64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

  test('probe 2: alg none, and HS256 signed with the public key', async () => {
    for (const alg of ['none', 'None', 'NONE']) {
      const unsigned = `${b64({ alg, typ: 'at+jwt', kid: 'one' })}.${b64(claims)}.`
      expect(await callerOfToken(unsigned, believed)).toHaveProperty('reason')
    }
    const confused = await token({ header: { alg: 'HS256' }, key: new TextEncoder().encode(publicPem) })
    expect(await callerOfToken(confused, believed)).toEqual({ reason: 'its algorithm is not accepted' })
  })

  test.each(['../../etc/passwd', "' or 1=1 --", 'unknown', ''])('probe 3: kid %j', async (kid) => {
    expect(await reasonFor({ header: { kid } })).toMatch(/none of the issuer’s|taken/)
    expect(await reasonFor({ header: { kid }, key: foreign })).not.toContain('taken')
  })

  test('probe 3: what a head says of where keys are is not looked at, and nothing is fetched', async () => {
    const { url, asked } = await keyServer()
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
    const jwk = await exportJWK(publicKey)
    for (const header of [{ jku: url }, { x5u: url }, { jwk }]) {
      expect(await reasonFor({ header, key: privateKey })).toBe('its signature is not the issuer’s')
    }
    expect(asked()).toBe(0)
  })

  test.each<[string, Record<string, unknown>]>([
    ['it has expired', { exp: nowS - 31 }],
    ['its exp is not what it has to be', { exp: undefined }],
    ['its exp is not what it has to be', { exp: 'tomorrow' }],
    ['its nbf is not what it has to be', { nbf: nowS + 31 }],
    ['its iss is not what it has to be', { iss: 'https://issuer.example.evil' }],
    ['its iss is not what it has to be', { iss: undefined }],
    ['its aud is not what it has to be', { aud: 'somebody-else' }],
    ['its aud is not what it has to be', { aud: undefined }],
    ['its sub is not what it has to be', { sub: undefined }],
    ['its sub is not 1 to 100 printable ASCII characters', { sub: 'a\nb' }],
    ['its iat is not what it has to be', { iat: nowS + 60 }],
    ['its client_id is not what it has to be', { client_id: undefined }],
    ['it lives longer than a day', { exp: nowS + 90_000 }],
  ])('probe 4: %s', async (reason, odd) => {
    expect(await reasonFor({ claims: odd })).toBe(reason)
  })

  test('clocks may differ by half a minute', async () => {
    expect(await reasonFor({ claims: { exp: nowS - 29, iat: nowS - 600 } })).toBe('taken as user:anna')
  })

  test('probe 5: an ID token, whatever it is for, is no access token', async () => {
    expect(await reasonFor({ header: { typ: 'JWT' } })).toBe('its typ is not what it has to be')
    expect(await reasonFor({ header: { typ: undefined } })).toBe('its typ is not what it has to be')
  })

  test.each(['', 'a', 'a.b', 'a.b.c', '....', 'x'.repeat(9_000), 'ey\u0000'])(
    'text that is no token: %j',
    async (text) => {
      expect(await callerOfToken(text, believed)).toHaveProperty('reason')
    },
  )

  test('scopes that are no roles give nothing', async () => {
    const caller = await callerOfToken(
      await token({ claims: { scope: 'ADMIN root cellar.read', roles: 'admin' } }),
      believed,
    )
    expect(caller).toMatchObject({ roles: new Set(['guest']) })
  })
})

test('unknown kids make an issuer’s keys be fetched again, and not for each token', async () => {
  const { url, asked } = await keyServer()
  const keys = createRemoteJWKSet(new URL(url))
  for (let round = 0; round < 50; round++) {
    expect(await callerOfToken(await token({ header: { kid: `k${round}` } }), { ...believed, keys })).toHaveProperty(
      'reason',
    )
  }
  expect(asked()).toBeLessThanOrEqual(2)
})
