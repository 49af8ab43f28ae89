import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect as connectTcp, createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPrivatePostgres, type PrivatePostgres } from '../../test/postgres.ts'
import { loadConfig } from '../platform/config.ts'
import { ensureDevCertificate } from '../platform/dev-certificate.ts'
import { openDatabase } from './open-database.ts'
import { connect } from '../platform/postgres/database.ts'

const folder = mkdtempSync(join(tmpdir(), 'cellarhand-tls-'))
const ca = join(folder, 'tls', 'dev-cert.pem')
let postgres: PrivatePostgres
/** The same server under an address that its certificate does not have. */
let elsewhere: Server

beforeAll(async () => {
  postgres = await startPrivatePostgres()
  const pair = await ensureDevCertificate(folder, () => {})
  const client = await connect(postgres.url, { applicationName: 'tests' })
  const { rows } = await client.query<{ data_directory: string }>('show data_directory')
  const cluster = rows[0]?.data_directory ?? ''
  const { uid, gid } = statSync(cluster)
  for (const [name, text] of [
    ['server.crt', pair.cert],
    ['server.key', pair.key],
  ] as const) {
    writeFileSync(join(cluster, name), text, { mode: 0o600 })
    chownSync(join(cluster, name), uid, gid)
  }
  await client.query('alter system set ssl = on')
  await client.query('select pg_reload_conf()')
  await client.end()
  const port = Number(new URL(postgres.url).port)
  elsewhere = createServer((socket) => {
    const there = connectTcp(port, '127.0.0.1')
    socket.on('error', () => there.destroy())
    there.on('error', () => socket.destroy())
    socket.pipe(there).pipe(socket)
  })
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.2', resolve))
})
afterAll(async () => {
  elsewhere?.close()
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const asked = (query: Record<string, string>, host?: string): string => {
  const url = new URL(postgres.url)
  if (host !== undefined) url.host = host
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url.toString()
}

/** Whether the line is TLS, as PostgreSQL sees it. */
async function lineTo(url: string): Promise<{ ssl: boolean; version: string | null } | undefined> {
  const client = await connect(url, { applicationName: 'tests' })
  try {
    const text = 'select ssl, version from pg_stat_ssl where pid = pg_backend_pid()'
    return (await client.query<{ ssl: boolean; version: string | null }>(text)).rows[0]
  } finally {
    await client.end()
  }
}

const underAnother = () => `127.0.0.2:${(elsewhere.address() as AddressInfo).port}`

test('with its certificate the line is TLS, and without it there is none', async () => {
  await expect.poll(() => lineTo(asked({ sslmode: 'verify-full', sslrootcert: ca }))).toMatchObject({ ssl: true })
  const { version } = (await lineTo(asked({ sslmode: 'verify-full', sslrootcert: ca }))) ?? {}
  expect(version).toMatch(/^TLSv1\.[23]$/)
  await expect(lineTo(asked({ sslmode: 'verify-full' }))).rejects.toThrow('self-signed certificate')
  await expect(lineTo(asked({ sslmode: 'require' }))).rejects.toThrow('self-signed certificate')
  expect(await lineTo(asked({ sslmode: 'no-verify' }))).toMatchObject({ ssl: true })
  expect(await lineTo(asked({}))).toMatchObject({ ssl: false })
})

test('a certificate for another name is refused, but where the name is not to be looked at', async () => {
  const host = underAnother()
  await expect(lineTo(asked({ sslmode: 'verify-full', sslrootcert: ca }, host))).rejects.toThrow(/altnames/)
  expect(await lineTo(asked({ sslmode: 'verify-ca', sslrootcert: ca }, host))).toMatchObject({ ssl: true })
  await expect(lineTo(asked({ sslmode: 'verify-ca' }, host))).rejects.toThrow('self-signed certificate')
})

test('a start says what is wrong with the line and what to do', async () => {
  const open = (url: string) =>
    openDatabase(loadConfig({ DATABASE_URL: url }), { say: () => {}, shared: false, asItIs: true })
  await expect(open(asked({ sslmode: 'verify-full' }))).rejects.toThrow(/is not trusted .* CELLARHAND_DATABASE_CA/)
  const config = loadConfig({ DATABASE_URL: asked({ sslmode: 'verify-full' }), CELLARHAND_DATABASE_CA: ca })
  const opened = await openDatabase(config, { say: () => {}, shared: false, asItIs: true })
  expect(opened.weakness).toBeUndefined()
  await opened.close()
  const plain = createServer((socket) => socket.once('data', () => socket.end('N')))
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
  const { port } = plain.address() as AddressInfo
  await expect(open(`postgresql://me:pw@127.0.0.1:${port}/x?sslmode=require`)).rejects.toThrow(/does not speak TLS/)
  plain.close()
})
