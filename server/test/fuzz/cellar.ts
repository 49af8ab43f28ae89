import { importJWK, SignJWT } from 'jose'
import { issuerOf, makeKey, makeUser, newPassword, type Role } from '../../src/access/access.ts'
import { readSigningKeys, SIGNING_ALGORITHM } from '../../src/access/issuer/signing-keys.ts'
import { steps, type Example } from '../../src/gateway/rest/docs-examples.ts'
import { systemIds } from '../../src/platform/ids.ts'
import { must } from '../../src/platform/must.ts'
import { createPool } from '../../src/platform/postgres/database.ts'
import { startServer, type TestServer } from '../server.ts'
import type { Identity } from './schemathesis.ts'

/** A server with the starter cellar and something of everything under way, and whoever asks it. */
export interface FuzzedCellar extends TestServer {
  guest(name: string): Promise<Identity>
  /** Somebody with an account and a token of the issuer, for a day. */
  customer(email: string): Promise<Identity>
  /** A program's token, which no operation of the API ends: whoever administers can lock out all but themselves. */
  admin(): Promise<Identity>
}

const DAY_S = 86_400

export async function openFuzzedCellar(): Promise<FuzzedCellar> {
  // Limits stay on, and are told of in headers; nobody reaches them.
  const env = { CELLARHAND_AUTH: 'on', CELLARHAND_COUNTRY: 'DE', CELLARHAND_RATE_PERCENT: '100000' }
  const server = await startServer({ starter: true, env })
  const pool = createPool(server.databaseUrl, { applicationName: 'tests', max: 1 })
  const { key } = await makeKey(pool, { name: 'stock', roles: ['admin'] }, { madeBy: 'tests', newId: systemIds.newId })
  for (const sequence of Object.values(steps)) await perform(server, key, sequence)
  const token = (subject: string, role: Role) => tokenOf(server, { subject, role })
  return {
    ...server,
    async guest(name) {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${server.url}/v1/session`, { method: 'POST', headers, body: '{"as":"token"}' })
      return bearer(name, ((await answer.json()) as { token: string }).token)
    },
    async customer(email) {
      const wish = { email, name: 'Ada Cellar', roles: ['customer'], password: await newPassword() } as const
      const made = await makeUser(pool, wish, systemIds)
      if (made === 'taken') throw new Error(`${email} is taken`)
      return bearer(email, await token(made.user.id, 'customer'))
    },
    admin: async () => bearer('admin', await token(PROGRAM, 'admin')),
    async stop(reason) {
      await pool.end()
      await server.stop(reason)
    },
  }
}

const bearer = (name: string, token: string): Identity => ({ name, header: ['Authorization', `Bearer ${token}`] })

/** Whom tokens are made out for; with it as their subject, the program itself. */
const PROGRAM = 'fuzz'

/** An access token as the issuer gives them, that lives as long as a run may take. */
async function tokenOf({ url, databaseUrl }: TestServer, of: { subject: string; role: Role }): Promise<string> {
  const pool = createPool(databaseUrl, { applicationName: 'tests', max: 1 })
  const key = must((await readSigningKeys(pool))[0], 'a signing key')
  await pool.end()
  const nowS = Math.floor(Date.now() / 1_000)
  return new SignJWT({ client_id: PROGRAM, scope: of.role, name: 'Fuzz' })
    .setProtectedHeader({ alg: SIGNING_ALGORITHM, typ: 'at+jwt', kid: key.kid })
    .setIssuer(issuerOf(url))
    .setAudience('urn:cellarhand:api')
    .setSubject(of.subject)
    .setJti(systemIds.newId())
    .setIssuedAt(nowS)
    .setExpirationTime(nowS + DAY_S)
    .sign(await importJWK(key, SIGNING_ALGORITHM))
}

type Sequence = readonly { readonly found?: string; readonly example: Example }[]

let keys = 0

/** Does what comes before an example of the documentation, as somebody who follows it would. */
async function perform({ url }: TestServer, key: string, sequence: Sequence): Promise<void> {
  let id = ''
  for (const { found, example } of sequence) {
    const fill = (text: string) => text.replaceAll(/\$[A-Z]+/g, id)
    const { method, path, headers, body } = example
    const answer = await fetch(`${url}${fill(path)}`, {
      method,
      headers: {
        'x-api-key': key,
        'idempotency-key': `cellar-${(keys += 1)}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: fill(JSON.stringify(body)) }),
    })
    // The same lot is made for two of them.
    if (!answer.ok && answer.status !== 409) throw new Error(`${method} ${path}: ${await answer.text()}`)
    const made = (await answer.json()) as { id?: string }
    if (found !== undefined) id = made.id ?? ''
  }
}
