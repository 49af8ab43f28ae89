import { openPermit } from './guard.ts'
import { expect, test } from 'vitest'
import { createFakeTimers, type FakeTimers } from '../../test/fake-timers.ts'
import { createWorld } from '../../test/feed-world.ts'
import type { Carrier } from '../log/log.ts'
import { createSeal } from '../platform/seal.ts'
import type { Connection } from './connection.ts'
import { createElsewhere, type Elsewhere } from './elsewhere.ts'
import type { Sink } from './sink.ts'

/** A carrier that brings all at once, unless it is told to lose it. */
function createCarrier() {
  const ears = new Set<(text: string) => void>()
  const at = { loses: false, told: [] as string[] }
  const carrier: Carrier = {
    tell(_channel, text) {
      at.told.push(text)
      if (!at.loses) for (const hear of ears) hear(text)
    },
    listen(_channel, onText, onBegin) {
      ears.add(onText)
      onBegin()
      return () => ears.delete(onText)
    },
  }
  return { carrier, at, strangerSays: (text: string) => ears.forEach((hear) => hear(text)) }
}

const seal = createSeal('secret')

function open(names: readonly string[], timers: FakeTimers = createFakeTimers()) {
  const between = createCarrier()
  const processes = names.map((self) => createElsewhere(between.carrier, seal, { self, timers }))
  return { ...between, timers, processes: processes as [Elsewhere, Elsewhere, Elsewhere] }
}

const home = '203.0.113.7'

test('connections to other processes count, as many as there are at each, and its own do not', () => {
  const { processes, timers } = open(['a', 'b', 'c'])
  const [a, b, c] = processes
  a.tell(home, 1)
  a.tell(home, 2)
  b.tell(home, 3)
  b.tell('203.0.113.8', 9)
  timers.advance(50)
  expect([a.count(home), b.count(home), c.count(home)]).toEqual([3, 2, 5])
  a.tell(home, 0)
  timers.advance(50)
  expect([a.count(home), b.count(home), c.count(home)]).toEqual([3, 0, 3])
})

test('connections of a process that is gone count no more: at once where it says so, else after seconds', () => {
  const { processes, timers, at } = open(['a', 'b', 'c'])
  const [a, b, c] = processes
  a.tell(home, 1)
  b.tell(home, 2)
  timers.advance(50)
  b.close()
  expect(c.count(home)).toBe(1)
  at.loses = true
  timers.advance(6_400)
  expect(c.count(home)).toBe(1)
  timers.advance(200)
  expect(c.count(home)).toBe(0)
})

test('what was lost is made good, be it a connection or its end, and a beat alone keeps the rest', () => {
  const { processes, timers, at } = open(['a', 'b'])
  const [a, b] = processes
  a.tell('203.0.113.8', 4)
  a.tell(home, 1)
  timers.advance(50)
  at.loses = true
  a.tell(home, 0)
  a.tell('203.0.113.9', 1)
  timers.advance(50)
  at.loses = false
  timers.advance(15_000)
  expect([home, '203.0.113.8', '203.0.113.9'].map(b.count)).toEqual([1, 4, 0])
  timers.advance(5_000)
  expect([home, '203.0.113.8', '203.0.113.9'].map(b.count)).toEqual([0, 4, 1])
})

test('all there is is told in parts, and the parts are one', () => {
  const { processes, timers, at } = open(['a', 'b'])
  const [a, b] = processes
  const addresses = Array.from({ length: 2_500 }, (_, index) => `host-${index}`)
  at.loses = true
  for (const address of addresses) a.tell(address, 1)
  timers.advance(50)
  at.loses = false
  timers.advance(20_000)
  expect(addresses.filter((address) => b.count(address) !== 1)).toEqual([])
})

test('what a stranger says counts for nothing, nor what is said again, nor what is old', () => {
  const { processes, timers, at, strangerSays } = open(['a', 'b'])
  const [a, b] = processes
  a.tell(home, 5)
  timers.advance(50)
  const full = at.told.at(-1) as string
  a.tell(home, 1)
  timers.advance(50)
  strangerSays(full)
  const forged = JSON.stringify(['z', timers.nowMs(), true, [[seal.close('address', home).slice(0, 16), 99]]])
  for (const text of [createSeal('another').close('feed-addresses', forged), forged, '']) strangerSays(text)
  expect(b.count(home)).toBe(1)
  at.loses = true
  timers.advance(200_000)
  strangerSays(full)
  expect(b.count(home)).toBe(0)
})

test('what is told says of nobody where they are', () => {
  const { processes, timers, at } = open(['a', 'b'])
  processes[0].tell(home, 1)
  timers.advance(50)
  expect(at.told.length).toBeGreaterThan(0)
  expect(at.told.filter((text) => text.includes(home))).toEqual([])
})

test('an address that is full at two processes together is refused at both, and let in again when one has left', () => {
  const { processes, timers } = open(['a', 'b'])
  const feeds = processes.map((elsewhere) => createWorld(undefined, { perAddressMax: 3, elsewhere }).feed)
  const connect = (index: number) =>
    feeds[index]!.connect(sink(), { permit: openPermit, channel: 'web', address: home })
  const first = connect(0) as Connection
  connect(0)
  timers.advance(50)
  expect(typeof connect(1)).toBe('object')
  timers.advance(50)
  expect([connect(0), connect(1)]).toEqual(['full', 'full'])
  first.end('rotated')
  timers.advance(50)
  expect(typeof connect(1)).toBe('object')
})

test('where nothing is carried each process counts for itself', () => {
  const { processes, timers, at } = open(['a', 'b'])
  at.loses = true
  const feeds = processes.map((elsewhere) => createWorld(undefined, { perAddressMax: 1, elsewhere }).feed)
  const connect = (index: number) =>
    feeds[index]!.connect(sink(), { permit: openPermit, channel: 'web', address: home })
  const answers = [connect(0), connect(1)]
  timers.advance(20_000)
  expect(answers.map((one) => typeof one)).toEqual(['object', 'object'])
  expect([connect(0), connect(1)]).toEqual(['full', 'full'])
})

/** A line that ends when it is closed. */
function sink(): Sink {
  let gone = () => {}
  return {
    write: () => {},
    buffered: () => 0,
    onDrain: () => {},
    onGone: (then) => void (gone = then),
    close: () => gone(),
  }
}
