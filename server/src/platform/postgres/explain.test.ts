import { mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findBinaries, hydrateLinks } from './binaries.ts'
import { explain } from './explain.ts'

test.each([
  ['FATAL:  could not write lock file "postmaster.pid": No space left on device', 'the disk is full'],
  ['initdb: error: could not create directory "x": Permission denied', 'may not be read or written by this user'],
  ['FATAL:  database files are incompatible with server', 'made by another version'],
  ['error while loading shared libraries: libpq.so.5: cannot open', 'built for glibc'],
  ['PANIC:  could not locate a valid checkpoint record at 0/1', 'Keep a copy of the data folder'],
  ['something new', 'it ended without being asked to'],
])('%s is said in plain words, and quoted', (output, words) => {
  expect(explain('PostgreSQL did not start', output)).toMatch(/^PostgreSQL did not start: /)
  expect(explain('PostgreSQL did not start', output)).toContain(words)
  expect(explain('PostgreSQL did not start', output)).toContain(output)
})

test('library links that a skipped install script left out are made', () => {
  const home = mkdtempSync(join(tmpdir(), 'links-'))
  const native = join(home, 'native')
  mkdirSync(join(native, 'lib'), { recursive: true })
  writeFileSync(join(native, 'lib', 'libpq.so.5.18'), '')
  const links = ['libpq.so', 'libpq.so.5'].map((name) => ({
    source: 'native/lib/libpq.so.5.18',
    target: `native/lib/${name}`,
  }))
  writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(links))
  hydrateLinks(native)
  hydrateLinks(native)
  expect(readlinkSync(join(native, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18')
  rmSync(home, { recursive: true })
})

test('the programs that npm installed for this machine are found', () => {
  expect(findBinaries()).toMatchObject({ initdb: expect.stringMatching(/bin\/initdb$/), major: '18' })
})
