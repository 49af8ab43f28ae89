import { openPermit } from './guard.ts'
import type { ServerFrame } from '@cellarhand/protocol/feed'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createWorld, doors, priced } from '../../test/feed-world.ts'
import { parsePosition } from '../log/log.ts'
import { must } from '../platform/must.ts'
import type { EntryLimits } from './entry-items.ts'
import { bufferedMax } from './session.ts'
import type { Connection, Sink } from './feed.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

const limitsOf = (entries: EntryLimits) => ({ pageMax: 2, followersPerStep: 1, entries })
const small: EntryLimits = { keptMax: 60, frameMax: 40, partsMax: 1 }

/** A world whose positions have entries, or none; `perRead` positions are told at once. */
function createBooks(limits: EntryLimits, perRead = 2) {
  const books = new Map<number, string>()
  const state = { from: 0, fails: false, reads: 0 }
  const tell = async <T>(value: T) => {
    state.reads += 1
    await settled()
    if (state.fails) throw new Error('the database is away')
    return value
  }
  const world = createWorld(limitsOf(limits), {
    finder: {
      ...doors.finder,
      entries: async (after, to) => {
        const all = Array.from({ length: to - after }, (_, place) => after + 1 + place)
        const last = all.length > perRead ? must(all[perRead - 1], 'the last of them') : to
        const steps = all.flatMap((position) => {
          const text = books.get(position)
          return text === undefined || position > last ? [] : [{ position, text }]
        })
        return tell({ steps, to: last })
      },
      entriesFrom: () => tell(state.from),
    },
    onError: () => {},
  })
  /** A transaction with so many entries. */
  const enter = (count: number) => {
    const position = world.live.positionNumber() + 1
    const texts = Array.from({ length: count }, (_, place) => JSON.stringify({ id: `${position}-${place}` }))
    if (count > 0) books.set(position, texts.join(','))
    world.change(priced('A-1', position))
  }
  return { ...world, books, state, enter }
}

type Books = ReturnType<typeof createBooks>

/** What somebody knows who keeps all entries that came, and goes on from its cursor. */
interface Reader {
  ids: string[]
  /** the cursor at which it began, after the last reset */
  from: string | undefined
  cursor: string | undefined
  resets: string[]
  ready: boolean
}

function take(reader: Reader, frame: ServerFrame): void {
  if (frame.type === 'reset') {
    reader.resets.push(frame.reason)
    Object.assign(reader, { ids: [], from: undefined, cursor: undefined, ready: false })
  }
  if (frame.type === 'entries') reader.ids.push(...frame.entries.map(({ id }) => id))
  if (frame.type === 'ready') {
    reader.ready = true
    reader.from ??= frame.cursor
  }
  const cursor = frame.type === 'progress' || ('topic' in frame && 'cursor' in frame) ? frame.cursor : undefined
  if (cursor === undefined || (frame.type === 'progress' && !reader.ready)) return
  const before = reader.cursor === undefined ? 0 : numberOf(reader.cursor)
  must(numberOf(cursor) >= before, `cursors only rise: ${reader.cursor}, ${cursor}`)
  reader.cursor = cursor
}

const numberOf = (cursor: string) => must(parsePosition(cursor), 'a cursor').number

interface Line {
  frames: ServerFrame[]
  blocked: boolean
  drained: () => void
  gone: () => void
  open: boolean
}

const sinkOf = (line: Line, capacity: number): Sink => ({
  write(frame) {
    line.frames.push(JSON.parse(frame.text) as ServerFrame)
    line.blocked ||= line.frames.length >= capacity
  },
  buffered: () => (line.blocked ? bufferedMax : 0),
  onDrain: (drained) => void (line.drained = drained),
  onGone: (gone) => void (line.gone = gone),
  close() {
    line.open = false
    line.gone()
  },
})

/** A reader on a line that takes so many frames. */
function createReader(books: Books, capacity: number) {
  const reader: Reader = { ids: [], from: undefined, cursor: undefined, resets: [], ready: false }
  const line: Line = { frames: [], blocked: false, drained: () => {}, gone: () => {}, open: false }
  return {
    reader,
    isOpen: () => line.open,
    connect(cursor = reader.cursor) {
      Object.assign(line, { frames: [], blocked: false, open: true })
      reader.ready = false
      const connection = books.feed.connect(sinkOf(line, capacity), {
        permit: openPermit,
        channel: 'web',
        address: 'a reader',
      }) as Connection
      connection.follow([cursor === undefined ? { topic: 'audit' } : { topic: 'audit', cursor }])
    },
    cut() {
      line.open = false
      line.frames = []
      line.gone()
    },
    deliver(count: number) {
      for (const frame of line.frames.splice(0, count)) take(reader, frame)
      if (!line.blocked || line.frames.length > 0 || !line.open) return
      line.blocked = false
      line.drained()
    },
  }
}

/** All entries behind a position. */
const entriesAfter = ({ books }: Books, after: number) =>
  [...books].filter(([position]) => position > after).flatMap(([, text]) => idsIn(text))
const idsIn = (text: string) => (JSON.parse(`[${text}]`) as { id: string }[]).map(({ id }) => id)

