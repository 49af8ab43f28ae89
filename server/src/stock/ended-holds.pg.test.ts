import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBooks, type Books } from '../../test/books.ts'
import type { TestStock } from '../../test/stock.ts'
import { readEndedHolds, readLastEndedHolds, type Command } from './stock.ts'

let books: Books
let stock: TestStock

beforeAll(async () => {
  books = await openBooks()
  stock = books.open()
  await books.stockUp({ RARE: 10, PLENTY: 200 })
})

afterAll(() => books?.close())

/** Somebody does something of their own, or it is done for them. */
async function does(caller: string, command: Command): Promise<string> {
  const outcome = await stock.submit({ command, caller, actor: caller, key: `key-${Math.random()}` })
  if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome))
  return (JSON.parse(outcome.body) as { id: string }).id
}

const hold = (customer: string | undefined, ...lines: (readonly [sku: string, quantity: number])[]): Command => ({
  kind: 'hold',
  ttlSeconds: 600,
  lines: lines.map(([sku, quantity]) => ({ sku, quantity, channel: 'web' })),
  ...(customer === undefined ? {} : { customer }),
})

test('holds that customers and guests made for themselves are read once, as they ended, with the most that they took of a SKU', async () => {
  const { upTo: before } = await readLastEndedHolds(books.pool, 60)
  const [bought, letGo, byStaff] = [
    await does('user:ada', hold('user:ada', ['PLENTY', 2])),
    await does('guest:bot', hold('guest:bot', ['PLENTY', 10], ['RARE', 9])),
    await does('user:ada', hold('guest:ada', ['PLENTY', 1])),
  ]
  await does('user:ada', hold('user:ada', ['PLENTY', 1]))
  const others = [
    await does('key:till', hold('user:ada', ['PLENTY', 1])),
    await does('key:till', hold(undefined, ['PLENTY', 1])),
  ]
  for (const id of others) await does('key:till', { kind: 'release', holdId: id })
  await does('user:ada', { kind: 'commit', holdId: bought })
  await does('guest:bot', { kind: 'release', holdId: letGo })
  // What staff take back speaks for nobody and against nobody.
  await does('key:till', { kind: 'release', holdId: byStaff })
  const { holds, upTo, more } = await readEndedHolds(books.pool, before)
  expect(holds).toEqual([
    { id: bought, subject: 'user:ada', ending: 'bought', ...times, sku: 'PLENTY', share: expect.any(Number) },
    { id: letGo, subject: 'guest:bot', ending: 'released', ...times, sku: 'RARE', share: 0.9 },
  ])
  expect(more).toBe(false)
  expect(await readEndedHolds(books.pool, upTo)).toEqual({ holds: [], upTo, more: false })
  const last = await readLastEndedHolds(books.pool, 3_600)
  expect(last).toEqual({ holds, upTo })
  // Of a log that is shorter than what was read, it goes on from the end.
  expect((await readEndedHolds(books.pool, upTo + 1_000)).upTo).toBe(upTo)
})

const times = { beganAtMs: expect.any(Number) as number, endedAtMs: expect.any(Number) as number }

test('more batches than one look takes are read by several, and nothing twice', async () => {
  let { upTo } = await readLastEndedHolds(books.pool, 60)
  for (let round = 0; round < 110; round += 1) {
    await does('guest:one', { kind: 'release', holdId: await does('guest:one', hold('guest:one', ['PLENTY', 1])) })
  }
  const read: string[] = []
  for (let more = true; more;) {
    const look = await readEndedHolds(books.pool, upTo)
    read.push(...look.holds.map(({ id }) => id))
    ;({ upTo, more } = look)
  }
  expect([read.length, new Set(read).size]).toEqual([110, 110])
})
