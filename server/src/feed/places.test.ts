import { expect, test } from 'vitest'
import { catalogued, createCellar, pass, record } from '../../test/feed-cellar.ts'
import { priced } from '../../test/feed-world.ts'
import { skus } from '../../test/random-log.ts'
import { cursorsOf } from './feed.ts'

test('who comes back with a cursor that is a moment ahead of this process is not told that it is', async () => {
  const world = createCellar()
  const cursor = `epoch001.${world.live.positionNumber() + 1}`
  const { frames } = record(world, [{ topic: 'wine:W@web', cursor }])
  await pass(world, [], 100)
  expect(frames.map(({ type }) => type)).toEqual(['welcome'])
  world.change(priced('A-1', 1))
  await pass(world, [], 300)
  expect(frames[1]?.text).toContain('too_old')
})

test('a topic that waits to begin keeps its cursor: who is cut off meanwhile comes back with it', async () => {
  const world = createCellar()
  world.change(priced('A-1', 1))
  const ahead = world.live.positionNumber() + 1
  const { frames, cursors } = record(world, [
    { topic: 'sku:A-1@web' },
    { topic: 'channel:web', cursor: `epoch001.${ahead}` },
  ])
  await pass(world, [], 100)
  expect(frames.map(({ type }) => type)).toEqual(['welcome', 'offers', 'ready'])
  expect(cursors.map((cursor) => cursorsOf(cursor, 2)[1])).toEqual([`epoch001.${ahead}`, `epoch001.${ahead}`])
  world.promote()
  await pass(world, [], 100)
  expect(cursorsOf(cursors.at(-1) ?? '', 2)[1]).not.toBe(`epoch002.${ahead}`)
})

test('the one cursor of a connection can be read again, and never goes back', async () => {
  const world = createCellar()
  for (const sku of skus) world.change(priced(sku, 1))
  world.has.wine = ['A-1', 'B-1']
  const topics = ['wine:W@web', 'sku:B-1@web', 'channel:web', 'sku:C@shop']
  const { cursors } = record(
    world,
    topics.map((topic) => ({ topic })),
  )
  await pass(world, [])
  for (const [index, sku] of [...skus, ...skus, ...skus].entries()) {
    world.has.wine = index % 2 === 0 ? ['A-1'] : ['A-1', 'B-1']
    world.change({ ...priced(sku, index + 2), ...(index % 3 === 0 ? catalogued : {}) })
    await pass(world, [], index % 4 === 0 ? 300 : 50)
  }
  const stood = topics.map(() => 0)
  for (const cursor of cursors) {
    const parts = cursorsOf(cursor, topics.length).map((part = 'epoch001.0') =>
      Number(/^epoch001\.(\d+)$/.exec(part)?.[1]),
    )
    for (const [place, at] of parts.entries()) {
      expect(at, `${topics[place]} in ${cursor}`).toBeGreaterThanOrEqual(stood[place] ?? 0)
      stood[place] = at
    }
  }
  expect(Math.max(...stood)).toBe(world.live.positionNumber())
})
