import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPool } from '../../src/platform/postgres/database.ts'
import { startGuardedServer, type GuardedServer } from '../access.ts'
import { workUrlOf } from '../postgres.ts'
import { operationsOf, type Operation } from '../storm/operations.ts'
import { filled } from '../storm/sweeper.ts'

let server: GuardedServer
let worker: ReturnType<typeof createPool>
let admin: Record<string, string>
let operations: Operation[]

beforeAll(async () => {
  server = await startGuardedServer({ CELLARHAND_RATE_PERCENT: '10000' })
  worker = createPool(workUrlOf(server.databaseUrl), { applicationName: 'tests', max: 1 })
  admin = { 'x-api-key': await server.keyOf(['admin']) }
  operations = operationsOf((await server.ask('GET', '/v1/openapi.json')).body as never)
})
afterAll(async () => {
  await worker?.end()
  await server?.stop()
})

/** What would be seen if it reached a statement as part of it: an error, a wait, or a table more or less. */
const sql = [
  "'",
  "' or '1'='1",
  "'; drop table stock.levels; --",
  '1; select pg_sleep(30)',
  "') union select hash, null from access.keys --",
  '" or ""="',
  "\\'; create table public.owned (); --",
  '$1',
  '1 desc, (select 1/0)',
  '$$; truncate stock.holds; $$',
  "a' || (select value from access.secrets limit 1) || '",
]

const tables = `select count(*)::int as tables, (select sum(available)::int from stock.levels) as bottles,
  (select count(*)::int from access.users) as users from pg_class where relkind in ('r', 'p')`
const everything = async () => (await server.pool.query<object>(tables)).rows[0]

describe('probe 23: SQL in filters, sorts and cursors', () => {
  test('is text in every parameter of everything that is read: refused, or found nowhere', async () => {
    const before = await everything()
    const reads = operations.filter(({ method, path }) => method === 'GET' && path !== '/v1/feed')
    const asked = reads.flatMap(({ path, parameters }) => [
      ...parameters
        .filter((one) => one.in === 'query')
        .flatMap(({ name }) => sql.map((text) => `${filled(path)}?${name}=${encodeURIComponent(text)}`)),
      ...(path.includes('{') ? sql.map((text) => path.replace(/\{\w+\}/, encodeURIComponent(text))) : []),
    ])
    expect(asked.length).toBeGreaterThan(500)
    const wrong: string[] = []
    for (const path of asked) {
      const { status, body } = await server.ask('GET', path, { headers: admin })
      if (![200, 400, 404, 422].includes(status)) wrong.push(`${path}: ${status} ${JSON.stringify(body)}`)
    }
    expect(wrong).toEqual([])
    expect(await everything()).toEqual(before)
  })

  test('is text in every argument of GraphQL, and in topics and cursors of the feed', async () => {
    const before = await everything()
    const wrong: string[] = []
    for (const text of sql) {
      const variables = { text }
      for (const query of [
        'query($text: String!) { wines(search: $text) { totalCount } }',
        'query($text: String!) { wines(first: 1, after: $text) { totalCount } }',
        'query($text: ID!) { wine(id: $text) { id } }',
        'query($text: ID!) { hold(id: $text) { id } }',
      ]) {
        const { status, body } = await server.ask('POST', '/graphql', { headers: admin, body: { query, variables } })
        if (status >= 500 || JSON.stringify(body).includes('INTERNAL'))
          wrong.push(`${query} ${text}: ${JSON.stringify(body)}`)
      }
      const encoded = encodeURIComponent(text)
      for (const path of [`topic=search:${encoded}`, `topic=sku:${encoded}`, `topic=channel:web&cursor=${encoded}`]) {
        const stop = AbortSignal.timeout(300)
        const status = await fetch(`${server.url}/v1/feed?${path}`, { headers: admin, signal: stop }).then(
          (answer) => answer.status,
          () => 0,
        )
        if (status >= 500) wrong.push(`${path}: ${status}`)
      }
    }
    expect(wrong).toEqual([])
    expect(await everything()).toEqual(before)
  })
})

describe('probe 23: whom a server works as in the database', () => {
  test('is a role that owns nothing', async () => {
    const { rows } = await server.pool.query<{ name: string }>(
      `select distinct usename as name from pg_stat_activity where datname = current_database()
       and application_name ~ '^cellarhand' and application_name <> 'cellarhand retention'`,
    )
    expect(rows).toEqual([{ name: new URL(workUrlOf(server.databaseUrl)).username }])
  })

  test.each([
    'create table stock.mine ()',
    'create table public.mine ()',
    'create schema mine',
    'create function stock.mine() returns int language sql as $$ select 1 $$',
    'create role mine',
    'create extension dblink',
    'alter table stock.levels add column mine int',
    'alter table access.audit disable trigger all',
    'alter function access.refuse_change() rename to mine',
    'drop table stock.holds',
    'drop schema log cascade',
    'truncate stock.levels',
    'truncate access.audit',
    'create index on stock.levels (sku)',
    'grant all on all tables in schema stock to public',
    'insert into platform.migrations (name, sha256) values ($$a$$, $$b$$)',
    'update platform.migrations set sha256 = $$$$',
    'update stock.journal_entries set reason = null',
    'update stock.entries set reason = null',
    'delete from stock.entries',
    'update stock.movements set quantity = 1',
    'delete from stock.movements',
    'update stock.counts set counted = 0',
    'update stock.price_changes set amount_minor = 0',
    'delete from log.log',
    'update log.batches set at = at',
    'update access.audit set outcome = $$done$$',
    'delete from access.audit',
    'set role postgres',
    "copy stock.levels to program 'true'",
    "copy stock.levels to '/tmp/levels'",
    "select pg_read_file('/etc/passwd')",
    'select rolpassword from pg_authid',
  ])('may not %s', async (statement) => {
    const error = await worker.query(statement).then(
      () => undefined,
      (thrown: { code: string }) => thrown.code,
    )
    // Of `postgres` there may be none on a machine.
    expect(['42501', '22023']).toContain(error)
  })
})
