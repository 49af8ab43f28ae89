import type pg from 'pg'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLossyCarrier, type Faults, type LossyCarrier } from '../../test/lossy-carrier.ts'
import { createTestDatabase } from '../../test/postgres.ts'
import { holdOf, limits, priceIt, setUpCellar, testStockOver, type TestStock } from '../../test/stock.ts'
import { createBus, type Bus, type Carrier, type CommittedRow } from '../log/log.ts'
import { createPool } from '../platform/postgres/database.ts'
import { createSeal } from '../platform/seal.ts'
import { openStock } from '../stock/stock.ts'
import { openReplica, type HeardOnBus, type Replica } from './replica.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let pool: pg.Pool
const closers: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  database = await createTestDatabase()
  await setUpCellar(database.url)
  pool = createPool(database.url, { max: 4, applicationName: 'tests' })
})

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
  await pool.end()
  await database.drop()
})

interface Process {
  readonly stock: TestStock
  readonly replica: Replica
  readonly heard: Record<HeardOnBus, number>
  /** Positions that went back, and errors. */
  readonly faults: string[]
}

/** A process as it is wired, without HTTP: it commits, tells, and follows. */
async function openProcess(carrier: Carrier, secret = 'secret'): Promise<Process> {
  const heard = { taken: 0, known: 0, ahead: 0, garbage: 0, refused: 0, wrong: 0 }
  const faults: string[] = []
  const bus = createBus(carrier, createSeal(secret))
  const stop = new AbortController()
  const replica = openReplica(database.url, {
    signal: stop.signal,
    bus,
    onHeard: (what) => (heard[what] += 1),
    onError: (error) => faults.push(String(error)),
  })
  closers.push(async () => {
    stop.abort()
    await replica.done
  })
  await replica.ready
  let last = 0
  replica.onChange(() => {
    if (replica.positionNumber() < last) faults.push(`from ${last} back to ${replica.positionNumber()}`)
    last = replica.positionNumber()
  })
  const stock = stockTelling(bus, replica)
  closers.push(() => stock.close())
  return { stock, replica, heard, faults }
}

function stockTelling(bus: Bus, replica: Replica): TestStock {
  const onCommitted = ({ row }: { row: CommittedRow | undefined }) => {
    if (!row) return
    bus.tell(row)
    replica.committed(row)
  }
  return testStockOver((door) => openStock(database.url, { ...door, onCommitted }), limits)
}

const skus = ['A', 'B', 'C', 'D']

/** Each process sells what the other does, at once. */
async function trade(processes: readonly Process[], rounds: number) {
  const [first] = processes as [Process]
  await priceIt(first.stock, ...skus)
  const lines = skus.map((sku) => ({ sku, quantity: 10_000 }))
  await first.stock.done({ kind: 'receive', location: 'shop', lines })
  const one = async ({ stock }: Process, seed: number) => {
    for (let round = 0; round < rounds; round++) {
      await Promise.all([1, 2].map((n) => stock.done(holdOf(skus[(round * n + seed) % skus.length] as string, n))))
    }
  }
  await Promise.all(processes.map(one))
}

async function head(): Promise<number> {
  return (await pool.query<{ head: number }>('select log.head() as head')).rows[0]!.head
}

/** Waits until a replica is at the head, and compares it with the tables by SQL. */
async function expectTrue({ replica }: Process) {
  expect(await replica.waitFor(`${replica.epoch()}.${await head()}`, 5_000)).toBe('reached')
  const { rows } = await pool.query(
    `select l.sku, l.location, available, held, committed, short, version, revision, b.position
     from stock.levels l join log.batches b on b.batch = l.batch where revision > 0 order by sku, location`,
  )
  const shown = replica.levels({ limit: 100 }).items.map((level) => ({
    sku: level.sku,
    location: level.location,
    available: level.available,
    held: level.held,
    committed: level.committed,
    short: level.short,
    version: level.version,
    revision: level.revision,
    position: Number(level.position.split('.')[1]),
  }))
  expect(shown).toEqual(rows)
}

