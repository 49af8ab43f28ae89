import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { until } from '../cellar/processes.ts'
import { createCleanup } from '../cleanup.ts'
import { openCellar, type Cellar } from '../torture/cellar.ts'
import { receive, setPrice } from '../torture/intents.ts'
import { send } from '../torture/request.ts'
import { wallOffsetMs } from './clock.ts'
import { openSource } from './contender.ts'
import { openLine } from './line.ts'
import { hot, hotCode } from './share.ts'
import { createTally } from './tally.ts'

const clients = 3
const cleanup = createCleanup((error) => console.error(error))
let cellar: Cellar

beforeAll(async () => {
  cellar = await openCellar({ postgresUrl: inject('postgresUrl') })
  await cellar.addSkus([hotCode])
  for (const { call } of [
    setPrice('price', [hotCode], 1_000),
    receive('stock', { location: 'shop' }, [{ sku: hotCode, quantity: 10_000 }]),
  ]) {
    expect((await send(cellar.nodes[0].url, call)).status).toBe(201)
  }
})
afterAll(async () => {
  await cleanup.run()
  await cellar?.close()
})

test('changes made at one server reach clients of the other under their positions in the log, each behind its time', async () => {
  const [first, second] = cellar.nodes
  const port = (url: string) => Number(new URL(url).port)
  const source = await openSource({ port: port(first.url), databaseUrl: cellar.databaseUrl() }, cleanup)
  const tally = createTally()
  const newest: number[] = []
  const lost: string[] = []
  const open = (client: number) => {
    const line = openLine({
      kind: 'cellarhand',
      port: port(second.url),
      localAddress: '127.0.0.1',
      client,
      skus: [hotCode],
      onValue: (number, value, nowMs) => {
        tally.record(number, value, nowMs)
        newest[number] = value
      },
      onLost: (why) => lost.push(why),
    })
    cleanup.add(() => line.reset())
    return line.whole
  }
  await Promise.all(Array.from({ length: clients }, (_, client) => open(client)))
  tally.begin(clients)
  await source.start(hot, 50)
  await sleep(500)
  await source.rest()
  const { first: from, atMs } = await source.times()
  const last = from + atMs.length - 1
  expect(atMs.length).toBeGreaterThan(5)
  expect(await until(() => newest.every((value) => value === last), 10_000)).toBe(true)
  expect(tally.end()).toBeGreaterThanOrEqual(2 * clients)
  const latency = tally.latency({ first: from, atMs }, wallOffsetMs())
  expect(latency.firstP50Ms).toBeGreaterThan(0)
  expect(latency.p99Ms).toBeLessThan(10_000)
  expect(lost).toEqual([])
})
