import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type pg from 'pg'
import { isLinearizable, operationsOf } from '@cellarhand/bench/src/witness/black-box.ts'
import type { HistoryRecord } from '@cellarhand/bench/src/witness/history.ts'
import { checkWitness } from '@cellarhand/bench/src/witness/witness.ts'
import { parsePosition } from '../../src/log/log.ts'
import { connect } from '../../src/platform/postgres/database.ts'
import { createBatcher } from '../../src/stock/batch/batcher.ts'
import type { Session } from '../../src/stock/batch/session.ts'
import type { Command } from '../../src/stock/stock.ts'
import { openBooks, type Books } from '../books.ts'
import { createChance, type Chance } from '../sim/chance.ts'
import { actOf } from '../sim/acts.ts'
import { testStockOver, type TestStock } from '../stock.ts'
import { openStepper, type Stepper } from './stepper.ts'

const SEEDS = 300
const BOTTLES = 2
const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1)

let books: Books
let watcher: pg.Client
let stepper: Stepper
let stocks: TestStock[]

beforeAll(async () => {
  books = await openBooks()
  watcher = await connect(books.url, { applicationName: 'watcher' })
  stepper = await openStepper(books.url, 3, watcher)
  stocks = stepper.sessions.map((session) =>
    books.adopt(testStockOver((door) => createBatcher({ ...door, openSession: async () => session }))),
  )
})

afterAll(async () => {
  await books?.close()
  await stepper?.close()
  await watcher?.end()
})

const allOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, BOTTLES]))

/** Bottles for many worlds at once, a SKU each. */
async function stockUp(prefix: string, numbers: readonly number[]): Promise<void> {
  for (let at = 0; at < numbers.length; at += 100) {
    await books.stockUp(allOf(numbers.slice(at, at + 50).map((one) => `${prefix}${one}`)))
    const rest = numbers.slice(at + 50, at + 100).map((one) => `${prefix}${one}`)
    if (rest.length > 0) await books.stockUp(allOf(rest))
  }
}

/** What each of three processes is asked at once: holds mostly, for more bottles than there are. */
function commandsOf(chance: Chance, sku: string): Command[][] {
  const hold = (quantity: number): Command => ({
    kind: 'hold',
    ttlSeconds: 600,
    lines: [{ sku, quantity, channel: 'web', location: 'shop' }],
  })
  const fact = (kind: 'sale' | 'receive'): Command => ({ kind, location: 'shop', lines: [{ sku, quantity: 1 }] })
  return [0, 1, 2].map(() => {
    const first = chance.percent(75) ? hold(1 + chance.below(2)) : fact(chance.pick(['sale', 'receive']))
    return chance.percent(30) ? [first, hold(1)] : [first]
  })
}

interface Stepped {
  readonly trace: string[]
  readonly history: HistoryRecord[]
}

/** Asks everything at once and steps through it; what was seen, in steps for time. */
async function stepThrough(seed: number, sku: string, oneWaits = false): Promise<Stepped> {
  const chance = createChance(seed)
  const history: HistoryRecord[] = []
  let open = 0
  for (const [process, commands] of commandsOf(chance, sku).entries()) {
    for (const [number, command] of commands.entries()) {
      open += 1
      const invokedAt = stepper.now()
      const key = `${sku}/${process}/${number}`
      void (stocks[process] as TestStock).ask(command, key).then((outcome) => {
        open -= 1
        const position = parsePosition(outcome.position)?.number ?? -1
        const head = {
          process: `${process}/${number}`,
          key,
          invokedAt,
          returnedAt: stepper.now(),
          position,
          index: outcome.index,
        }
        if (outcome.kind === 'refused')
          history.push({ ...head, outcome: 'refused', slug: outcome.refusal.slug, ...actOf(command) })
        else if (outcome.kind === 'done')
          history.push({ ...head, outcome: 'ok', ...actOf(command, JSON.parse(outcome.body) as object) })
      })
    }
  }
  const trace = await stepper.run(seed, () => open === 0, { oneWaits })
  return { trace, history }
}

describe('three processes on PostgreSQL, a statement at a time', () => {
  test(`never oversell, and every answer is true at its place, in ${SEEDS} orders`, { timeout: 300_000 }, async () => {
    await stockUp('S', seeds)
    let waits = 0
    let searched = 0
    for (const seed of seeds) {
      const sku = `S${seed}`
      const { trace, history } = await stepThrough(seed, sku)
      const start = { levels: [{ sku, location: 'shop', available: BOTTLES }] }
      const { available, held, short } = await books.level(sku)
      const { violations } = checkWitness(history, start, {
        levels: [{ sku, location: 'shop', available, held, short }],
      })
      expect(violations, `seed ${seed}: ${trace.join(', ')}`).toEqual([])
      const operations = operationsOf(history, sku)
      expect(operations === undefined || isLinearizable(operations, BOTTLES), `seed ${seed}`).toBe(true)
      searched += operations ? 1 : 0
      waits += trace.filter((one, at) => one.endsWith('lock-levels') && !trace[at + 1]?.endsWith('came back')).length
    }
    expect(await books.wrong()).toEqual([])
    // Where nobody ever waits for another, nothing was tried.
    expect(waits).toBeGreaterThan(SEEDS / 2)
    expect(searched).toBeGreaterThan(SEEDS / 4)
    expect(stocks.flatMap((stock) => stock.troubles)).toEqual([])
  })

  test('go the same way again for the same seed', async () => {
    const some = seeds.slice(0, 20)
    await stockUp('R', some)
    await stockUp('Q', some)
    for (const seed of some) {
      const first = await stepThrough(seed, `R${seed}`, true)
      const second = await stepThrough(seed, `Q${seed}`, true)
      expect(second.trace).toEqual(first.trace)
      expect(second.history.map((one) => [one.process, one.kind !== 'read' && one.outcome])).toEqual(
        first.history.map((one) => [one.process, one.kind !== 'read' && one.outcome]),
      )
    }
  })
})

describe('the control: the same three, reading and then writing without a lock', () => {
  const begin = { name: 'begin', text: 'begin' }
  const commit = { name: 'commit', text: 'commit' }
  const look = { name: 'control-look', text: 'select available from public.control where sku = $1' }
  const write = { name: 'control-write', text: 'update public.control set available = $2 where sku = $1' }

  /** True when it was granted a bottle. */
  async function take(session: Session, sku: string): Promise<boolean> {
    await session.send(begin)
    const { available } = (await session.send(look, [sku])).rows[0] as { available: number }
    if (available > 0) await session.send(write, [sku, available - 1])
    await session.send(commit)
    return available > 0
  }

  test('oversells in many orders, so that the harness is seen to see races', { timeout: 300_000 }, async () => {
    await watcher.query('create table public.control (sku text primary key, available int not null)')
    await watcher.query('insert into public.control select $1 || n, $2 from generate_series(1, $3) n', [
      'S',
      BOTTLES,
      SEEDS,
    ])
    let oversold = 0
    for (const seed of seeds) {
      const granted: boolean[] = []
      for (const session of stepper.sessions) void take(session, `S${seed}`).then((one) => granted.push(one))
      await stepper.run(seed, () => granted.length === stepper.sessions.length)
      if (granted.filter(Boolean).length > BOTTLES) oversold += 1
    }
    expect(oversold).toBeGreaterThan(SEEDS / 4)
  })
})
