import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestDatabase } from '../../test/postgres.ts'
import { seeded } from '../../test/trade.ts'
import { createPool } from '../platform/postgres/database.ts'
import { booksAt, positionBefore } from './moment.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let pool: pg.Pool

beforeAll(async () => {
  database = await createTestDatabase()
  pool = createPool(database.url, { applicationName: 'tests', max: 2 })
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})
beforeEach(() => pool.query('truncate log.log, log.batches'))

interface Row {
  readonly position: number
  /** null: no batch of stock */
  readonly batch: number | null
  readonly atUs: number
}

async function write(rows: readonly Row[]): Promise<void> {
  await pool.query(
    `insert into log.log (position, batch, at, changes)
     select position, batch, 'epoch'::timestamptz + us * interval '1 microsecond', '{}'
     from unnest($1::bigint[], $2::bigint[], $3::bigint[]) n(position, batch, us)`,
    [rows.map(({ position }) => position), rows.map(({ batch }) => batch), rows.map(({ atUs }) => atUs)],
  )
  await pool.query('insert into log.batches select position, batch, at from log.log where batch is not null')
}

/** The position before the first batch that is not earlier. */
function naive(rows: readonly Row[], beforeUs: number): number {
  const first = rows.find(({ batch, atUs }) => batch !== null && atUs >= beforeUs)
  return first === undefined ? rows.length : first.position - 1
}

/** Batches of several processes: some overtook one another, some numbers were given up, and others than batches wrote by clocks of their own. */
function overlapping(seed: number): Row[] {
  const random = seeded(seed)
  let batch = 0
  let atUs = 1_000_000
  const rows = Array.from({ length: 120 }, () => {
    batch += 1 + Math.floor(random() * 3)
    atUs += Math.floor(random() * 3)
    return random() < 0.2 ? { batch: null, atUs: Math.floor(random() * 2_000_000) } : { batch, atUs }
  })
  const moved = rows.map((row, index) => ({ row, place: index + random() * 8 }))
  return moved.toSorted((a, b) => a.place - b.place).map(({ row }, index) => ({ position: index + 1, ...row }))
}

test.each([1, 2, 3, 4, 5])('a moment ends before the first batch that is not earlier (seed %i)', async (seed) => {
  const rows = overlapping(seed)
  await write(rows)
  const times = new Set(rows.flatMap(({ atUs }) => [atUs - 1, atUs, atUs + 1]))
  for (const beforeUs of times) {
    expect(await positionBefore(pool, beforeUs), `before ${beforeUs}`).toBe(naive(rows, beforeUs))
  }
})

test('a moment that something came after is told the same for ever', async () => {
  const rows = overlapping(6)
  const most = Math.max(...rows.map(({ batch, atUs }) => (batch === null ? 0 : atUs)))
  for (let kept = 40; kept < rows.length; kept += 10) {
    await pool.query('truncate log.log, log.batches')
    const early = rows.slice(0, kept)
    await write(early)
    const settled = rows
      .map(({ atUs }) => atUs)
      .filter((atUs) => early.some((row) => row.batch !== null && row.atUs > atUs))
    for (const atUs of settled.filter((us) => us <= most)) {
      expect(await positionBefore(pool, atUs)).toBe(naive(rows, atUs))
    }
  }
})

test('an empty log has no past, and one whose rows are gone has all of it', async () => {
  expect(await booksAt(pool, { kind: 'at', atUs: 5_000_000 }, 'testepoch')).toEqual({ kind: 'books', position: 0 })
  const rows = Array.from({ length: 20 }, (_, index) => ({
    position: index + 1,
    batch: index + 1,
    atUs: (index + 1) * 1_000_000,
  }))
  await write(rows)
  await pool.query('delete from log.log where position < 10')
  const at = (position: number) => booksAt(pool, { kind: 'position', position: `testepoch.${position}` }, 'testepoch')
  expect(await at(9)).toEqual({ kind: 'books', position: 9 })
  expect(await at(1)).toEqual({ kind: 'books', position: 1 })
  expect(await at(21)).toMatchObject({ slug: 'position-unknown' })
  expect(await booksAt(pool, { kind: 'at', atUs: 3_000_000 }, 'testepoch')).toEqual({ kind: 'books', position: 3 })
  expect(await booksAt(pool, { kind: 'at', atUs: 12_000_000 }, 'testepoch')).toEqual({ kind: 'books', position: 12 })
})
