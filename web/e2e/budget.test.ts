import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { builtPage } from './visit.ts'

/** What a reader waits for before anything is shown: a second on a slow phone. */
const INITIAL_SCRIPT_BYTES = 95_000

let folder: URL

beforeAll(async () => {
  folder = await builtPage()
}, 120_000)

test('the first view needs no more script than 95 kB, compressed', () => {
  const html = readFileSync(new URL('index.html', folder), 'utf8')
  const scripts = [...html.matchAll(/<script[^>]* src="\/([^"]+)"/g)].map(([, path]) => path ?? '')
  expect(scripts.length).toBeGreaterThan(0)
  const bytes = scripts.map((path) => gzipSync(readFileSync(new URL(path, folder)), { level: 9 }).length)
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(INITIAL_SCRIPT_BYTES)
})
