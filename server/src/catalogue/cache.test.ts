import { expect, test, vi } from 'vitest'
import { createSeal } from '../platform/seal.ts'
import { createCache, type Computed, type Read, type Store } from './cache.ts'
import { createMarks } from './marks.ts'

/** A store that several caches share, and that may be away, or hold what somebody else has put there. */
function createStore() {
  const texts = new Map<string, string>()
  const state = { isAway: false, sets: 0, ttls: [] as number[] }
  const store: Store = {
    get: async (key) => (state.isAway ? undefined : texts.get(key)),
    set: async (key, text, ttlMs) => {
      state.sets += 1
      state.ttls.push(ttlMs)
      if (!state.isAway) texts.set(key, text)
    },
    claim: async (key) => {
      if (state.isAway) return undefined
      const isFree = !texts.has(key)
      if (isFree) texts.set(key, '')
      return isFree
    },
  }
  return { store, texts, state }
}

/** A process: its marks, its clock, its cache; and a database that says how often it was asked, and at which position. */
function open(options: { store?: Store; secret?: string; nextChangeMs?: number; nowMs?: number } = {}) {
  const marks = createMarks()
  marks.begins('abcdefgh', 10)
  const time = { nowMs: options.nowMs ?? 1_000_000 }
  const reads: Read[] = []
  const cache = createCache({
    marks,
    nowMs: () => time.nowMs,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 100)),
    onRead: (read) => reads.push(read),
    ...(options.nextChangeMs === undefined ? {} : { nextChangeMs: () => options.nextChangeMs }),
    ...(options.store ? { shared: { store: options.store, seal: createSeal(options.secret ?? 's') } } : {}),
  })
  const database = { head: 10, asked: 0, answer: undefined as Promise<void> | undefined }
  const compute = async (): Promise<Computed<{ at: number }>> => {
    database.asked += 1
    const at = database.head
    await database.answer
    return { value: { at }, position: at }
  }
  const read = (key = 'q') => cache.read({ of: 'search', key, topics: ['catalogue', 'prices web'] }, compute)
  const commit = (changes: object = {}) => {
    database.head += 1
    marks.follows([{ position: database.head, atMs: 0, changes }])
  }
  return { marks, time, reads, cache, database, compute, read, commit }
}

const price = { prices: [['A', 'web', 1, 'EUR', true, true]] }

function gate() {
  let open: () => void = () => {}
  const closed = new Promise<void>((resolve) => (open = resolve))
  return { closed, open }
}

test('what was computed is shown again, as of the newest position that has not touched it', async () => {
  const one = open()
  expect(await one.read()).toEqual({ value: { at: 10 }, position: 10 })
  one.commit()
  one.commit({ levels: [] })
  expect(await one.read()).toEqual({ value: { at: 10 }, position: 12 })
  expect(one.reads.map(({ from }) => from)).toEqual(['computed', 'memory'])
})

test('what the log has touched since is computed again', async () => {
  const one = open()
  await one.read()
  one.commit(price)
  expect(await one.read()).toEqual({ value: { at: 11 }, position: 11 })
  expect(one.reads.map(({ outdated }) => outdated)).toEqual([false, true])
})

test('nothing is shown for longer than a minute, or beyond the next moment at which something is known to change', async () => {
  for (const [options, lastMs] of [
    [{}, 59_999],
    [{ nextChangeMs: 1_020_000 }, 19_999],
    [{ nextChangeMs: 9_999_999 }, 59_999],
  ] as const) {
    const one = open(options)
    await one.read()
    one.time.nowMs += lastMs
    await one.read()
    expect(one.database.asked).toBe(1)
    one.time.nowMs += 1
    await one.read()
    expect(one.database.asked).toBe(2)
  }
})

test('each key has its own, and each caller an object of their own', async () => {
  const one = open()
  const [first, second] = [await one.read('a'), await one.read('b')]
  expect(one.database.asked).toBe(2)
  ;(first.value as { at: number }).at = 999
  expect((await one.read('a')).value).toEqual(second.value)
})

test('many who ask at once are one computation', async () => {
  const one = open()
  const { closed, open: letGo } = gate()
  one.database.answer = closed
  const all = Promise.all(Array.from({ length: 50 }, () => one.read()))
  letGo()
  expect(new Set((await all).map(({ value }) => value.at))).toEqual(new Set([10]))
  expect(one.database.asked).toBe(1)
  expect(one.reads.filter(({ from }) => from === 'joined')).toHaveLength(49)
})

