import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBooks, type Books } from '../../test/books.ts'
import { priceIt, type TestStock } from '../../test/stock.ts'
import { seeded } from '../../test/trade.ts'
import { readCommitment, readHold, type Command } from './stock.ts'

let books: Books
let one: TestStock
let two: TestStock

beforeAll(async () => {
  books = await openBooks()
  one = books.open()
  two = books.open()
})

afterAll(() => books?.close())

const order = (location: string, ...lines: { sku: string; quantity: number }[]): Command => ({
  kind: 'purchase',
  location,
  lines,
})
const holdOf = (...lines: { sku: string; quantity: number; location?: string }[]): Command => ({
  kind: 'hold',
  ttlSeconds: 600,
  lines: lines.map((line) => ({ ...line, channel: 'web', from: 'incoming' as const })),
})

const plainHold = (sku: string, quantity: number): Command => ({
  kind: 'hold',
  ttlSeconds: 600,
  lines: [{ sku, quantity, channel: 'counter' }],
})

async function sold(stock: TestStock, sku: string, quantity: number): Promise<string> {
  const { id } = await stock.done(holdOf({ sku, quantity }))
  await stock.done({ kind: 'commit', holdId: id })
  return id
}

type Read = { lines: { pending?: number }[] } | undefined
const waits = (read: Read) => read?.lines.map(({ pending = 0 }) => pending)
const pendingOf = async (id: string) => waits((await readCommitment(books.pool, id)).value as Read)

describe('bottles that were promised before they were there', () => {
  it('go to who bought them first, and then to who holds them, whichever process heard of what', async () => {
    await priceIt(one, 'PRIMEUR')
    const { id: documentId } = await one.done(order('shop', { sku: 'PRIMEUR', quantity: 12 }))
    const hold = await two.done(holdOf({ sku: 'PRIMEUR', quantity: 2 }))
    const [first, second] = [await one.done(holdOf({ sku: 'PRIMEUR', quantity: 3 })), await sold(two, 'PRIMEUR', 4)]
    await two.done({ kind: 'commit', holdId: first.id })
    const receive = (quantity: number): Command => ({
      kind: 'receivePurchase',
      documentId,
      lines: [{ sku: 'PRIMEUR', quantity }],
    })
    await one.done(receive(5))
    expect([await pendingOf(first.id), await pendingOf(second)]).toEqual([[2], [0]])
    await two.done(receive(3))
    expect(await pendingOf(first.id)).toEqual([0])
    expect(waits((await readHold(books.pool, hold.id)).value as Read)).toEqual([1])
    await one.done(receive(4))
    expect(await books.level('PRIMEUR')).toMatchObject({
      available: 3,
      held: 2,
      committed: 7,
      incoming: 0,
      incoming_committed: 0,
    })
    await two.done({ kind: 'ship', commitmentId: second })
    await two.done({ kind: 'release', holdId: hold.id })
    expect(await books.level('PRIMEUR')).toMatchObject({ available: 5, held: 0, committed: 3 })
    expect(await books.wrong()).toEqual([])
  })

  it('and will not come after all, are lost by the newest holds first, at all their levels', async () => {
    await priceIt(one, 'FROST', 'OTHER')
    const { id: documentId } = await one.done(order('shop', { sku: 'FROST', quantity: 6 }))
    await one.done(order('shop', { sku: 'OTHER', quantity: 3 }))
    const buyer = await sold(one, 'FROST', 2)
    const hold = await two.done(holdOf({ sku: 'FROST', quantity: 4 }, { sku: 'OTHER', quantity: 3 }))
    const closed = await one.done({ kind: 'receivePurchase', documentId, close: true })
    expect(closed).toMatchObject({
      state: 'cancelled',
      revokedHolds: [hold.id],
      shortfalls: [{ sku: 'FROST', short: -2 }],
    })
    expect(await pendingOf(buyer)).toEqual([0])
    await expect.poll(async () => (await books.level('OTHER')).incoming).toBe(3)
    expect(await books.wrong()).toEqual([])
  })

  it('are owed to who bought them, before anybody who only holds what is there', async () => {
    await books.stockUp({ OWED: 3 })
    const { id: documentId } = await one.done(order('shop', { sku: 'OWED', quantity: 2 }))
    const { id: counted } = await one.done(order('shop', { sku: 'OWED', quantity: 1 }))
    const buyer = await sold(one, 'OWED', 3)
    const carts = [await two.done(plainHold('OWED', 1)), await two.done(plainHold('OWED', 2))]
    const [older, newer] = carts.map(({ id }) => id)
    expect(await one.done({ kind: 'receivePurchase', documentId, close: true })).toMatchObject({
      revokedHolds: [newer],
    })
    const occurredAtMs = Date.now()
    await one.done({ kind: 'count', location: 'shop', lines: [{ sku: 'OWED', counted: 3 }] })
    const seen = { kind: 'receivePurchase', documentId: counted, occurredAtMs } as const
    expect(await two.done(seen)).toMatchObject({ rebased: true, revokedHolds: [older] })
    expect(await pendingOf(buyer)).toEqual([0])
    expect(await books.level('OWED')).toMatchObject({ available: 0, held: 0, committed: 3, short: 0 })
    expect(await books.wrong()).toEqual([])
  })

  it('are served in one batch with what is claimed, confirmed and given back in it', async () => {
    const random = seeded(7)
    await priceIt(one, 'RUSH')
    const orders: string[] = []
    for (let i = 0; i < 4; i++) orders.push((await one.done(order('shop', { sku: 'RUSH', quantity: 30 }))).id)
    const holds: string[] = []
    for (let round = 0; round < 12; round++) {
      const asked = Array.from({ length: 16 }, async (): Promise<void> => {
        const stock = random() < 0.5 ? one : two
        const dice = random()
        const documentId = orders[Math.floor(random() * orders.length)] ?? ''
        const lines = [{ sku: 'RUSH', quantity: 1 + Math.floor(random() * 3) }]
        const holdId = holds.splice(Math.floor(random() * holds.length), 1)[0]
        if (dice < 0.4 || holdId === undefined) {
          const outcome = await stock.ask(holdOf({ sku: 'RUSH', quantity: 1 + Math.floor(random() * 3) }))
          if (outcome.kind === 'done') holds.push((JSON.parse(outcome.body) as { id: string }).id)
        } else if (dice < 0.6) await stock.ask({ kind: 'commit', holdId })
        else if (dice < 0.7) await stock.ask({ kind: 'release', holdId })
        else if (dice < 0.8) await stock.ask({ kind: 'sale', location: 'shop', lines })
        else if (dice < 0.83) await stock.ask({ kind: 'receivePurchase', documentId, close: true })
        else await stock.ask({ kind: 'receivePurchase', documentId, lines })
      })
      await Promise.all(asked)
    }
    expect(await books.wrong()).toEqual([])
    expect([...one.troubles, ...two.troubles].filter((trouble) => !trouble.startsWith('again'))).toEqual([])
  })
})
