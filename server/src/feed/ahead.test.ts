import { expect, test } from 'vitest'
import { createFakeTimers } from '../../test/fake-timers.ts'
import { createModel, firstSettings, stateOf } from '../../test/random-log.ts'
import { createLive } from '../replica/replica.ts'
import { createFeed } from './feed.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('a log that cannot be looked at has no end to be ahead of: the cursor waits for the database', async () => {
  const timers = createFakeTimers()
  const live = createLive(timers)
  live.replace(stateOf(createModel(), 'epoch001'))
  live.apply([{ position: 1, atMs: 0, changes: { settings: firstSettings } }])
  const database = { lagMs: 30_000 }
  const feed = createFeed({ ...live, lagMs: () => database.lagMs }, timers)
  const follow = (cursor: string) => {
    const types: string[] = []
    const sink = { write: ({ type }: { type: string }) => types.push(type) > 0, onDrain() {}, onGone() {}, close() {} }
    feed.open({ channel: 'web', cursor }, sink)
    return types
  }
  const aMomentAhead = follow('epoch001.2')
  const farAhead = follow('epoch001.999')
  for (let second = 0; second < 9; second++) {
    timers.advance(1_000)
    await settled()
  }
  expect([...aMomentAhead, ...farAhead]).toEqual([])
  live.apply([{ position: 2, atMs: 0, changes: {} }])
  database.lagMs = 0
  timers.advance(1_000)
  await settled()
  expect(aMomentAhead).toEqual(['hello', 'ready'])
  expect(farAhead.slice(0, 2)).toEqual(['hello', 'reset'])
})
