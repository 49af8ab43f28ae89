import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openCellar, type Cellar } from './cellar.ts'
import { compareViews, followFeed } from './feed-follower.ts'
import { askAgain, judgeStorm, runVerify } from './judge.ts'
import { createRandom } from './random.ts'
import { openSale, type Sale } from './round.ts'
import type { ServerNode } from './server-node.ts'

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

const acknowledged = (sale: Sale) =>
  [...sale.recorder.settled.values()].filter(({ outcome }) => outcome === 'ok').length

describe('under load', { timeout: 120_000 }, () => {
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
        expect({ code: await node.stop(), said: node.output() }).toMatchObject({ code: 0 })
        await node.start()
        await sleep(200)
      }
    })
    expect(sale.recorder.faults).toEqual([])
    expect(acknowledged(sale)).toBeGreaterThan(100)
  })

  test('a server that stands still for 5 s in the middle of a transaction does not stop the other for longer', async () => {
    const random = createRandom(3)
    const [still, lively] = cellar.nodes
    let stands = false
    const sale = await openSale(cellar, random, 'still', () => (stands ? lively : random.pick(cellar.nodes)))
    const lastAnswer = () => sale.recorder.answeredAt.get(lively.name)?.at(-1) ?? 0
    try {
      await during(sale, async () => {
        await sleep(300)
        await untilStopped(still)
        stands = true
        // Its locks go after 2 s, when the database ends the session that does nothing.
        await sleep(4_000)
        const before = lastAnswer()
        await sleep(1_000)
        expect(lastAnswer()).toBeGreaterThan(before)
        still.signal('SIGCONT')
        stands = false
        await sleep(1_000)
      })
    } finally {
      still.signal('SIGCONT')
    }
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

  test('after all of that `verify` finds nothing', async () => {
    expect(await runVerify(cellar)).toEqual([])
  })
})

/** Stops a server where it has a transaction open: it is let go on and stopped anew until it has. */
async function untilStopped(node: ServerNode): Promise<void> {
  for (;;) {
    node.signal('SIGSTOP')
    await sleep(150)
    const open = await cellar.query(
      `select pid from pg_stat_activity where datname = current_database() and application_name = 'cellarhand batcher'
         and state = 'idle in transaction' and state_change < clock_timestamp() - interval '100 ms'`,
    )
    if (open.length > 0) return
    node.signal('SIGCONT')
    await sleep(30)
  }
}
