import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { atRest, PROVEN, STABLE_MS, step, waitMs, type Connection, type Event, type Phase } from './machine.ts'

/** What an event does to a connection in a phase: where it leads; `again`: the phase begins anew; `-`: nothing. */
type Cell = Phase | 'again' | '-'

/** Every phase by every event: a cell that is missing does not compile. */
const table: Readonly<Record<Phase, Readonly<Record<Event, Cell>>>> = {
  idle: {
    want: 'connecting',
    rest: '-',
    opened: '-',
    lost: '-',
    refused: '-',
    silent: '-',
    woke: '-',
    due: '-',
    online: '-',
    offline: '-',
    shown: '-',
    retry: '-',
  },
  connecting: {
    want: '-',
    rest: 'idle',
    opened: 'live',
    lost: 'waiting',
    refused: 'ended',
    silent: 'waiting',
    woke: 'again',
    due: '-',
    online: 'again',
    offline: 'offline',
    shown: '-',
    retry: 'again',
  },
  live: {
    want: '-',
    rest: 'idle',
    opened: '-',
    lost: 'waiting',
    refused: 'ended',
    silent: 'waiting',
    woke: 'connecting',
    due: '-',
    online: '-',
    offline: 'offline',
    shown: '-',
    retry: 'connecting',
  },
  waiting: {
    want: '-',
    rest: 'idle',
    opened: '-',
    lost: '-',
    refused: '-',
    silent: '-',
    woke: 'connecting',
    due: 'connecting',
    online: 'connecting',
    offline: 'offline',
    shown: 'connecting',
    retry: 'connecting',
  },
  offline: {
    want: '-',
    rest: 'idle',
    opened: '-',
    lost: '-',
    refused: '-',
    silent: '-',
    woke: 'connecting',
    due: 'connecting',
    online: 'connecting',
    offline: 'again',
    shown: 'connecting',
    retry: 'connecting',
  },
  ended: {
    want: 'connecting',
    rest: 'idle',
    opened: '-',
    lost: '-',
    refused: '-',
    silent: '-',
    woke: '-',
    due: '-',
    online: '-',
    offline: '-',
    shown: '-',
    retry: 'connecting',
  },
}

const phases = Object.keys(table) as Phase[]
const events = Object.keys(table.idle) as Event[]
const cells = phases.flatMap((phase) => events.map((event) => [phase, event, table[phase][event]] as const))

const inPhase = (phase: Phase, more: Partial<Connection> = {}): Connection => ({ ...atRest(0, 0), phase, ...more })
const at = (now: number, rungs = 3) => ({ now, rungs })

test.each(cells)('%s, %s: %s', (phase, event, cell) => {
  const was = inPhase(phase)
  const is = step(was, event, at(5))
  const led = is === was ? '-' : is.phase === phase ? 'again' : is.phase
  expect([led, is.since]).toEqual([cell, cell === '-' ? 0 : 5])
})

test('SPEC.md has the same table', () => {
  const text = readFileSync(new URL('../SPEC.md', import.meta.url), 'utf8')
  const rows = text.split('\n').filter((line) => /^\| `[a-z]+` +\|/.test(line))
  const told = rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.replaceAll('`', '').trim()),
  )
  expect(told).toEqual(events.map((event) => [event, ...phases.map((phase) => table[phase][event])]))
})

describe('the ways to connect', () => {
  test('after two failures without ever having been open the next one is tried, and after the last the first again', () => {
    let connection = inPhase('connecting')
    const rungs: number[] = []
    for (let tries = 0; tries < 6; tries += 1) {
      connection = step({ ...connection, phase: 'connecting' }, 'lost', at(tries))
      rungs.push(connection.rung)
    }
    expect(rungs).toEqual([0, 1, 1, 2, 2, 0])
  })

  test('one that cannot work here is left at once', () => {
    expect(step(inPhase('connecting'), 'lost', { ...at(0), unfit: true }).rung).toBe(1)
  })

  test('one that was open is stayed with, however often it fails', () => {
    let connection = step(inPhase('connecting'), 'opened', at(0))
    expect(connection.failures).toBe(PROVEN)
    for (let tries = 1; tries < 9; tries += 1)
      connection = step({ ...connection, phase: 'connecting' }, 'lost', at(tries))
    expect(connection).toMatchObject({ rung: 0, retries: 8 })
  })

  test('another network is a reason to try a better one', () => {
    expect(step(inPhase('waiting', { rung: 2, failures: PROVEN }), 'online', at(0))).toMatchObject({
      rung: 1,
      failures: 0,
      retries: 0,
    })
  })
})

describe('waits', () => {
  test('grow by twice up to half a minute, and are drawn from all of it', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 50].map((retries) => waitMs(retries, 1))).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ])
    expect(waitMs(6, 0)).toBe(0)
  })

  test('begin anew after a line that stayed, and go on after one that fell at once', () => {
    const live = inPhase('live', { since: 0, retries: 4 })
    expect(step(live, 'lost', at(STABLE_MS)).retries).toBe(1)
    expect(step(live, 'lost', at(STABLE_MS - 1)).retries).toBe(5)
  })
})