test('who asks after a change does not get what an earlier computation has read before it', async () => {
  const one = open()
  const { closed, open: letGo } = gate()
  one.database.answer = closed
  const early = one.read()
  await vi.waitFor(() => expect(one.database.asked).toBe(1))
  one.commit(price)
  const late = one.read()
  letGo()
  expect(await early).toEqual({ value: { at: 10 }, position: 10 })
  expect(await late).toEqual({ value: { at: 11 }, position: 11 })
})

test('a computation that fails fails for those who wait for it, and is tried anew by the next', async () => {
  const one = open()
  one.database.answer = Promise.reject(new Error('no database'))
  await expect(Promise.all([one.read(), one.read()])).rejects.toThrow('no database')
  one.database.answer = undefined
  expect(await one.read()).toEqual({ value: { at: 10 }, position: 10 })
})

test('an answer without a position is not kept', async () => {
  const one = open()
  const nothing = () =>
    one.cache.read({ of: 'wine', key: 'x', topics: [] }, async () => ({ value: undefined, position: undefined }))
  expect([await nothing(), await nothing()]).toEqual([
    { value: undefined, position: undefined },
    { value: undefined, position: undefined },
  ])
  expect(one.cache.bytes()).toBe(0)
})

test('another epoch has nothing of the one before', async () => {
  const one = open()
  await one.read()
  one.marks.begins('ijklmnop', 5)
  one.database.head = 5
  expect(await one.read()).toEqual({ value: { at: 5 }, position: 5 })
})

test('what one process has computed another shows, until the log touches it', async () => {
  const { store } = createStore()
  const [one, other] = [open({ store }), open({ store })]
  await one.read()
  expect(await other.read()).toEqual({ value: { at: 10 }, position: 10 })
  expect([other.database.asked, other.reads[0]?.from]).toEqual([0, 'shared'])
  other.commit(price)
  expect(await other.read()).toEqual({ value: { at: 11 }, position: 11 })
  // Who has not heard of it yet may show what is newer, and says so.
  expect(await open({ store }).read()).toEqual({ value: { at: 11 }, position: 11 })
})

test('of two processes that are asked at once one computes', async () => {
  const { store } = createStore()
  const processes = [open({ store }), open({ store }), open({ store })]
  const answers = await Promise.all(processes.map((one) => one.read()))
  expect(answers).toEqual(answers.map(() => ({ value: { at: 10 }, position: 10 })))
  expect(processes.map(({ database }) => database.asked).toSorted()).toEqual([0, 0, 1])
})

test('one that has claimed a computation and is gone holds nobody up for long', async () => {
  const { store } = createStore()
  const [dead, one] = [open({ store }), open({ store })]
  dead.database.answer = new Promise(() => {})
  void dead.read()
  expect(await one.read()).toEqual({ value: { at: 10 }, position: 10 })
  expect(one.database.asked).toBe(1)
})

test('without its store a process computes for itself', async () => {
  const { store, state } = createStore()
  state.isAway = true
  const [one, other] = [open({ store }), open({ store })]
  await Promise.all([one.read(), other.read()])
  expect([one.database.asked, other.database.asked]).toEqual([1, 1])
  await one.read()
  expect(one.database.asked).toBe(1)
})

test('what somebody else has put into the store is not shown', async () => {
  const { store, texts } = createStore()
  await open({ store, secret: 'another' }).read()
  expect([...texts.values()].some((text) => text.includes('{"at":10}'))).toBe(true)
  const one = open({ store })
  await one.read()
  expect([one.database.asked, one.reads[0]?.from]).toEqual([1, 'computed'])
})

test('what was put under one key is not shown under another', async () => {
  const { store, texts } = createStore()
  await open({ store }).read('a')
  const [key, text] = [...texts].find(([, value]) => value !== '')!
  const spread: Store = { ...store, get: async (asked) => (asked === key ? undefined : text) }
  const one = open({ store: spread })
  await one.read('b')
  expect(one.database.asked).toBe(1)
})

test('what comes from a machine whose clock is ahead is shown for a minute too', async () => {
  const { store, state } = createStore()
  await open({ store, nowMs: 5_000_000 }).read()
  const one = open({ store })
  await one.read()
  state.isAway = true
  one.time.nowMs += 59_999
  await one.read()
  expect(one.database.asked).toBe(0)
  one.time.nowMs += 1
  await one.read()
  expect(one.database.asked).toBe(1)
})
