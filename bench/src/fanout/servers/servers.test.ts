import { afterEach, expect, test } from 'vitest'
import { until } from '../../cellar/processes.ts'
import { openLine } from '../line.ts'
import type { BroadcastKind } from '../speech.ts'
import { createMaker, frameText, type Made } from './maker.ts'
import { createBroadcast } from './run.ts'

const closers: (() => void)[] = []
afterEach(() => closers.splice(0).forEach((close) => close()))

const hot = 'W0001000'
const made = (sku: string, ...numbers: number[]): Made[] =>
  numbers.map((number) => ({ sku, text: frameText(sku, number) }))

async function follow(kind: BroadcastKind, port: number, ...skus: string[]) {
  const values: number[] = []
  const lost: string[] = []
  const onValue = (_client: number, value: number) => values.push(value)
  const onLost = (why: string) => lost.push(why)
  const line = openLine({ kind, port, localAddress: '127.0.0.1', client: 0, skus, onValue, onLost })
  closers.push(() => line.reset())
  await line.whole
  return { line, values, lost }
}

test.each(['socket.io', 'durable-streams'] as const)('%s sends every value to all who follow it', async (kind) => {
  const server = await createBroadcast(kind)
  const [one, two] = [await follow(kind, server.port, hot), await follow(kind, server.port, hot)]
  server.take(made(hot, 1, 2, 3))
  expect(await until(() => one.values.length >= 3 && two.values.length >= 3, 5_000)).toBe(true)
  expect([one.values, two.values, one.lost]).toEqual([[1, 2, 3], [1, 2, 3], []])
})

test('bare ws sends what is newest, to those who follow it and nobody else', async () => {
  const server = await createBroadcast('ws')
  const one = await follow('ws', server.port, hot)
  const other = await follow('ws', server.port, 'W0000001')
  server.take([...made(hot, 1, 2), ...made('W0000001', 3)])
  expect(await until(() => one.values.length > 0 && other.values.length > 0, 5_000)).toBe(true)
  expect([one.values, other.values]).toEqual([[2], [3]])
})

test.each(['ws', 'socket.io'] as const)('a client of %s follows more', async (kind) => {
  const server = await createBroadcast(kind)
  const { line, values } = await follow(kind, server.port, hot)
  await line.follow(['W0000001', 'W0000002'])
  server.take(made('W0000002', 9))
  expect(await until(() => values.length > 0, 5_000)).toBe(true)
  expect(values).toEqual([9])
})

test('values are made at their pace over a range, and count from when they were due if the process was busy', async () => {
  const taken: Made[] = []
  const maker = createMaker((some) => {
    taken.push(...some)
    const busyUntil = performance.now() + (taken.length === 1 ? 60 : 0)
    while (performance.now() < busyUntil);
  })
  closers.push(() => maker.rest())
  maker.start({ first: 0, count: 3 }, 100)
  expect(await until(() => taken.length >= 12, 5_000)).toBe(true)
  maker.rest()
  expect(taken.slice(0, 4).map(({ sku }) => sku)).toEqual(['W0000000', 'W0000001', 'W0000002', 'W0000000'])
  const { first, atMs } = maker.times()
  expect(first).toBe(1)
  // Six came at once when the process was free again; they were due ten milliseconds apart.
  const apart = atMs.slice(1, 6).map((ms, index) => ms - (atMs[index] ?? 0))
  for (const ms of apart.slice(1)) expect(ms).toBeCloseTo(10, 1)
})
