import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { quiet, scratch, tradedDatabase } from '../../test/kept.ts'
import { seeded } from '../../test/trade.ts'
import { backup, checkBackup } from './keep.ts'
import { newHash, sealOf } from './seal.ts'

let bytes: Buffer
let good: string
let database: Awaited<ReturnType<typeof tradedDatabase>>
beforeAll(async () => {
  database = await tradedDatabase(21)
  const folder = mkdtempSync(join(tmpdir(), 'cellarhand-torn-'))
  await backup(database.url, join(folder, 'good.backup'), quiet)
  bytes = readFileSync(join(folder, 'good.backup'))
  rmSync(folder, { recursive: true })
  good = gunzipSync(bytes).toString('latin1')
})
afterAll(() => database?.drop())

/** Why a file of these bytes is refused. */
async function refusal(content: Buffer): Promise<string> {
  const path = join(scratch(), 'f')
  writeFileSync(path, content)
  return checkBackup(path, quiet).then(
    () => 'not refused',
    (error: Error) => `${error.name}: ${error.message.replace(path, 'f')}`,
  )
}

/** A file with a seal that fits, as somebody would make it who knows the format. */
function sealedGzip(text: string): Buffer {
  const zipped = gzipSync(Buffer.from(text, 'latin1'))
  return Buffer.concat([zipped, sealOf(newHash().update(zipped))])
}

const withHeader = (change: (header: Record<string, unknown>) => void) => {
  const end = good.indexOf('\n')
  const header = JSON.parse(Buffer.from(good.slice(0, end), 'latin1').toString()) as Record<string, unknown>
  change(header)
  return sealedGzip(JSON.stringify(header) + good.slice(end))
}

test('the whole file is taken, also with another compression of the same', async () => {
  expect(await refusal(bytes)).toBe('not refused')
  expect(await refusal(sealedGzip(good))).toBe('not refused')
})

test('cut off anywhere, it is refused as torn', async () => {
  const random = seeded(5)
  const edges = [0, 1, 2, 3, 9, 10, 11, bytes.length - 86, bytes.length - 85, bytes.length - 84, bytes.length - 1]
  const cuts = [...edges, ...Array.from({ length: 45 }, () => Math.floor(random() * bytes.length))]
  for (const cut of cuts) {
    const reason = await refusal(bytes.subarray(0, cut))
    expect(reason, `cut off after ${cut} of ${bytes.length} bytes`).toMatch(
      cut === 0 ? /^SetupError: f is empty/ : /^SetupError: f is torn: its end is missing/,
    )
  }
})

test('with any one bit turned over, it is refused', async () => {
  const random = seeded(6)
  const at = [0, 1, 2, 3, 4, 8, 9, 10, bytes.length - 86, bytes.length - 94, bytes.length - 85, bytes.length - 1]
  for (const place of [...at, ...Array.from({ length: 50 }, () => Math.floor(random() * bytes.length))]) {
    const changed = Buffer.from(bytes)
    changed.writeUInt8(changed.readUInt8(place) ^ (1 << Math.floor(random() * 8)), place)
    expect(await refusal(changed), `byte ${place} of ${bytes.length}`).toMatch(
      /^SetupError: f (is damaged|is torn|is no |was made|is written|is not the right)/,
    )
  }
})

test('with something behind its end, it is refused', async () => {
  expect(await refusal(Buffer.concat([bytes, Buffer.alloc(3)]))).toMatch(/torn/)
  expect(await refusal(Buffer.concat([bytes, bytes]))).toMatch(/damaged/)
  expect(await refusal(sealedGzip(`${good}and more\n`))).toMatch(/damaged/)
})

test.each<[what: string, change: (text: string) => string]>([
  ['a row that is gone', (text) => text.replace(/\nshop\t[^\n]*/, '')],
  ['a row that is there twice', (text) => text.replace(/(\nshop\t[^\n]*)/, '$1$1')],
  ['a value that is another', (text) => text.replace('\tShop\t', '\tShap\t')],
])('sealed anew over %s, its sums do not fit', async (_what, change) => {
  expect(change(good)).not.toBe(good)
  expect(await refusal(sealedGzip(change(good)))).toMatch(/is damaged/)
})

test('what is no backup of ours is told by what it is', async () => {
  expect(await refusal(Buffer.from('PGDMP and so on'))).toMatch(/f is no backup of Cellarhand/)
  expect(await refusal(Buffer.from(Array.from({ length: 5_000 }, (_, n) => (n * 7 + 13) % 256)))).toMatch(
    /is no backup/,
  )
  expect(await refusal(gzipSync('sku,location\nA1,shop\n'))).toMatch(/f is no backup of Cellarhand/)
  expect(await refusal(gzipSync(Buffer.alloc(9_000_000, 'x')))).toMatch(/f is no backup of Cellarhand/)
  expect(await refusal(withHeader((header) => (header['product'] = 'winebin')))).toMatch(
    /f was made by winebin, not by cellarhand: restore it with that/,
  )
  expect(await refusal(withHeader((header) => (header['kind'] = 'export')))).toMatch(
    /bring it in with "import everything"/,
  )
  expect(await refusal(withHeader((header) => Object.assign(header, { format: 2, version: '9.1.0' })))).toMatch(
    /f is written in format 2, and this version reads format 1: use the version that made it, 9\.1\.0/,
  )
  await expect(checkBackup('/nowhere/f', quiet)).rejects.toThrow('There is no file /nowhere/f.')
})

test('made by a version with other steps, it is refused with the version to use', async () => {
  type Steps = { name: string; sha256: string }[]
  const later = (header: Record<string, unknown>) => {
    header['version'] = '9.1.0'
    ;(header['migrations'] as Steps).push({ name: '9999-later.sql', sha256: 'a'.repeat(64) })
  }
  expect(await refusal(withHeader(later))).toMatch(
    /f was made by a later version, 9\.1\.0: it has the step 9999-later\.sql, which is not known here/,
  )
  const other = (header: Record<string, unknown>) => {
    header['migrations'] = (header['migrations'] as Steps).map((step) => ({ ...step, sha256: 'b'.repeat(64) }))
  }
  expect(await refusal(withHeader(other))).toMatch(/whose step 0001-log\.sql is not that of this one: use the version/)
})