const none: Faults = { lose: 0, repeat: 0, delay: 0, spoil: 0, makeUp: 0 }
const counted = ({ done }: LossyCarrier, ...what: (keyof Faults)[]) => what.map((one) => done[one] > 0)

test('what one process commits the other takes from the bus, and PostgreSQL confirms it', async () => {
  const carrier = createLossyCarrier(1, none)
  const processes = [await openProcess(carrier), await openProcess(carrier)]
  await trade(processes, 30)
  for (const one of processes) {
    await expectTrue(one)
    expect(one.faults).toEqual([])
    expect(one.heard.taken).toBeGreaterThan(10)
    expect(one.heard).toMatchObject({ refused: 0, garbage: 0, wrong: 0 })
  }
})

test.each([1, 2, 3])(
  'a bus that loses, repeats, keeps back, spoils and makes up (seed %i) leaves every replica right, and none goes back',
  async (seed) => {
    const faults: Faults = { lose: 15, repeat: 15, delay: 15, spoil: 15, makeUp: 15 }
    const carrier = createLossyCarrier(seed, faults)
    const processes = [await openProcess(carrier), await openProcess(carrier), await openProcess(carrier)]
    await trade(processes, 40)
    carrier.flush()
    for (const one of processes) {
      await expectTrue(one)
      expect(one.faults).toEqual([])
      expect(one.heard.refused).toBeGreaterThan(0)
      expect(one.heard.taken).toBeGreaterThan(0)
      expect(one.heard.wrong).toBe(0)
    }
    expect(counted(carrier, 'lose', 'repeat', 'delay', 'spoil', 'makeUp')).toEqual([true, true, true, true, true])
  },
)

test('who does not know the secret of the database cannot forge a row', async () => {
  const carrier = createLossyCarrier(1, none)
  const victim = await openProcess(carrier)
  await priceIt(victim.stock, 'A')
  const forger = createBus(carrier, createSeal('another secret'))
  const changes = JSON.stringify({ levels: [['A', 'shop', 999, 0, 0, 0, 0, 0, 0, 0, 9, 9]] })
  const epoch = victim.replica.epoch()
  for (const position of [1, 2, 3, 4, 5, 6, 7]) forger.tell({ epoch, position, atUs: 1, changes })
  await vi.waitFor(() => expect(victim.heard.refused).toBe(7), { timeout: 5_000 })
  expect(victim.replica.level('A', 'shop')?.available ?? 0).toBe(0)
  await expectTrue(victim)
})

test('a row that PostgreSQL does not have, told by one who knows the secret, is taken back at the next look, and the bus is believed no more', async () => {
  const carrier = createLossyCarrier(1, none)
  const victim = await openProcess(carrier)
  await priceIt(victim.stock, 'A')
  await victim.stock.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'A', quantity: 6 }] })
  await expectTrue(victim)
  const forger = createBus(carrier, createSeal('secret'))
  const changes = JSON.stringify({ levels: [['A', 'shop', 999, 0, 0, 0, 0, 0, 0, 0, 9, 9]] })
  const forge = async () =>
    forger.tell({ epoch: victim.replica.epoch(), position: (await head()) + 1, atUs: 1, changes })
  await forge()
  await vi.waitFor(() => expect(victim.heard).toMatchObject({ taken: 1, wrong: 1 }), { timeout: 5_000 })
  await vi.waitFor(() => expect(victim.replica.level('A', 'shop')?.available).toBe(6), { timeout: 5_000 })
  expect(victim.faults.join('\n')).toContain('was heard of, and PostgreSQL ends at')
  await forge()
  await victim.stock.done(holdOf('A'))
  await expectTrue(victim)
  expect(victim.heard).toMatchObject({ taken: 1, wrong: 1 })
})
