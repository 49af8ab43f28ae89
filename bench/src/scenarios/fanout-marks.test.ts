import { expect, test } from 'vitest'
import type { ServerKind } from '../fanout/speech.ts'
import type { Visit, Window } from '../fanout/visit.ts'
import { judgeFanout } from './fanout-marks.ts'
import { rowsOf, type Fanout } from './fanout-rows.ts'

const window = (more: Partial<Window> = {}): Window => ({
  rate: 20_000,
  changes: 200,
  readerShare: 0.5,
  usEach: 4,
  p50Ms: 1,
  p99Ms: 10,
  unseenP99Ms: 12,
  firstP50Ms: 1,
  behindP99Ms: 9,
  ...more,
})
const visit = (hot: Partial<Window>, kibEach = 10): Visit => ({
  hot: window(hot),
  many: undefined,
  kibEach,
  idleShare: 0.1,
})
const fanout = (connections: number, visits: Partial<Record<ServerKind, Visit>>): Fanout => ({
  sizes: [{ connections, visits: new Map(Object.entries(visits) as [ServerKind, Visit][]) }],
  stalled: undefined,
  followers: [],
})
const judge = (of: Fanout) => Object.fromEntries(judgeFanout(of).marks.map(({ name, met }) => [name, met]))

test('cost, lateness and memory are held against bare ws and socket.io', () => {
  const visits = {
    cellarhand: visit({}, 15),
    ws: visit({ usEach: 5, p99Ms: 7 }),
    'socket.io': visit({ usEach: 8, p99Ms: 1_000 }),
  }
  expect(judge(fanout(10_000, visits))).toEqual({
    'µs a message / bare ws (1 SKU, 10,000 clients), at most': true,
    'µs a message / socket.io (1 SKU, 10,000 clients), at most': true,
    'p99 / bare ws (1 SKU, 10,000 clients), at most': false,
    'p99 / socket.io (1 SKU, 10,000 clients), at most': true,
    'KiB a client / bare ws (10,000 clients), at most': false,
  })
})

test('what drowns in noise is no mark: memory of few clients, cost of few messages, socket.io while it keeps up', () => {
  const few = { rate: 400 }
  const visits = { cellarhand: visit(few), ws: visit(few), 'socket.io': visit(few) }
  expect(Object.keys(judge(fanout(100, visits)))).toEqual(['p99 / bare ws (1 SKU, 100 clients), at most'])
})

test('stalled clients may cost the others half as much again, and no memory', () => {
  const stalled = { reading: 9_000, stalled: 1_000, without: window(), beforeMib: 200, beganMib: 300 }
  const of = (p99Ms: number, endedMib: number): Fanout => ({
    sizes: [],
    followers: [],
    stalled: { ...stalled, beside: window({ p99Ms }), endedMib },
  })
  expect(Object.values(judge(of(14, 310)))).toEqual([true, true])
  expect(Object.values(judge(of(16, 400)))).toEqual([false, false])
})

test('a change that as many follow should cost as much among ten times the clients', () => {
  const of = (connections: number, followers: number, usAChange: number) => ({
    connections,
    followers,
    usAChange,
    window: window(),
  })
  const followers = (wide: number) => [
    of(1_000, 200, 1_000),
    of(1_000, 2, 20),
    of(10_000, 200, wide),
    of(10_000, 2, 20),
  ]
  expect(Object.values(judge({ sizes: [], stalled: undefined, followers: followers(1_500) }))).toEqual([true, true])
  expect(Object.values(judge({ sizes: [], stalled: undefined, followers: followers(9_000) }))).toEqual([false, true])
})

test('the table has a line for each load of each server', () => {
  const rows = rowsOf(fanout(100, { cellarhand: { ...visit({}), many: window() }, 'durable-streams': visit({}) }))
  expect(rows.map(({ what, load }) => `${what}, ${load}`)).toEqual([
    'Cellarhand, 1 SKU',
    'Cellarhand, 1,000 SKUs',
    'durable-streams, SSE, 1 SKU',
  ])
})
