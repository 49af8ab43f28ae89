import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openCellar, type Cellar } from './cellar.ts'
import { compareViews, followFeed } from './feed-follower.ts'
import { askAgain, judgeStorm } from './judge.ts'
import { createRandom } from './random.ts'
import { openSale, type Sale } from './round.ts'

const CLIENTS = 24
let cellar: Cellar

beforeAll(async () => {
  cellar = await openCellar({ postgresUrl: inject('postgresUrl') })
})
afterAll(() => cellar?.close())

/** Lets a sale go on while something is done to it, then asks everything again and judges. */
async function during(sale: Sale, trouble: () => Promise<void>): Promise<void> {
  const over = new AbortController()
  const running = sale.shoppers.run({ clients: CLIENTS, signal: over.signal, pauseMs: 5 })
  await trouble().finally(() => over.abort())
  await running
  expect(await askAgain(sale.recorder, sale.choose)).toEqual([])
  expect(await judgeStorm(cellar, sale)).toEqual([])
}

const acknowledged = (sale: Sale) => [...sale.recorder.settled.values()].filter(({ outcome }) => outcome === 'ok').length

describe('under load', () => {
  test('connections that the database ends, any of them and all at once, end no process and lose nothing', async () => {
    const sale = await openSale(cellar, createRandom(1), 'ended')
    const pids = cellar.nodes.map((node) => node.pid())
    await during(sale, async () => {
      let times = 0
      for (let wave = 0; wave < 12; wave += 1) {
        await sleep(150)
        const oneKind = ['cellarhand batcher', 'cellarhand reads', 'cellarhand log', 'cellarhand%'][wave % 4]
        const ended = await cellar.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like $1`,
          [oneKind],
        )
        times += ended.length
      }
      await sleep(500)
      expect(times).toBeGreaterThan(20)
    })
    expect(cellar.nodes.map((node) => node.pid())).toEqual(pids)
    expect(acknowledged(sale)).toBeGreaterThan(100)
  })

  test('a rolling restart loses nothing, and nobody meets an error that cannot be retried', async () => {
    const sale = await openSale(cellar, createRandom(2), 'rolling')
    await during(sale, async () => {
      for (const node of [...cellar.nodes, ...cellar.nodes]) {
        expect(await node.stop(), node.output()).toBe(0)
        await node.start()
        await sleep(200)
      }
    })
    expect(sale.recorder.faults).toEqual([])
    expect(acknowledged(sale)).toBeGreaterThan(100)
  })

  test('a server that stands still for 5 s with locks held does not stop the other for longer than the lock timeout', async () => {
    const sale = await openSale(cellar, createRandom(3), 'still')
    const [still, lively] = cellar.nodes
    const acknowledgedBy = () => sale.recorder.answeredAt.get(lively.name)?.at(-1) ?? 0
    await during(sale, async () => {
      await sleep(300)
      still.signal('SIGSTOP')
      await sleep(3_500)
      const before = acknowledgedBy()
      await sleep(1_000)
      expect(acknowledgedBy()).toBeGreaterThan(before)
      await sleep(500)
      still.signal('SIGCONT')
      await sleep(1_000)
    })
  })

  test('a client of the feed that is cut off by restarts and kills sees each offer rise, and ends with what is offered', async () => {
    const sale = await openSale(cellar, createRandom(4), 'feed')
    const random = createRandom(5)
    const followers = Array.from({ length: 6 }, () => followFeed(() => random.pick(cellar.nodes)))
    try {
      await during(sale, async () => {
        const [first, second] = cellar.nodes
        await sleep(200)
        await first.kill()
        await first.start()
        await second.stop()
        await second.start()
        await second.kill()
        await second.start()
        await sleep(200)
      })
      for (const follower of followers) {
        for (const node of cellar.nodes) expect(await compareViews(follower, node)).toEqual([])
        expect(follower.reconnections()).toBeGreaterThan(0)
      }
    } finally {
      await Promise.all(followers.map((follower) => follower.stop()))
    }
  })
})
