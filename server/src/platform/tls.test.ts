import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { X509Certificate } from 'node:crypto'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLogger } from './logger.ts'
import { ensureDevCertificate } from './dev-certificate.ts'
import type { KeyPair } from './key-pair.ts'
import { openTls, type Tls } from './tls.ts'

let folder: string
let stopping: AbortController
let lines: string[]
let paths: { readonly tlsCert: string; readonly tlsKey: string }

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cellarhand-tls-'))
  stopping = new AbortController()
  lines = []
  paths = { tlsCert: join(folder, 'cert.pem'), tlsKey: join(folder, 'key.pem') }
})
afterEach(() => {
  stopping.abort()
  rmSync(folder, { recursive: true, force: true })
})

/** To the lines of its own test: a look that is under way when that ends says that the files are gone. */
function log() {
  const own = lines
  return createLogger({ logLevel: 'info' }, { write: (line: string) => void own.push(line) })
}

const newPair = (name: string) => ensureDevCertificate(join(folder, name), () => {})

function write({ cert, key }: KeyPair): void {
  put(paths.tlsCert, cert)
  put(paths.tlsKey, key)
}

/** Puts a file in place whole: half a file is none, and told of as such. */
function put(path: string, text: string): void {
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}

const open = (): Promise<Tls | undefined> =>
  openTls(
    { tls: 'off', dataDir: folder, ...paths },
    { say: (line) => void lines.push(line), log: log(), signal: stopping.signal, everyMs: 5 },
  )

test('a certificate is made once, for this machine alone, and kept', async () => {
  const said: string[] = []
  const first = await ensureDevCertificate(folder, (line) => void said.push(line))
  const again = await ensureDevCertificate(folder, (line) => void said.push(line))
  expect(again).toEqual(first)
  expect(said).toHaveLength(1)
  const certificate = new X509Certificate(first.cert)
  for (const name of ['localhost', hostname()]) expect(certificate.checkHost(name)).toBe(name)
  for (const address of ['127.0.0.1', '::1']) expect(certificate.checkIP(address)).toBe(address)
  expect(certificate.checkHost('cellar.example')).toBeUndefined()
  expect(certificate.ca).toBe(false)
})

test('one that is damaged is made anew', async () => {
  const first = await ensureDevCertificate(folder, () => {})
  writeFileSync(join(folder, 'tls', 'dev-cert.pem'), 'nonsense')
  expect((await ensureDevCertificate(folder, () => {})).cert).not.toBe(first.cert)
})

test('nothing set is no TLS', async () => {
  const settings = { tls: 'off', tlsCert: undefined, tlsKey: undefined, dataDir: folder } as const
  expect(await openTls(settings, { say: () => {}, log: log(), signal: stopping.signal })).toBeUndefined()
})

test('new files are taken, and told', async () => {
  write(await newPair('a'))
  const tls = await open()
  const heard: KeyPair[] = []
  tls?.onChange((pair) => void heard.push(pair))
  const next = await newPair('b')
  write(next)
  await expect.poll(() => heard).toEqual([next])
  expect(tls?.pair()).toEqual(next)
  expect(lines.join()).toContain('the new certificate is taken')
})

test('a new pair that does not fit is told of once, and the old one kept until one comes that does', async () => {
  const first = await newPair('a')
  write(first)
  const tls = await open()
  const third = await newPair('c')
  // One file alone: of two, it may be looked at between them.
  put(paths.tlsKey, third.key)
  await expect.poll(() => lines.join()).toContain('the key is not the one of the certificate')
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    'the new certificate is not taken, the one of before is kept: the key is not the one of the certificate',
  ])
  expect(tls?.pair()).toEqual(first)
  rmSync(paths.tlsKey)
  await expect.poll(() => lines.join()).toContain('cannot be read, the one of before is kept')
  expect(tls?.pair()).toEqual(first)
  write(third)
  await expect.poll(() => tls?.pair()).toEqual(third)
})

test('files that hold no pair stop the start with a sentence', async () => {
  await expect(open()).rejects.toThrow('CELLARHAND_TLS_CERT cannot be used: ENOENT')
  const [one, other] = [await newPair('a'), await newPair('b')]
  write({ cert: one.cert, key: other.key })
  await expect(open()).rejects.toThrow('the key is not the one of the certificate')
  write({ cert: 'nonsense', key: one.key })
  await expect(open()).rejects.toThrow('no certificate and key can be read from its files')
})
