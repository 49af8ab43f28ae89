import { expect, test } from 'vitest'
import type { CloseCause } from '@cellarhand/protocol/feed'
import { createWorld, silentSink } from '../../test/feed-world.ts'
import type { Connection, Sink } from './feed.ts'
import { openPermit } from './guard.ts'

test('connections are limited, as a whole and for each address', () => {
  const { feed } = createWorld(undefined, { sessionsMax: 3, perAddressMax: 2 })
  const from = (address: string) => feed.connect(silentSink(), { permit: openPermit, channel: 'web', address })
  const first = from('here') as Connection
  expect(typeof from('here')).toBe('object')
  expect(from('here')).toBe('full')
  expect(typeof from('there')).toBe('object')
  expect(from('there')).toBe('full')
  first.end('rotated')
  expect(typeof from('there')).toBe('object')
})

test('connections of one person are limited, wherever they come from, and whoever they showed to be at first', () => {
  const ada = { ...openPermit, person: 'user:ada' }
  const world = createWorld(undefined, { perPersonMax: 2, guard: () => ada })
  const closed: CloseCause[] = []
  const sinks: Parked[] = []
  const from = (address: string, permit = openPermit) => {
    const sink = parked((cause) => closed.push(cause))
    sinks.push(sink)
    return world.feed.connect(sink, { permit, channel: 'web', address })
  }
  expect(typeof from('here', ada)).toBe('object')
  const nobody = from('there') as Connection
  expect(nobody.show('ada')).toBe(true)
  expect(from('elsewhere', ada)).toBe('full')
  const another = from('elsewhere') as Connection
  expect(another.show('ada')).toBe(false)
  expect(closed).toEqual(['full'])
  expect(typeof from('elsewhere', { ...openPermit, person: 'user:bea' })).toBe('object')
  sinks[1]?.goes()
  expect(typeof from('elsewhere', ada)).toBe('object')
})

interface Parked extends Sink {
  /** its client goes away */
  goes(): void
}

/** A sink of a line that may be cut. */
function parked(onClose: (cause: CloseCause) => void): Parked {
  const gone: (() => void)[] = []
  return {
    ...silentSink(),
    close: onClose,
    onGone: (listener) => void gone.push(listener),
    goes: () => gone.forEach((listener) => listener()),
  }
}
