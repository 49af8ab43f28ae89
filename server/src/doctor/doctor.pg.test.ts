import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createEmptyDatabase, createTestDatabase } from '../../test/postgres.ts'
import { loadConfig } from '../platform/config.ts'
import { connect } from '../platform/postgres/database.ts'
import { startEmbedded } from '../platform/postgres/embedded.ts'
import { freePort } from '../platform/postgres/postmaster.ts'
import { runDoctor } from './doctor.ts'
import { checkClock, checkDataDir, checkDisk, checkNode, checkPort } from './machine.ts'

let home: string
let port: string

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'doctor-'))
  chmodSync(home, 0o755)
  port = String(await freePort())
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

const examine = async (env: Record<string, string>) => {
  const { ok, findings } = await runDoctor(loadConfig({ PORT: port, CELLARHAND_DATA: join(home, 'data'), ...env }))
  return { ok, text: findings.map(({ what, advice }) => `${what} ${advice ?? ''}`).join('\n'), findings }
}

test('before the first start all is well, and nothing is made', async () => {
  const { ok, text } = await examine({})
  expect(text).toContain('will be made on the first start')
  expect(text).toContain(`Port ${port} is free`)
  expect(existsSync(join(home, 'data'))).toBe(false)
  expect(ok).toBe(true)
})

test('tells an embedded database that runs from one that is stopped and one that crashed', async () => {
  const embedded = await startEmbedded({ dataDir: join(home, 'data'), say: () => {} })
  onTestFinished(() => embedded.stop())
  const running = await examine({})
  expect(running.text).toContain(`runs (process ${embedded.pid}) for the server (process ${process.pid})`)
  expect(running.text).toContain('keeps what it confirms')
  expect(running.text).toContain('the next start applies them')
  expect(running.text).toContain('as does the database')
  expect(running.text).not.toContain(new URL(embedded.url).password)
  expect(running.ok).toBe(true)
  await embedded.stop()
  expect((await examine({})).text).toContain('The embedded database is stopped')
  writeFileSync(join(home, 'data', 'postgres', 'postmaster.pid'), '4194000\n')
  expect((await examine({})).text).toContain('was not stopped in order')
})

test('an orphan is told as one', async () => {
  const script = fileURLToPath(new URL('../../test/embedded-process.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=source', script, join(home, 'data')], {
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect((await examine({})).text).toContain('left by one that was killed; the next start takes it over')
  await (await startEmbedded({ dataDir: join(home, 'data'), say: () => {} })).stop()
})

test('a database of one’s own that is up to date has nothing wrong with it', async () => {
  const database = await createTestDatabase()
  const { ok, text } = await examine({ DATABASE_URL: database.url })
  expect(text).toContain('Its schema is that of this release')
  expect(ok).toBe(true)
  await database.drop()
})

test('a log that has no room is said, with how to make it', async () => {
  const database = await createTestDatabase()
  expect((await examine({ DATABASE_URL: database.url })).text).toContain('The log has room for 3,000,000 positions.')
  const client = await connect(database.url, { applicationName: 'test' })
  await client.query(`select log.append(null, now(), '{}')`)
  await client.query('drop table log.log_2000001')
  await client.end()
  const { ok, findings } = await examine({ DATABASE_URL: database.url })
  expect(ok).toBe(false)
  expect(findings.filter((finding) => !finding.ok)).toEqual([
    {
      ok: false,
      what: expect.stringContaining('room for 1,999,999 positions, with 1 of 2 partitions'),
      advice: expect.stringMatching(/^Start a server/),
    },
  ])
  await database.drop()
})

test('a database that would lose confirmed sales is named, with what to do', async () => {
  const database = await createEmptyDatabase()
  const client = await connect(database.url, { applicationName: 'test' })
  await client.query(`alter database ${new URL(database.url).pathname.slice(1)} set synchronous_commit = off`)
  await client.end()
  const { ok, findings } = await examine({ DATABASE_URL: database.url })
  expect(ok).toBe(false)
  expect(findings.filter((finding) => !finding.ok)).toEqual([
    {
      ok: false,
      what: expect.stringContaining('a crash can lose confirmed sales.'),
      advice: expect.stringMatching(/^Set synchronous_commit = on/),
    },
  ])
  await database.drop()
})

test('a database that cannot be reached is named without its password', async () => {
  const { ok, text } = await examine({ DATABASE_URL: `postgresql://me:s3cret@127.0.0.1:${port}/x` })
  expect(ok).toBe(false)
  expect(text).toMatch(/postgresql:\/\/me:\*\*\*@127.0.0.1:\d+\/x cannot be reached: .*ECONNREFUSED/)
  expect(text).not.toContain('s3cret')
})

test('a port that another program has is told from one that this server has', async () => {
  let header = 'x-other'
  const server = createServer((_request, response) => response.setHeader(header, '1').end('{}')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const place = { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
  expect(await checkPort(place)).toMatchObject({ ok: false, what: expect.stringContaining('Another program listens') })
  header = 'cellarhand-position'
  expect(await checkPort(place)).toMatchObject({ ok: true, what: expect.stringContaining('Cellarhand answers') })
})

test('what the machine lacks is said with what to do', () => {
  expect(checkNode('20.18.3')).toMatchObject({ ok: false, advice: expect.stringContaining('nodejs.org') })
  expect(checkNode('20.19.0').ok && checkNode('24.1.0').ok).toBe(true)
  expect(checkDisk({ dataDir: home }, Number.MAX_SAFE_INTEGER)).toMatchObject({ ok: false })
  writeFileSync(join(home, 'file'), '')
  expect(checkDataDir({ dataDir: join(home, 'file', 'data') })).toMatchObject({
    ok: false,
    what: expect.stringContaining('is a file'),
  })
  expect(checkClock(Date.UTC(1970, 0, 1), undefined).ok).toBe(false)
  expect(checkClock(Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1, 1))).toMatchObject({
    ok: false,
    what: expect.stringContaining('3600.0 s apart'),
  })
})
