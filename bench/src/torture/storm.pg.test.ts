import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openCellar, type Cellar } from './cellar.ts'
import * as aside from './intents-aside.ts'
import * as intents from './intents.ts'
import { askAgain, judgeStorm, runVerify } from './judge.ts'
import { createRandom } from './random.ts'
import { createRecorder, slugOf, type Settled } from './recorder.ts'
import { send } from './request.ts'
import { createShoppers, wildDay } from './shoppers.ts'

const never = new AbortController().signal
let cellar: Cellar

beforeAll(async () => {
  cellar = await openCellar({ postgresUrl: inject('postgresUrl') })
})
afterAll(() => cellar?.close())

/** A street over fresh SKUs, priced and stocked; writes go to either server. */
async function openStreet(name: string, options: { bottles: readonly number[]; seed?: number }) {
  const sku = (index: number) => `${name}-${index}`
  const skus = options.bottles.map((_, index) => sku(index))
  const prefix = `${name}:`
  const random = createRandom(options.seed ?? 1)
  const recorder = createRecorder()
  await cellar.addSkus(skus)
  const choose = () => random.pick(cellar.nodes)
  const shoppers = createShoppers(recorder, random, { skus, habits: wildDay, prefix, choose })
  await shoppers.do('setter', (key) => intents.setPrice(key, skus, 1_000))
  for (const [index, quantity] of options.bottles.entries()) {
    await shoppers.do('setter', (key) => intents.receive(key, { location: 'shop' }, [{ sku: sku(index), quantity }]))
  }
  return { shoppers, recorder, random, sku, skus, prefix, choose }
}

type Street = Awaited<ReturnType<typeof openStreet>>

/** So many at once, half of them at either server. */
function atOnce<T>(times: number, work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: times }, (_, index) => work(index)))
}

async function oneHold(street: Street, lines: readonly intents.SkuQuantity[], ttlSeconds?: number): Promise<string> {
  const { answer } = await street.shoppers.do('buyer', (key) => intents.hold(key, lines, ttlSeconds))
  return (JSON.parse(answer.body) as { id: string }).id
}

const nodeAt = (index: number) => (index % 2 === 0 ? cellar.nodes[0] : cellar.nodes[1])
const granted = (all: readonly Settled[]) => all.filter(({ outcome }) => outcome === 'ok')
const slugs = (all: readonly Settled[]) =>
  new Set(all.filter(({ outcome }) => outcome === 'refused').map(({ answer }) => slugOf(answer)))

