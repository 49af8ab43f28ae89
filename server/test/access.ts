import { WebSocket } from 'ws'
import type { ServerFrame } from '@cellarhand/protocol/feed'
import { makeKey, type Role } from '../src/access/access.ts'
import { systemIds } from '../src/platform/ids.ts'
import { createPool } from '../src/platform/postgres/database.ts'
import { startServer, type TestServer } from './server.ts'

/** A server that asks who one is, with wine to sell: SKU `WINE` at ten euros in `web`, 60 bottles in the shop and 60 in the warehouse. */
export interface GuardedServer extends TestServer {
  readonly pool: ReturnType<typeof createPool>
  /** A key of some roles, and so the headers of somebody of them. */
  keyOf(roles: readonly Role[], locations?: readonly string[]): Promise<string>
  /** A guest: the headers of one. */
  guest(): Promise<Record<string, string>>
  ask(method: string, path: string, options?: AskOptions): Promise<Answered>
}

export interface AskOptions {
  readonly headers?: Record<string, string> | undefined
  readonly body?: unknown
  readonly key?: string
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
  /** the name of the problem, where it is one */
  readonly problem: string | undefined
}

let keys = 0

export async function startGuardedServer(env: Record<string, string> = {}): Promise<GuardedServer> {
  const server = await startServer({ env: { CELLARHAND_AUTH: 'on', CELLARHAND_COUNTRY: 'DE', ...env } })
  const pool = createPool(server.databaseUrl, { applicationName: 'tests', max: 2 })
  await pool.query(`insert into catalogue.wines (id, name) values ('wine', 'Wine')`)
  await pool.query(`insert into catalogue.vintages (wine, vintage) values ('wine', 0)`)
  await pool.query(
    `insert into catalogue.skus (sku, wine, vintage, format_ml, pack, packaging) values ('WINE', 'wine', 0, 750, 1, 'bottle')`,
  )
  const ask: GuardedServer['ask'] = async (method, path, { headers = {}, body, key } = {}) => {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'GET' ? {} : { 'idempotency-key': key ?? `a-key-of-the-tests-${(keys += 1)}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.includes('json') === true
    const read = (isJson ? JSON.parse(text) : { text }) as Record<string, unknown>
    const problem = typeof read['type'] === 'string' ? String(read['type']).split('/').at(-1) : undefined
    return { status: answer.status, headers: answer.headers, body: read, problem }
  }
  const keyOf = async (roles: readonly Role[], locations?: readonly string[]) =>
    (await makeKey(pool, { name: roles.join(' '), roles, locations }, { madeBy: 'tests', newId: systemIds.newId })).key
  const guarded: GuardedServer = {
    ...server,
    pool,
    ask,
    keyOf,
    async guest() {
      const { body } = await ask('POST', '/v1/session', { body: { as: 'token' } })
      return { authorization: `Bearer ${String(body['token'])}` }
    },
    async stop(reason) {
      await pool.end()
      await server.stop(reason)
    },
  }
  await stockWine(guarded)
  return guarded
}

async function stockWine({ ask, keyOf }: GuardedServer): Promise<void> {
  const headers = { 'x-api-key': await keyOf(['admin']) }
  const price = { amountMinor: 1_000, currency: 'EUR', taxIncluded: true, dutyIncluded: true }
  await ask('POST', '/v1/prices', { headers, body: { lines: [{ sku: 'WINE', channel: 'web', price }] } })
  for (const location of ['shop', 'warehouse']) {
    await ask('POST', '/v1/receipts', { headers, body: { location, lines: [{ sku: 'WINE', quantity: 60 }] } })
  }
}

/** A key of a role on a database, for whoever has no guarded server. */
export async function keyOn(databaseUrl: string, role: Role): Promise<string> {
  const pool = createPool(databaseUrl, { applicationName: 'tests', max: 1 })
  try {
    return (await makeKey(pool, { name: role, roles: [role] }, { madeBy: 'tests', newId: systemIds.newId })).key
  } finally {
    await pool.end()
  }
}

/** A line to the feed. */
export interface FeedLine {
  readonly frames: ServerFrame[]
  /** the code it was closed with; or the status that was answered in place of an upgrade */
  readonly ended: Promise<number>
  send(frame: object): void
  close(): void
}

export function openFeed(
  url: string,
  topics: readonly string[],
  options: { headers?: Record<string, string>; query?: string; token?: string } = {},
): FeedLine {
  const line = new WebSocket(`${url.replace('http', 'ws')}/v1/feed${options.query ?? ''}`, {
    headers: options.headers ?? {},
  })
  const frames: ServerFrame[] = []
  line.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString()) as ServerFrame))
  line.on('open', () => {
    const token = options.token === undefined ? {} : { token: options.token }
    line.send(JSON.stringify({ type: 'hello', version: 2, topics: topics.map((topic) => ({ topic })), ...token }))
  })
  const ended = new Promise<number>((resolve) => {
    line.on('unexpected-response', (_request, answer) => {
      resolve(answer.statusCode ?? 0)
      answer.destroy()
    })
    line.on('close', (code) => resolve(code))
    line.on('error', () => {})
  })
  return { frames, ended, send: (frame) => line.send(JSON.stringify(frame)), close: () => line.terminate() }
}

/** Ends all sessions of browsers, as if everybody had been signed out. */
export async function endEverySession({ databaseUrl }: TestServer): Promise<void> {
  const pool = createPool(databaseUrl, { applicationName: 'tests', max: 1 })
  await pool.query(
    `with ended as (delete from access.sessions returning hash)
     insert into access.revocations (what) select 'session:' || encode(hash, 'hex') from ended`,
  )
  await pool.end()
}
