import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { createPool } from '../platform/postgres/database.ts'
import { verify } from '../verify/verify.ts'
import { createTestDatabase } from '../../test/postgres.ts'
import { holdOf, openTestStock, priceIt, setUpCellar, type TestStock } from '../../test/stock.ts'
import type { Command, Outcome } from './stock.ts'
import { readDocument, readDocuments } from './stock.ts'

let database: { url: string; drop(): Promise<void> }
let pool: ReturnType<typeof createPool>
let one: TestStock
let two: TestStock

beforeAll(async () => {
  database = await createTestDatabase()
  await setUpCellar(database.url)
  pool = createPool(database.url, { applicationName: 'tests', max: 2 })
})

afterAll(async () => {
  await pool?.end()
  await database?.drop()
})

beforeEach(() => {
  one = openTestStock(database.url)
  two = openTestStock(database.url)
})

afterEach(async () => {
  await Promise.all([one.close(), two.close()])
  const { checks } = await verify(database.url)
  expect(checks.filter((check) => check.total > 0)).toEqual([])
})

/** Holds of so many bottles of a fresh SKU, of which there are plenty in the shop; their ids. */
async function held(sku: string, ...quantities: number[]): Promise<string[]> {
  await priceIt(one, sku)
  await one.done({ kind: 'receive', location: 'shop', lines: [{ sku, quantity: 50 }] })
  const holds: string[] = []
  for (const quantity of quantities) holds.push((await one.done(holdOf(sku, quantity))).id)
  return holds
}

const orderOf = (holdId: string, reference?: string): Command => ({
  kind: 'order',
  holdId,
  ...(reference === undefined ? {} : { reference }),
  terms: { fulfilment: 'ship', destination: { country: 'DE' }, customer: `of ${reference}` },
})

const slugOf = (outcome: Outcome) => (outcome.kind === 'refused' ? outcome.refusal.slug : outcome.kind)

it('lets one of two processes place the order of a hold, and gives both its answer under one key', async () => {
  const [first = '', second = ''] = await held('RACE', 2, 2)
  const outcomes = await Promise.all([one.ask(orderOf(first)), two.ask(orderOf(first))])
  expect(outcomes.map(slugOf).toSorted()).toEqual(['done', 'hold-ended'])
  const same = await Promise.all([one.ask(orderOf(second), 'one key'), two.ask(orderOf(second), 'one key')])
  const bodies = same.map((outcome) => (outcome.kind === 'done' ? outcome.body : 'none'))
  expect(bodies[0]).toContain(second)
  expect(bodies[1]).toBe(bodies[0])
  const { rows } = await pool.query(`select count(*) as commitments from stock.commitments where id = any($1)`, [
    [first, second],
  ])
  expect(rows).toEqual([{ commitments: 2 }])
})

it('gives a reference to one of many orders that want it at once, and tells the others which has it', async () => {
  const holds = await held('WANTED', ...Array.from({ length: 12 }, () => 1))
  const outcomes = await Promise.all(holds.map((id, n) => (n % 2 ? one : two).ask(orderOf(id, 'W-1'))))
  const won = outcomes.flatMap((outcome, n) => (outcome.kind === 'done' ? [holds[n]] : []))
  expect(won).toHaveLength(1)
  const told = outcomes.flatMap((outcome) => (outcome.kind === 'refused' ? [outcome.refusal] : []))
  expect(new Set(told.map(({ slug, members }) => `${slug} ${String(members?.['order'])}`))).toEqual(
    new Set([`reference-taken ${won[0]}`]),
  )
})

it('finds the order that a till of another process names, by its reference and by its id', async () => {
  const [id = ''] = await held('CLICK', 3)
  const sale = (orderRef: string): Command => ({
    kind: 'sale',
    location: 'shop',
    orderRef,
    lines: [{ sku: 'CLICK', quantity: 1 }],
  })
  expect(await two.done(sale('W-CLICK'))).toMatchObject({ orderUnknown: true })
  await one.done(orderOf(id, 'W-CLICK'))
  expect(await two.done(sale('W-CLICK'), 'sold once')).toMatchObject({ order: { id, state: 'placed' } })
  expect(await one.done(sale('W-CLICK'), 'sold once')).toMatchObject({ order: { id, state: 'placed' } })
  expect(await two.done(sale(id))).toMatchObject({ order: { id } })
  expect(await one.done(sale('W-CLICK'))).toMatchObject({
    order: { id, state: 'collected' },
    levels: [{ available: 46, committed: 0 }],
  })
})

it('keeps an order true that two processes ship, cancel, sell and take back in parts at once', async () => {
  const [id = ''] = await held('BUSY', 12)
  await one.done(orderOf(id, 'W-BUSY'))
  const lines = [{ sku: 'BUSY', quantity: 1 }]
  const acts: Command[] = Array.from({ length: 6 }, (): Command[] => [
    { kind: 'shipOrder', documentId: id, lines, tracking: { carrier: 'DHL' } },
    { kind: 'cancelOrder', documentId: id, lines },
    { kind: 'sale', location: 'shop', orderRef: 'W-BUSY', lines },
    { kind: 'returnOrder', documentId: id, lines },
    { kind: 'returnOrder', documentId: id, lines, location: 'warehouse', to: 'available' },
  ]).flat()
  const outcomes = await Promise.all(acts.map((act, n) => (n % 2 ? one : two).ask(act)))
  const of = (kind: string) => acts.filter((act, n) => act.kind === kind && outcomes[n]?.kind === 'done').length
  const { value } = await readDocument(pool, 'order', id)
  const [line] = (value as { lines: { shipped: number; collected: number; cancelled: number; returned: number }[] })
    .lines
  expect(line).toMatchObject({ shipped: of('shipOrder'), cancelled: of('cancelOrder'), returned: of('returnOrder') })
  expect((line?.shipped ?? 0) + (line?.collected ?? 0) + (line?.cancelled ?? 0)).toBe(12)
})

it('lists orders by state, by reference and by customer', async () => {
  const [a = '', b = ''] = await held('LISTED', 1, 1)
  await one.done(orderOf(a, 'L-1'))
  await one.done(orderOf(b, 'L-2'))
  await one.done({ kind: 'cancelOrder', documentId: a })
  const listed = async (by: { state?: string; reference?: string; customer?: string }) => {
    const { state, reference, customer } = by
    const { value } = await readDocuments(pool, 'order', {
      state,
      reference,
      customers: customer === undefined ? undefined : [customer],
      limit: 9,
      before: undefined,
    })
    return value.items.map((order) => (order as { id: string }).id)
  }
  expect(await listed({ state: 'cancelled' })).toEqual([a])
  expect(await listed({ reference: 'L-2' })).toEqual([b])
  expect(await listed({ customer: 'of L-1' })).toEqual([a])
  expect((await listed({})).slice(0, 2)).toEqual([b, a])
})