async function rest(books: Books, readers: readonly ReturnType<typeof createReader>[]) {
  for (let round = 0; round < 120; round += 1) {
    books.timers.advance(100)
    await settled()
    for (const one of readers) one.deliver(100)
  }
}

test('entries are told as they come, each of them, those of before not', async () => {
  const books = createBooks(small)
  books.enter(2)
  const one = createReader(books, 100)
  one.connect()
  await rest(books, [one])
  expect(one.reader.ids).toEqual([])
  const from = books.live.positionNumber()
  for (const count of [1, 3, 0, 2]) books.enter(count)
  await rest(books, [one])
  expect(one.reader.ids).toEqual(entriesAfter(books, from))
  expect(one.reader.cursor).toBe(books.live.position())
})

test('a cursor of longer ago than entries are kept for has expired; what is kept is gone on from, however much it is', async () => {
  const books = createBooks(small)
  const first = books.live.positionNumber()
  for (let count = 0; count < 20; count += 1) books.enter(2)
  books.state.from = first + 5
  const [late, old] = [createReader(books, 100), createReader(books, 100)]
  late.connect(`epoch001.${first + 5}`)
  old.connect(`epoch001.${first + 4}`)
  await rest(books, [late, old])
  expect(late.reader.resets).toEqual([])
  expect(late.reader.ids).toEqual(entriesAfter(books, first + 5))
  expect(old.reader.resets).toEqual(['expired'])
  expect(old.reader.ids).toEqual([])
})

test('while the database is away nothing is told, and nothing is left out afterwards', async () => {
  const books = createBooks(small)
  const one = createReader(books, 100)
  one.connect()
  await rest(books, [one])
  books.state.fails = true
  const from = books.live.positionNumber()
  books.enter(1)
  books.enter(1)
  await rest(books, [one])
  expect(one.reader.ids).toEqual([])
  expect(one.reader.cursor).not.toBe(books.live.position())
  books.state.fails = false
  await rest(books, [one])
  expect(one.reader.ids).toEqual(entriesAfter(books, from))
})

test('what is read for one is read once for all who are there, and what is kept is not read again', async () => {
  const books = createBooks({ keptMax: 10_000, frameMax: 10_000, partsMax: 8 }, 100)
  const readers = Array.from({ length: 5 }, () => createReader(books, 100))
  for (const one of readers) one.connect()
  await rest(books, readers)
  const before = books.state.reads
  for (let count = 0; count < 10; count += 1) {
    books.enter(1)
    await settled()
    await settled()
    await settled()
  }
  await rest(books, readers)
  expect(books.state.reads - before).toBeLessThanOrEqual(10)
  for (const one of readers) expect(one.reader.ids).toHaveLength(10)
})

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('enter' as const), count: fc.nat({ max: 3 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('deliver' as const),
      who: fc.nat({ max: 1 }),
      frames: fc.nat({ max: 3 }),
    }),
  },
  { weight: 5, arbitrary: fc.constantFrom(0, 50, 300, 6_000).map((ms) => ({ kind: 'advance' as const, ms })) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const), who: fc.nat({ max: 1 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('connect' as const), who: fc.nat({ max: 1 }) }) },
  { weight: 2, arbitrary: fc.boolean().map((fails) => ({ kind: 'fails' as const, fails })) },
  { weight: 3, arbitrary: fc.constant({ kind: 'turn' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'promote' as const }) },
)

test('whatever fails, stalls and is cut, no entry is left out, none comes twice, and none out of order', async () => {
  const schedules = fc.record({
    capacity: fc.integer({ min: 1, max: 4 }),
    limits: fc.record({
      keptMax: fc.integer({ min: 1, max: 200 }),
      frameMax: fc.integer({ min: 1, max: 100 }),
      partsMax: fc.integer({ min: 1, max: 2 }),
    }),
    perRead: fc.integer({ min: 1, max: 3 }),
    steps: fc.array(step, { maxLength: 60 }),
  })
  await fc.assert(
    fc.asyncProperty(schedules, async ({ capacity, limits, perRead, steps }) => {
      const books = createBooks(limits, perRead)
      const readers = [createReader(books, capacity), createReader(books, 100)] as const
      for (const one of readers) one.connect()
      for (const one of steps) {
        if (one.kind === 'enter') books.enter(one.count)
        if (one.kind === 'advance') books.timers.advance(one.ms)
        if (one.kind === 'fails') books.state.fails = one.fails
        if (one.kind === 'promote') books.promote()
        if (one.kind === 'deliver') readers[one.who as 0 | 1].deliver(one.frames)
        if (one.kind === 'cut' && readers[one.who as 0 | 1].isOpen()) readers[one.who as 0 | 1].cut()
        if (one.kind === 'connect' && !readers[one.who as 0 | 1].isOpen()) readers[one.who as 0 | 1].connect()
        if (one.kind === 'turn') await settled()
      }
      books.state.fails = false
      for (const one of readers) if (!one.isOpen()) one.connect()
      await rest(books, readers)
      for (const { reader } of readers) {
        expect(reader.ids).toEqual(entriesAfter(books, numberOf(reader.from ?? '')))
        expect(reader.cursor).toBe(books.live.position())
      }
    }),
    { seed: 20_261_125, numRuns: 1_000 },
  )
})
