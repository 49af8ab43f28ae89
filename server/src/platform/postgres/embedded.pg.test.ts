import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { connect } from './database.ts'
import { findEmbedded, startEmbedded, type EmbeddedPostgres } from './embedded.ts'
import { isAlive, processesOf, until } from './processes.ts'

const root = process.getuid?.() === 0
const nobody = 65_534
let home: string
let dataDir: string

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'embedded-test-'))
  chmodSync(home, 0o755)
  dataDir = join(home, 'data')
  const first = await startEmbedded({ dataDir, say: () => {} })
  await ask(first.url, 'create table bottle (id int primary key)')
  await first.stop()
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** Starts on the common folder and stops when the test is over, also when it fails. */
async function start(folder = dataDir): Promise<EmbeddedPostgres & { said: string[] }> {
  const said: string[] = []
  const embedded = await startEmbedded({ dataDir: folder, say: (line) => said.push(line) })
  onTestFinished(() => embedded.stop())
  return Object.assign(embedded, { said })
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = await connect(url, { applicationName: 'test', connectTimeoutMs: 1_000 })
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

const answersAt = (url: string) =>
  ask(url, 'select 1').then(
    () => true,
    () => false,
  )

/** The same in a process of its own, to be killed or to run as another user. */
async function startElsewhere(folder: string, uid?: number) {
  const script = fileURLToPath(new URL('../../../test/embedded-process.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=source', script, folder], {
    cwd: fileURLToPath(new URL('../../../..', import.meta.url)),
    env: { PATH: process.env.PATH, TMPDIR: tmpdir() },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  let output = ''
  let said = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (said += String(chunk)))
  onTestFinished(() => void child.kill('SIGKILL'))
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  const line = output.split('\n')[0] ?? ''
  if (line === '') throw new Error(`it said nothing but: ${said}`)
  const answer = JSON.parse(line) as { url: string; pid: number; adopted: boolean; error?: string }
  const stop = async () => {
    child.stdin.end()
    if (child.exitCode === null) await once(child, 'exit')
  }
  const kill9 = async () => {
    child.kill('SIGKILL')
    if (child.signalCode === null) await once(child, 'exit')
  }
  return { ...answer, stop, kill9 }
}

test('starts, is found by a command beside it, keeps its data, and is gone after stop', async () => {
  const first = await start()
  expect(first.adopted).toBe(false)
  expect(await findEmbedded(dataDir)).toBe(first.url)
  await ask(first.url, 'insert into bottle values (1)')
  await first.stop()
  expect(await findEmbedded(dataDir)).toBeUndefined()
  expect(processesOf(join(dataDir, 'postgres'))).toEqual([])

  const second = await start()
  expect(second.url).toBe(first.url)
  expect(await ask(second.url, 'select id from bottle where id = 1')).toEqual([{ id: 1 }])
})

test('is durable, checks its pages, knows letters beyond ASCII, and lets nobody in without the password', async () => {
  const { url } = await start()
  const names = ['fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums', 'server_encoding']
  const settings = await ask(url, `select ${names.map((name) => `current_setting('${name}') as ${name}`).join()}`)
  expect(settings[0]).toEqual({
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    data_checksums: 'on',
    server_encoding: 'UTF8',
  })
  expect(await ask(url, `select lower('CHÂTEAU Ñ Ж') as lower`)).toEqual([{ lower: 'château ñ ж' }])
  expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600)
  const stranger = new URL(url)
  stranger.password = 'guess'
  await expect(ask(stranger.toString(), 'select 1')).rejects.toThrow('password authentication failed')
})

test('comes back at the same address by itself when its postmaster is killed, with all that was confirmed', async () => {
  const embedded = await start()
  for (const id of [10, 11, 12]) {
    await ask(embedded.url, `insert into bottle values (${id})`)
    const { pid } = embedded
    process.kill(pid, 'SIGKILL')
    await until(() => !isAlive(pid), { withinMs: 5_000, everyMs: 1 })
    expect(await until(() => answersAt(embedded.url), { withinMs: 20_000 })).toBe(true)
    expect(embedded.pid).not.toBe(pid)
  }
  expect(await ask(embedded.url, 'select count(*) as n from bottle where id between 10 and 12')).toEqual([{ n: 3 }])
  expect(embedded.said.join('\n')).toContain('ended unexpectedly (signal SIGKILL); starting it again')
})

test('waits for a backend of a killed postmaster that will not end, and ends it, before it opens the files again', async () => {
  const embedded = await start()
  const client = await connect(embedded.url, { applicationName: 'stuck' })
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const backend = rows[0]?.pid ?? 0
  expect(backend).toBeGreaterThan(1)
  process.kill(backend, 'SIGSTOP')
  process.kill(embedded.pid, 'SIGKILL')
  expect(await until(() => answersAt(embedded.url), { withinMs: 20_000 })).toBe(true)
  expect(isAlive(backend)).toBe(false)
  await client.end().catch(() => {})
})

test('is left running when our own process is killed, and taken over by the next start', async () => {
  const killed = await startElsewhere(dataDir)
  await ask(killed.url, 'insert into bottle values (20)')
  await killed.kill9()
  expect(await answersAt(killed.url)).toBe(true)

  const next = await start()
  expect(next).toMatchObject({ adopted: true, pid: killed.pid, url: killed.url })
  expect(await ask(next.url, 'select id from bottle where id = 20')).toEqual([{ id: 20 }])

  process.kill(next.pid, 'SIGKILL')
  await until(() => !isAlive(killed.pid), { withinMs: 5_000 })
  expect(await until(() => answersAt(next.url), { withinMs: 20_000 })).toBe(true)
  await next.stop()
  expect(processesOf(join(dataDir, 'postgres'))).toEqual([])
})

test('an orphan that does not know our password is stopped, and the sentence says which file belongs back', async () => {
  const killed = await startElsewhere(dataDir)
  await killed.kill9()
  const path = join(dataDir, 'password')
  const password = readFileSync(path)
  writeFileSync(path, 'another')
  await expect(start()).rejects.toThrow(`has another password than ${path} says`)
  expect(isAlive(killed.pid)).toBe(false)
  writeFileSync(path, password)
  expect(await answersAt((await start()).url)).toBe(true)
})

test('a pid file that names a living process of somebody else does not stop it from starting', async () => {
  const pidFile = join(dataDir, 'postgres', 'postmaster.pid')
  writeFileSync(pidFile, `${process.pid}\n${dataDir}/postgres\n1700000000\n5432\n\n127.0.0.1\n 1 1\nready   \n`)
  if (root) chownSync(pidFile, statSync(join(dataDir, 'postgres')).uid, statSync(join(dataDir, 'postgres')).gid)
  expect(await findEmbedded(dataDir)).toBeUndefined()
  expect(await answersAt((await start()).url)).toBe(true)
})

test('a port that somebody else took meanwhile is replaced by another', async () => {
  const port = Number(readFileSync(join(dataDir, 'port'), 'utf8'))
  const squatter = createServer().listen(port, '127.0.0.1')
  await once(squatter, 'listening')
  onTestFinished(() => void squatter.close())
  const { url } = await start()
  expect(new URL(url).port).not.toBe(String(port))
  expect(readFileSync(join(dataDir, 'port'), 'utf8').trim()).toBe(new URL(url).port)
  expect(await answersAt(url)).toBe(true)
})

test('of two starts at once one has the folder, and the other says who', async () => {
  const outcomes = await Promise.allSettled([start(), start()])
  expect(outcomes.map((outcome) => outcome.status).toSorted()).toEqual(['fulfilled', 'rejected'])
  const elsewhere = await startElsewhere(dataDir)
  expect(elsewhere.error).toContain(`already runs on ${dataDir} (process ${process.pid})`)
})

test('an initdb that was interrupted leaves nothing that is mistaken for a database', async () => {
  const folder = join(home, 'interrupted')
  mkdirSync(join(folder, 'initdb-4242', 'cluster', 'base'), { recursive: true })
  mkdirSync(join(folder, 'postgres', 'base'), { recursive: true })
  const embedded = await start(folder)
  expect(await answersAt(embedded.url)).toBe(true)
  expect(existsSync(join(folder, 'initdb-4242'))).toBe(false)
  expect(embedded.said.join('\n')).toContain('Put an unfinished database aside')
  expect(readdirSync(folder).filter((name) => name.startsWith('postgres-incomplete'))).toHaveLength(1)
})

test('a database of another version of PostgreSQL is refused, and which ones they are', async () => {
  const path = join(dataDir, 'postgres', 'PG_VERSION')
  const version = readFileSync(path, 'utf8')
  writeFileSync(path, '14\n')
  await expect(start()).rejects.toThrow(/made by PostgreSQL 14 and this release brings \d+/)
  writeFileSync(path, version)
})

test('an ordinary user has a database of their own', async () => {
  const folder = join(home, 'ordinary')
  mkdirSync(folder)
  if (root) chownSync(folder, nobody, nobody)
  const elsewhere = await startElsewhere(folder, root ? nobody : undefined)
  expect(elsewhere.error).toBeUndefined()
  expect(await answersAt(elsewhere.url)).toBe(true)
  await elsewhere.stop()
  expect(processesOf(join(folder, 'postgres'))).toEqual([])
  if (!root) return
  // Root may start it in between, and leaves it to its owner.
  await (await start(folder)).stop()
  const again = await startElsewhere(folder, nobody)
  expect(again.error).toBeUndefined()
  await again.stop()
})

// Only root can start a process as somebody else.
test.runIf(root)('an ordinary user is told in words what is not theirs', async () => {
  expect((await startElsewhere(join(home, 'mine'), nobody)).error).toContain('choose another with CELLARHAND_DATA')
  expect((await startElsewhere(dataDir, nobody)).error).toMatch(
    /belongs to another user|may not be read|cannot be read/,
  )
})

const namespaces = spawnSync('unshare', ['--user', '--map-user=65534', '--', 'true']).status === 0

// Only root needs it, and containers may forbid user namespaces.
test.runIf(root && namespaces)('root starts it in a folder that no other user may enter', async () => {
  const closed = mkdtempSync(join(home, 'closed-'))
  const folder = join(closed, 'data')
  const embedded = await start(folder)
  expect(statSync(join(folder, 'postgres')).uid).toBe(0)
  expect(await answersAt(embedded.url)).toBe(true)
  await embedded.stop()

  chmodSync(closed, 0o755)
  const opened = await start(folder)
  expect(await answersAt(opened.url)).toBe(true)
  expect(statSync(join(folder, 'postgres')).uid).not.toBe(0)
})
