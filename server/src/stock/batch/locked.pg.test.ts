import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type pg from 'pg'
import { connect } from '../../platform/postgres/database.ts'
import { putChannel } from '../stock.ts'
import { openBooks, type Books } from '../../../test/books.ts'
import { holdOf, type TestStock } from '../../../test/stock.ts'

let books: Books
let stock: TestStock

beforeAll(async () => {
  books = await openBooks()
  stock = books.open()
})

afterAll(() => books?.close())

/** A session that holds a level's lock and says nothing more; its process is stopped where it runs on this machine under our own launcher. */
async function holdLock(sku: string): Promise<() => Promise<void>> {
  const client = await connect(books.url, { applicationName: 'tests', lockTimeoutMs: 0, idleInTransactionTimeoutMs: 0 })
  await client.query('begin')
  await client.query('select 1 from stock.levels where sku = $1 for update', [sku])
  const { processID } = client as pg.Client & { processID: number }
  // Of somebody else's PostgreSQL the number may mean any process here; an idle session holds its lock no less.
  const isOurs = process.env.CELLARHAND_TEST_DATABASE_URL === undefined
  if (isOurs) process.kill(processID, 'SIGSTOP')
  let released: Promise<void> | undefined
  const release = async () => {
    if (isOurs) process.kill(processID, 'SIGCONT')
    await client.query('rollback')
    await client.end()
  }
  const once = () => (released ??= release())
  onTestFinished(once)
  return once
}

describe('a level that another session holds', () => {
  it('keeps its own commands waiting, in their order, and after two seconds nobody else', async () => {
    await books.stockUp({ STUCK: 10, FREE: 1_000 })
    const release = await holdLock('STUCK')
    const startedMs = performance.now()
    const order: string[] = []
    const asked = (name: string, answer: Promise<{ kind: string }>) =>
      answer.then(({ kind }) => order.push(`${name} ${kind}`))
    const stuck = [
      asked('hold of 6', stock.ask(holdOf('STUCK', 6))),
      asked('hold of 5', stock.ask(holdOf('STUCK', 5))),
      asked('hold of 4', stock.ask(holdOf('STUCK', 4))),
    ]
    await stock.ask(holdOf('FREE'))
    const freeAfterMs = performance.now() - startedMs
    expect(freeAfterMs).toBeGreaterThan(1_900)
    expect(freeAfterMs).toBeLessThan(3_000)
    // The others go on at their own speed: the level is known to be held, and not waited for again.
    const goingMs = performance.now()
    for (let i = 0; i < 20; i++) await stock.done(holdOf('FREE'))
    expect(performance.now() - goingMs).toBeLessThan(1_500)
    expect(order).toEqual([])
    await release()
    await Promise.all(stuck)
    expect(order).toEqual(['hold of 6 done', 'hold of 5 refused', 'hold of 4 done'])
    expect(await books.level('STUCK')).toMatchObject({ available: 0, held: 10 })
  })

  it('does not keep back what comes first to a level that has no row yet', async () => {
    await books.stockUp({ STUCK2: 10 })
    const release = await holdLock('STUCK2')
    const stuck = stock.ask(holdOf('STUCK2'))
    const first = await stock.ask({ kind: 'receive', location: 'shop', lines: [{ sku: 'FIRST', quantity: 12 }] })
    expect(first.kind).toBe('done')
    await release()
    expect((await stuck).kind).toBe('done')
    const next = await stock.ask({ kind: 'receive', location: 'shop', lines: [{ sku: 'FIRST', quantity: 12 }] })
    expect(next.kind).toBe('done')
    expect(await books.level('FIRST')).toMatchObject({ available: 24 })
  })

  it('is waited for no longer than a caller will wait, and then nothing was done', async () => {
    await books.stockUp({ STUCK3: 10 })
    const release = await holdLock('STUCK3')
    const command = holdOf('STUCK3')
    const impatient = stock.submit({ command, caller: 'test', actor: 'tester', key: 'impatient', deadlineMs: 3_000 })
    await expect(impatient).rejects.toMatchObject({ name: 'Unavailable' })
    await release()
    expect(await books.effectsOf(['impatient'])).toEqual([0])
    expect(await stock.ask(command, 'impatient')).toMatchObject({ kind: 'done', replayed: false })
    expect(await books.wrong()).toEqual([])
  })
})

describe('a change of a channel while batches run', () => {
  const channel = { id: 'web', name: 'Web', currency: 'EUR', duty: 'paid', showMax: 24, lowAt: 6 } as const
  const both = { ...channel, locations: ['shop', 'warehouse'], safetyStock: 0 }

  async function settingsPosition(): Promise<number> {
    const { rows } = await books.pool.query<{ position: number }>(
      `select max(position) as position from log.log where changes -> 'settings' is not null`,
    )
    return rows[0]?.position ?? 0
  }

  /** Holds while the channel becomes another one: where the bottles of each came from, and at which position. */
  async function holdsAcross(change: () => Promise<void>, sku: string) {
    const other = books.open()
    const over = new AbortController()
    const taken: { position: number; locations: string[] }[] = []
    const buyer = async (_: unknown, hand: number) => {
      while (!over.signal.aborted) {
        const outcome = await (hand % 2 ? stock : other).ask(holdOf(sku))
        if (outcome.kind !== 'done') continue
        const { lines } = JSON.parse(outcome.body) as { lines: { location: string }[] }
        taken.push({ position: Number(outcome.position.split('.')[1]), locations: lines.map((line) => line.location) })
      }
    }
    const buyers = Array.from({ length: 8 }, buyer)
    await new Promise((resolve) => setTimeout(resolve, 300))
    await change()
    await new Promise((resolve) => setTimeout(resolve, 300))
    over.abort()
    await Promise.all(buyers)
    return taken
  }

  it('lets no hold be granted from a location that the channel no longer sells from', async () => {
    await books.stockUp({ MAP: 100_000 })
    await books.stockUp({ MAP: 100_000 }, 'warehouse')
    const taken = await holdsAcross(() => putChannel(books.pool, { ...both, locations: ['warehouse'] }), 'MAP')
    const at = await settingsPosition()
    const after = taken.filter(({ position }) => position > at)
    expect(taken.length - after.length).toBeGreaterThan(10)
    expect(after.length).toBeGreaterThan(10)
    expect(taken.filter(({ position, locations }) => locations.includes('shop') !== position < at)).toEqual([])
    await putChannel(books.pool, both)
  })

  it('lets no hold be granted below a safety stock, from its position on', async () => {
    await books.stockUp({ SAFE: 100_000 })
    const taken = await holdsAcross(() => putChannel(books.pool, { ...both, safetyStock: 99_999 }), 'SAFE')
    const at = await settingsPosition()
    expect(taken.length).toBeGreaterThan(10)
    expect(taken.filter(({ position }) => position > at)).toEqual([])
    const staff = await stock.ask(holdOf('SAFE', 1, { location: 'shop' }))
    expect(staff.kind).toBe('done')
    await putChannel(books.pool, both)
    expect((await stock.ask(holdOf('SAFE'))).kind).toBe('done')
    expect(await books.wrong()).toEqual([])
  })
})
