import { openPermit } from '../src/feed/guard.ts'
import type { TopicRequest } from '@cellarhand/protocol/feed'
import type { Connection, Frame } from '../src/feed/feed.ts'
import type { LogChanges } from '../src/log/log.ts'
import type { FeedClient } from './feed-client.ts'
import { createWorld, doors, type World } from './feed-world.ts'

export const settled = () => new Promise((resolve) => setImmediate(resolve))
export const catalogued: LogChanges = { skus: [['A-1', 'W', 2015, 750, 1]] }

/** A world with one wine, `W`, whose SKUs the test says, and a search that finds what the wine has and is found for. */
export function createCellar(limits = { pageMax: 2, followersPerStep: 1 }) {
  const has = { wine: [] as readonly string[], found: [] as readonly string[], asked: 0, fails: false, state: 'active' }
  const answer = async (some: readonly string[]) => {
    has.asked += 1
    if (has.fails) throw new Error('the database is away')
    return some
  }
  const finder = {
    refuse: (query: string) => (query === 'bad' ? 'bad is no search.' : undefined),
    wine: async (id: string) => answer(id === 'W' ? has.wine : []),
    search: async () => answer(has.found),
    entries: async (_: number, to: number) => ({ steps: [], to }),
    entriesFrom: async () => 0,
    hold: async (id: string) =>
      JSON.stringify({ id, state: has.state, position: `epoch001.${world.live.positionNumber()}` }),
  }
  const errors: unknown[] = []
  const world: World = createWorld(limits, { ...doors, finder, onError: (error) => errors.push(error) })
  return { ...world, has, errors }
}

export async function pass(world: World, clients: readonly FeedClient[], ms = 300) {
  for (let left = ms; left > 0; left -= 50) {
    world.timers.advance(50)
    await settled()
    for (const client of clients) client.deliver(100)
  }
}

/** Everything that is written to a line of any length, and the cursor of the connection behind each. */
export function record(world: World, topics: readonly TopicRequest[]) {
  const frames: Frame[] = []
  const cursors: string[] = []
  const write = (frame: Frame, cursor: () => string | undefined) => {
    frames.push(frame)
    const text = frame.type === 'welcome' ? undefined : cursor()
    if (text !== undefined) cursors.push(text)
  }
  const sink = { write, buffered: () => 0, onDrain() {}, onGone() {}, close() {} }
  const connection = world.feed.connect(sink, { permit: openPermit, channel: 'web', address: '' }) as Connection
  connection.follow(topics)
  return { frames, cursors }
}