describe('two servers on one database', () => {
  test('64 clients make 5,000 attempts at 100 bottles: exactly 100 are held', async () => {
    const street = await openStreet('rush', { bottles: [100] })
    const oneBottle = async (process: string) => {
      await street.shoppers.do(process, (key) => intents.hold(key, [{ sku: street.sku(0), quantity: 1 }]))
    }
    let attempts = 5_000
    const client = async (process: string) => {
      while (attempts > 0) {
        attempts -= 1
        await oneBottle(process)
        const looksNow = street.random.below(20) === 0
        if (looksNow) await street.recorder.look(process, street.choose(), { sku: street.sku(0), location: 'shop' })
      }
    }
    await Promise.all(Array.from({ length: 64 }, (_, index) => client(`client ${index}`)))
    const holds = [...street.recorder.settled.values()].filter(({ intent }) => intent.call.path === '/v1/holds')
    expect(holds).toHaveLength(5_000)
    expect(holds.filter(({ outcome }) => outcome === 'ok')).toHaveLength(100)
    expect(
      await cellar.query('select available, held from stock.levels where sku = $1 and location = $2', [
        street.skus[0],
        'shop',
      ]),
    ).toEqual([{ available: 0, held: 100 }])
    expect(await judgeStorm(cellar, street)).toEqual([])
  })

  test('of an allotment of 40 of 100 bottles exactly 40 are held through it, and 60 beside it', async () => {
    const street = await openStreet('club', { bottles: [100] })
    const sku = street.sku(0)
    await street.shoppers.do('staff', (key) => aside.allot(key, 'allocate', 'shop', { sku, quantity: 40 }))
    const one = { sku, quantity: 1 }
    const attempts = await atOnce(600, (index) =>
      street.shoppers.do(`client ${index % 64}`, (key) =>
        index % 3 === 0 ? intents.hold(key, [one]) : aside.holdAllotted(key, one),
      ),
    )
    const through = ({ intent }: Settled) => JSON.stringify(intent.call.body).includes('allotment')
    expect(granted(attempts.filter(through))).toHaveLength(40)
    expect(granted(attempts.filter((settled) => !through(settled)))).toHaveLength(60)
    expect(slugs(attempts)).toEqual(new Set(['insufficient-stock']))
    expect(await judgeStorm(cellar, street)).toEqual([])
  })

  test('a wild day of everything over six SKUs keeps every promise, and each answer is given again', async () => {
    const street = await openStreet('wild', { bottles: [60, 40, 40, 20, 20, 10], seed: 7 })
    await street.shoppers.run({ clients: 48, attempts: 6_000, signal: never })
    await untilLapsed(street.skus)
    const outcomes = [...street.recorder.settled.values()]
    expect(outcomes.filter(({ outcome }) => outcome === 'ok').length).toBeGreaterThan(1_000)
    const [revoked] = await cellar.query<{ n: number }>(
      `select count(*)::int as n from stock.holds where state = 'revoked' and id in (select hold_id from stock.hold_lines where sku = any($1))`,
      [street.skus],
    )
    expect(revoked?.n).toBeGreaterThan(0)
    expect(await askAgain(street.recorder, street.choose)).toEqual([])
    expect(await judgeStorm(cellar, street)).toEqual([])
  })

  test('of 100 confirmations of one hold at once one is done, and the others are told that it has ended', async () => {
    const street = await openStreet('confirm', { bottles: [12] })
    const id = await oneHold(street, [{ sku: street.sku(0), quantity: 5 }])
    const all = await atOnce(100, (index) => street.shoppers.do(`buyer ${index}`, (key) => intents.confirm(key, id)))
    expect(granted(all)).toHaveLength(1)
    expect(slugs(all)).toEqual(new Set(['hold-ended']))
    expect(await judgeStorm(cellar, street)).toEqual([])
  })

  test('100 confirmations under one key are one, with one answer for all', async () => {
    const street = await openStreet('onekey', { bottles: [12] })
    const id = await oneHold(street, [{ sku: street.sku(0), quantity: 5 }])
    const { call } = intents.confirm('onekey:same', id)
    const answers = await atOnce(100, (index) => send(nodeAt(index).url, call))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1)
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1)
    expect(await cellar.query('select operation as kind from stock.answers where key = $1', ['onekey:same'])).toEqual([
      { kind: 'commit' },
    ])
  })

  test('one key at once from both on different SKUs is one hold; the other body is refused', async () => {
    const street = await openStreet('twobodies', { bottles: [500, 500] })
    for (let round = 0; round < 20; round += 1) {
      const key = `twobodies:same${round}`
      const answers = await atOnce(2, (index) =>
        send(nodeAt(index).url, intents.hold(key, [{ sku: street.sku(index), quantity: 1 }]).call),
      )
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 422]))
      const refused = answers.filter(({ status }) => status === 422)
      expect(refused.map(slugOf)).toEqual(['idempotency-key-reused'])
    }
    const held = await cellar.query<{ held: number }>(
      'select sum(held)::int as held from stock.levels where sku = any($1)',
      [street.skus],
    )
    expect(held).toEqual([{ held: 20 }])
  })

  test('a hold released by both at once goes back once', async () => {
    const street = await openStreet('release', { bottles: [40] })
    for (let round = 0; round < 10; round += 1) {
      const id = await oneHold(street, [{ sku: street.sku(0), quantity: 4 }])
      const all = await atOnce(2, (index) =>
        street.recorder.ask(`buyer ${index}`, intents.release(`release:${round}-${index}`, id), () => nodeAt(index)),
      )
      expect(granted(all)).toHaveLength(1)
      expect(slugs(all)).toEqual(new Set(['hold-ended']))
    }
    expect(await judgeStorm(cellar, street)).toEqual([])
  })

  test('holds that both see expire go back once, within two seconds of their time', async () => {
    const street = await openStreet('lapse', { bottles: [300, 300] })
    const lines = street.skus.map((sku) => ({ sku, quantity: 1 }))
    await atOnce(300, () => oneHold(street, lines, 1))
    await sleep(3_000)
    expect(
      await cellar.query('select available, held from stock.levels where sku = any($1) and location = $2', [
        street.skus,
        'shop',
      ]),
    ).toEqual([
      { available: 300, held: 0 },
      { available: 300, held: 0 },
    ])
    const ends = await cellar.query<{ ends: number }>(
      `select count(*)::int as ends from stock.entries e where e.kind = 'expire'
         and exists (select from stock.movements m where m.entry = e.id and m.sku = $1)`,
      [street.skus[0]],
    )
    expect(ends).toEqual([{ ends: 300 }])
    expect(await judgeStorm(cellar, street)).toEqual([])
  })

  test('after all of that `verify` finds nothing', async () => {
    expect(await runVerify(cellar)).toEqual([])
  })
})

/** Holds of a second have gone back, and what a revocation left elsewhere is freed. */
async function untilLapsed(skus: readonly string[]) {
  await expect
    .poll(
      () =>
        cellar.query(
          `select h.id from stock.holds h where (h.loose or (h.state = 'active' and h.expires_at < clock_timestamp()))
             and exists (select from stock.hold_lines l where l.hold_id = h.id and l.sku = any($1))`,
          [skus],
        ),
      { timeout: 10_000 },
    )
    .toEqual([])
}
