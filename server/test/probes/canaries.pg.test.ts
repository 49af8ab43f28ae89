import { randomBytes } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { cookieNames, makeClient, makeKey } from '../../src/access/access.ts'
import { systemIds } from '../../src/platform/ids.ts'
import { createPool } from '../../src/platform/postgres/database.ts'
import { freePort } from '../../src/platform/postgres/postmaster.ts'
import { canariesIn, driveGraphqlAndFeed, driveIssuer, driveRest, type Asking, type Heard } from '../canaries.ts'
import { runCommand } from '../command.ts'
import { grpcClient } from '../grpc.ts'
import { issuerAppOf } from '../issuer-app.ts'
import { createJar } from '../jar.ts'
import { createTestDatabase } from '../postgres.ts'
import { setUpCellar } from '../stock.ts'
import { ask } from './raw.ts'

type Pool = ReturnType<typeof createPool>

const random = (bytes = 12) => randomBytes(bytes).toString('hex')
const person = { email: `canary-${random()}@example.com`, name: `Canary ${random()}` }
const passwords = { password: `a thrush sings ${random()}`, wrongPassword: `a crow croaks ${random()}` }
const kept = {
  databasePassword: random(),
  redisPassword: random(),
  // Of a network for documentation.
  address: '203.0.113.177',
}

/** A database whose password is a canary, with a wine that nobody may buy for lack of a price. */
async function openCellar(): Promise<Cellar> {
  const database = await createTestDatabase()
  await setUpCellar(database.url)
  const pool = createPool(database.url, { applicationName: 'tests', max: 2 })
  const role = `canary_${random(6)}`
  await pool.query(`create role ${role} superuser login password '${kept.databasePassword}'`)
  await pool.query(`insert into catalogue.wines (id, name) values ('wine', 'Wine')`)
  await pool.query(`insert into catalogue.vintages (wine, vintage) values ('wine', 0)`)
  await pool.query(
    `insert into catalogue.skus (sku, wine, vintage, format_ml, pack, packaging) values ('WINE', 'wine', 0, 750, 1, 'bottle')`,
  )
  onTestFinished(async () => {
    await pool.query(`drop role ${role}`)
    await pool.end()
    await database.drop()
  })
  const url = new URL(database.url)
  url.username = role
  url.password = kept.databasePassword
  return { url: url.href, pool }
}

/** A server as a process of its own that tells all it has to tell, with a Redis that is not there. */
async function serve(databaseUrl: string) {
  const [port, grpcPort] = [await freePort(), await freePort()]
  const asked = `serve --no-starter --log-level trace --rate-percent 10000 --trusted-hops 1 --port ${port} --grpc-port ${grpcPort}`
  const redisUrl = `redis://default:${kept.redisPassword}@127.0.0.1:${await freePort()}/0`
  const process = runCommand(...asked.split(' '), '--database-url', databaseUrl, '--redis-url', redisUrl)
  const url = `http://127.0.0.1:${port}`
  const isReady = () =>
    fetch(`${url}/readyz`).then(
      ({ status }) => status,
      () => 0,
    )
  await expect.poll(isReady, { timeout: 60_000, interval: 200 }).toBe(200)
  return { ...process, url, grpcPort }
}

const json = (text: string) => JSON.parse(text) as Record<string, string>

interface Cellar {
  readonly url: string
  readonly pool: Pool
}

/** Asks with a body, and answers what is in the answer. */
async function post(url: string, body: object, headers: Record<string, string> = {}) {
  const shown = { 'content-type': 'application/json', 'idempotency-key': random(), ...headers }
  return json((await ask(url, { method: 'POST', headers: shown, body: JSON.stringify(body) })).text)
}

/** Somebody new, who has signed in with the password for one time, chosen another, mistyped it once, and gone on to somebody's app. */
async function signIn(server: { url: string }, cellar: Cellar, admin: Record<string, string>) {
  const { oncePassword = '' } = await post(`${server.url}/v1/users`, { ...person, roles: ['customer'] }, admin)
  const jar = createJar(server.url)
  const page = await jar.go('/session/sign-in?return=/docs')
  const change = await jar.send(page.url, { email: person.email, password: oncePassword })
  await jar.send(change.url, { password: passwords.password })
  const wrong = await createJar(server.url).go('/session/sign-in?return=/docs')
  await jar.send(wrong.url, { email: person.email, password: passwords.wrongPassword })
  const app = await issuerAppOf({ ...server, databaseUrl: cellar.url, stop: async () => {} })
  onTestFinished(() => app.close())
  const begun = await app.signIn({ ...person, password: passwords.password })
  const { access_token: accessToken, refresh_token: refreshToken = '' } = await app.redeem(begun)
  const session = jar.cookie(cookieNames.session)?.value ?? ''
  const issuer = begun.jar.cookie('__Host-cellarhand-issuer')?.value ?? ''
  return { oncePassword, accessToken, refreshToken, session, issuer }
}

