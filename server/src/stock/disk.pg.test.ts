import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmbedded, type EmbeddedPostgres } from '../platform/postgres/embedded.ts'
import { migrate } from '../platform/postgres/migrate.ts'
import type { Command } from './stock.ts'
import { openBooks, type Books } from '../../test/books.ts'
import { holdOf, openTestStock, type TestStock } from '../../test/stock.ts'

const sizeMb = 160

/** A file system of its own, small enough to be filled; undefined where this process may not mount one. */
function mountSmall(): string | undefined {
  const at = mkdtempSync(join(tmpdir(), 'cellarhand-small-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMb}m,mode=0711`, 'tmpfs', at], { stdio: 'ignore' })
    return at
  } catch {
    rmSync(at, { recursive: true })
    return undefined
  }
}

/** A hold that takes some room. */
const bulky: Command = {
  kind: 'hold',
  ttlSeconds: 600,
  customer: 'x'.repeat(100),
  lines: [{ sku: 'CASK', quantity: 1, channel: 'web' }],
}

const small = mountSmall()
let postgres: EmbeddedPostgres
let books: Books
let stock: TestStock

// Needs root and the right to mount a file system that can be filled; a container without it cannot show a full disk.
describe.skipIf(small === undefined)('a full disk', () => {
  const dir = small ?? ''
  const ballast = join(dir, 'ballast')

  beforeAll(async () => {
    const settings = { shared_buffers: '16MB', min_wal_size: '32MB', max_wal_size: '48MB', autovacuum: 'off' }
    postgres = await startEmbedded({ dataDir: join(dir, 'data'), say: () => {}, settings })
    await migrate(postgres.url, { say: () => {} })
    books = await openBooks({ url: postgres.url })
    stock = openTestStock(postgres.url, { deadlineMs: 3_000 })
    await books.stockUp({ CASK: 1_000_000 })
  })

  afterAll(async () => {
    rmSync(ballast, { force: true })
    await stock?.close()
    await books?.close()
    await postgres?.stop()
    if (small !== undefined) {
      execFileSync('umount', ['-l', small])
      rmSync(small, { recursive: true, force: true })
    }
  })

  function fill(): void {
    const { bavail, bsize } = statfsSync(dir)
    // A little is left, so that it runs out in the middle of the work.
    writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - 300_000)))
  }

  it('is told truthfully, loses nothing that was acknowledged, and is over when there is room again', async () => {
    fill()
    const keys: string[] = []
    const told = { done: [] as string[], unavailable: [] as string[] }
    const reasons = new Set<string>()
    const buyer = async (_: unknown, hand: number) => {
      for (let i = 0; told.unavailable.length < 40 && i < 3_000; i++) {
        const key = `full-${hand}-${i}`
        keys.push(key)
        await stock.done(bulky, key).then(
          () => told.done.push(key),
          (error: Error) => {
            told.unavailable.push(key)
            reasons.add(error.name)
          },
        )
      }
    }
    await Promise.all(Array.from({ length: 32 }, buyer))
    expect(told.done.length).toBeGreaterThan(0)
    expect(told.unavailable.length).toBeGreaterThan(0)
    expect([...reasons]).toEqual(['Unavailable'])

    rmSync(ballast)
    // Writing may have taken PostgreSQL down; its supervisor brings it back.
    await expect
      .poll(
        () =>
          stock.ask(holdOf('CASK'), 'room').then(
            ({ kind }) => kind,
            () => 'unavailable',
          ),
        { timeout: 30_000 },
      )
      .toBe('done')
    expect(await books.effectsOf(told.done)).toEqual(told.done.map(() => 1))
    for (const key of told.unavailable) {
      expect((await stock.ask(bulky, key)).kind).toBe('done')
    }
    expect(await books.effectsOf(keys)).toEqual(keys.map(() => 1))
    expect(await books.wrong()).toEqual([])
  })
})