/** Everything that somebody can show, each in use, so that it is what it is said to be. */
async function makeSecrets(server: { url: string }, cellar: Cellar): Promise<Pick<Asking, 'canaries' | 'callers'>> {
  const { pool } = cellar
  const wish = { name: 'canaries', roles: ['admin'] } as const
  const { key } = await makeKey(pool, wish, { madeBy: 'tests', newId: systemIds.newId })
  const admin = { 'x-api-key': key }
  const { accessToken, ...signedIn } = await signIn(server, cellar, admin)
  const asked = { kind: 'machine', name: 'ERP', roles: ['machine'] } as const
  const { id, secret: clientSecret = '' } = await makeClient(pool, asked, systemIds)
  const { token: guest = '' } = await post(`${server.url}/v1/session`, { as: 'token' })
  const { ticket = '' } = await post(`${server.url}/v1/feed-tickets`, {}, admin)
  // The secret behind the id, which is none; and of a token what nobody else could make.
  const apiKey = key.split('_').slice(2).join('_')
  const signature = accessToken.split('.').at(-1) ?? ''
  const known = { apiKey, accessToken: signature, clientSecret, guest, ticket, ...signedIn }
  return {
    canaries: new Map(Object.entries({ ...known, ...passwords, ...person, ...kept })),
    callers: [
      admin,
      { authorization: `Bearer ${accessToken}` },
      { cookie: `${cookieNames.session}=${signedIn.session}`, origin: server.url },
      { authorization: `Bearer ${guest}` },
      { authorization: `Basic ${Buffer.from(`${id}:${clientSecret}`).toString('base64')}` },
      { 'x-api-key': `${key}x`, authorization: `Bearer ${signedIn.refreshToken}` },
    ],
  }
}

/** Tables in which nothing can be written for a while: PostgreSQL says of each try what would have been written. */
const closed = ['access.users', 'access.keys', 'access.tickets', 'access.sessions', 'access.secrets', 'stock.holds']

async function whileNothingIsWritten<T>(pool: Pool, work: () => Promise<T>): Promise<T> {
  for (const table of closed) await pool.query(`alter table ${table} add constraint canary check (false) not valid`)
  try {
    return await work()
  } finally {
    for (const table of closed) await pool.query(`alter table ${table} drop constraint canary`)
  }
}

async function whileTheyAreGone<T>(pool: Pool, schemas: readonly string[], work: () => Promise<T>): Promise<T> {
  for (const schema of schemas) await pool.query(`alter schema ${schema} rename to ${schema}_gone`)
  try {
    return await work()
  } finally {
    for (const schema of schemas) await pool.query(`alter schema ${schema}_gone rename to ${schema}`)
  }
}

/** Asks gRPC with secrets as arguments and as credentials. */
async function driveGrpc(port: number, { canaries }: Asking): Promise<Heard[]> {
  const client = grpcClient(port)
  const heard = [...canaries.values()].flatMap((value) => {
    // Of a wine that nobody has asked for yet nothing is remembered.
    const shown: Record<string, string>[] = [{ authorization: `Bearer ${value}` }, { 'x-api-key': value }, {}]
    return shown.map(async (metadata) => {
      const id = `${value}.${random(2)}`
      const said = await client.call('CatalogueService/GetWine', { id }, { metadata }).catch((error: unknown) => error)
      return { asked: 'GetWine', status: 500, headers: {}, text: JSON.stringify(said), isOfNames: true as const }
    })
  })
  return Promise.all(heard)
}

/** Everything once more, over all that can be asked. */
async function drive(asking: Asking, grpcPort: number): Promise<Heard[]> {
  return [
    ...(await driveRest(asking)),
    ...(await driveGraphqlAndFeed(asking)),
    ...(await driveIssuer(asking)),
    ...(await driveGrpc(grpcPort, asking)),
  ]
}

/** What no client is ever told: where in the code it was, or what PostgreSQL said. */
const insides = /\n\s+at |node_modules|\.ts:\d|server\/src|does not exist|violates/

describe('probe 33: canary secrets driven through all errors', () => {
  test('are in no log, no error and no measure, and no stack leaves', { timeout: 300_000 }, async () => {
    const cellar = await openCellar()
    const server = await serve(cellar.url)
    const { canaries, callers } = await makeSecrets(server, cellar)
    expect([...canaries].filter(([, value]) => value.length < 12)).toEqual([])
    const asking: Asking = { url: server.url, canaries, callers }
    const heard = await drive(asking, server.grpcPort)
    const few = new Map(
      [...canaries].filter(([name]) => /^(refreshToken|clientSecret|password|name|email|address)$/.test(name)),
    )
    const again = () => drive({ ...asking, canaries: few }, server.grpcPort)
    heard.push(...(await whileNothingIsWritten(cellar.pool, again)))
    const selling = async () => [...(await driveRest(asking)), ...(await driveGrpc(server.grpcPort, asking))]
    heard.push(...(await whileTheyAreGone(cellar.pool, ['stock', 'catalogue'], selling)))
    const signingIn = () => driveIssuer({ ...asking, canaries: few })
    heard.push(...(await whileTheyAreGone(cellar.pool, ['access'], signingIn)))
    const errors = heard.filter(({ status }) => status >= 400)
    const told = errors.filter(({ text, isOfNames }) => isOfNames !== true && canariesIn(text, canaries).length > 0)
    expect(told.map(({ asked, text }) => `${asked} ${text}`)).toEqual([])
    expect(errors.filter(({ text }) => insides.test(text)).map(({ asked, text }) => `${asked} ${text}`)).toEqual([])
    const lines = server.said().split('\n')
    expect(lines.filter((line) => canariesIn(line, canaries).length > 0)).toEqual([])
    const measures = await ask(`${server.url}/metrics`, { headers: callers[0] })
    expect(measures.text).toContain('cellarhand_')
    expect(canariesIn(measures.text, canaries)).toEqual([])
    const elsewhere = new URL(cellar.url)
    elsewhere.port = String(await freePort())
    const command = runCommand('user', 'list', '--database-url', elsewhere.href)
    expect(await command.ended).not.toBe(0)
    expect(canariesIn(command.said(), canaries)).toEqual([])
    // Else nothing of this would have been tried.
    const log = server.said()
    const notSaid = ['a request failed', 'a call failed', 'does not answer'].filter((said) => !log.includes(said))
    expect(notSaid).toEqual([])
    for (const status of [400, 401, 403, 404, 500]) expect(errors.some((one) => one.status === status)).toBe(true)
  })
})
