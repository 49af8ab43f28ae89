import { describe, expect, test } from 'vitest'
import type { HistoryRecord, WriteRecord } from './history.ts'
import { checkWitness, resolveUnknown } from './witness.ts'
import { storm, type Storm } from './storm.ts'

const at = (position: number, index = 0) => ({ position, index, outcome: 'ok' as const })
const when = (invokedAt: number | null, returnedAt: number | null, process = 'a') => ({
  process,
  invokedAt,
  returnedAt,
})
const line = (quantity: number, location = 'shop') => ({ sku: 'A', location, quantity })
const hold = (holdId: string, quantity = 1) =>
  ({ kind: 'hold', holdId, asked: [{ sku: 'A', from: ['shop'], quantity }], granted: [line(quantity)] }) as const
const refusedHold = (quantity = 1) => ({ kind: 'hold', asked: [{ sku: 'A', from: ['shop'], quantity }] }) as const
const start = { levels: [{ sku: 'A', location: 'shop', available: 2 }] }
const kinds = (history: readonly HistoryRecord[], end = {}) =>
  checkWitness(history, start, end).violations.map((one) => one.kind)

describe('the witness check', () => {
  test('accepts grants while there are bottles, and refusals when there are none', () => {
    const history: HistoryRecord[] = [
      { ...when(0, 3), key: '1', ...hold('h1'), ...at(1, 0) },
      { ...when(0, 3, 'b'), key: '2', ...hold('h2'), ...at(1, 1) },
      {
        ...when(0, 3, 'c'),
        key: '3',
        ...refusedHold(),
        position: 1,
        index: 2,
        outcome: 'refused',
        slug: 'insufficient-stock',
      },
      { ...when(4, 5), key: '4', kind: 'release', holdId: 'h1', ...at(2) },
      { ...when(4, 6, 'b'), key: '5', ...hold('h3'), ...at(3) },
    ]
    expect(kinds(history, { levels: [{ sku: 'A', location: 'shop', available: 0, held: 2 }] })).toEqual([])
  })

  test('names a bottle that was promised twice', () => {
    expect(kinds([{ ...when(0, 1), key: '1', ...hold('h1', 3), ...at(1) }])).toEqual(['oversold'])
  })

  test('names a refusal that had no cause', () => {
    const slug = 'insufficient-stock'
    expect(
      kinds([{ ...when(0, 1), key: '1', ...refusedHold(2), position: 0, index: 1024, outcome: 'refused', slug }]),
    ).toEqual(['refused-in-vain'])
  })

  test('names a bottle poured twice over, or thrown away when it was empty', () => {
    const opened = { kind: 'openBottle', at: { sku: 'A', location: 'shop' }, formatMl: 375, bottleId: 'b' } as const
    const pour = (key: number, ml: number, over: number, poured: number): HistoryRecord => ({
      ...when(key, key),
      key: `${key}`,
      kind: 'pour',
      bottleId: 'b',
      ml,
      told: { over, poured },
      ...at(key),
    })
    const discard = { ...when(4, 4), key: '4', kind: 'discard', bottleId: 'b', ...at(4) } as const
    const first: HistoryRecord[] = [{ ...when(1, 1), key: '1', ...opened, ...at(1) }, pour(2, 300, 0, 300)]
    const left = { levels: [{ sku: 'A', location: 'shop', available: 1 }] }
    expect(kinds([...first, pour(3, 50, 0, 350), { ...discard, thrownAwayMl: 25 }], left)).toEqual([])
    expect(kinds([...first, pour(3, 50, 0, 650)], left)).toEqual(['wrong-answer'])
    expect(kinds([...first, pour(3, 100, 0, 400)], left)).toEqual(['wrong-answer'])
    expect(kinds([...first, pour(3, 100, 25, 400), discard], left)).toEqual(['granted-in-vain'])
    expect(kinds(first, { levels: [{ sku: 'A', location: 'shop', available: 2 }] })).toEqual(['ends-elsewhere'])
    const refused = { ...discard, outcome: 'refused', slug: 'bottle-finished' } as const
    expect(kinds([...first, refused])).toEqual(['refused-in-vain'])
  })

  test('names a hold that ended twice', () => {
    const ends = (kind: 'release' | 'commit', position: number): HistoryRecord => ({
      ...when(position, position),
      key: `k${position}`,
      kind,
      holdId: 'h',
      ...at(position),
    })
    expect(kinds([{ ...when(1, 1), key: '1', ...hold('h'), ...at(1) }, ends('release', 2), ends('commit', 3)])).toEqual(
      ['granted-in-vain'],
    )
  })

  test('judges a till sale by the newest hold, and the lines elsewhere by the journal', () => {
    const asked = [
      { sku: 'A', from: ['shop'], quantity: 1 },
      { sku: 'B', from: ['shop'], quantity: 1 },
    ]
    const granted = [line(1), { sku: 'B', location: 'shop', quantity: 1 }]
    const history = (revoked: string[]): HistoryRecord[] => [
      { ...when(0, 1), key: '0', kind: 'receive', lines: [{ sku: 'B', location: 'shop', quantity: 1 }], ...at(1) },
      { ...when(2, 3), key: '1', ...hold('old'), ...at(2) },
      { ...when(4, 5), key: '2', kind: 'hold', holdId: 'new', asked, granted, ...at(3) },
      { ...when(6, 7), key: '3', kind: 'sale', lines: [line(1)], revoked, ...at(4) },
      { ...when(null, null, 'journal'), key: '', kind: 'free', holdId: 'new', ...at(5) },
    ]
    const levels = [
      { sku: 'A', location: 'shop', available: 0, held: 1, short: 0 },
      { sku: 'B', location: 'shop', available: 1, held: 0 },
    ]
    expect(kinds(history(['new']), { levels })).toEqual([])
    expect(kinds(history(['old']), { levels })).toEqual(['wrong-answer'])
  })

  test('fills what is short before anything is available, counts included', () => {
    const history: HistoryRecord[] = [
      { ...when(0, 1), key: '1', kind: 'sale', lines: [line(5)], ...at(1) },
      { ...when(2, 3), key: '2', kind: 'receive', lines: [line(4)], ...at(2) },
      {
        ...when(4, 5),
        key: '3',
        kind: 'count',
        lines: [{ sku: 'A', location: 'shop', counted: 3, carried: 1 }],
        ...at(3),
      },
      { ...when(6, 7), process: 'c', kind: 'read', position: 1, levels: [{ sku: 'A', location: 'shop', short: -3 }] },
      {
        ...when(6, 7),
        process: 'd',
        kind: 'read',
        position: 2,
        levels: [{ sku: 'A', location: 'shop', available: 1, short: 0 }],
      },
    ]
    expect(kinds(history, { levels: [{ sku: 'A', location: 'shop', available: 4 }] })).toEqual([])
  })

  test('names a read that shows another thing, one that goes back, and one from the future', () => {
    const read = (process: string, invokedAt: number, position: number, available = 2, least = 0): HistoryRecord => ({
      ...when(invokedAt, invokedAt + 1, process),
      kind: 'read',
      position,
      least,
      levels: [{ sku: 'A', location: 'shop', available }],
    })
    const held: HistoryRecord = { ...when(10, 11), key: '1', ...hold('h'), ...at(1) }
    expect(kinds([held, read('b', 12, 1, 1), read('b', 14, 0, 2)])).toEqual(['went-back'])
    expect(kinds([held, read('b', 12, 1, 2)])).toEqual(['wrong-answer'])
    expect(kinds([held, read('b', 12, 0, 2, 1)])).toEqual(['went-back'])
    expect(kinds([held, read('b', 2, 1, 1)])).toEqual(['real-time'])
  })

  test('takes the tries of one key for one write, and needs the unknown resolved', () => {
    const tried: WriteRecord = { ...when(0, null), key: '1', ...refusedHold(), outcome: 'unknown' }
    const again: WriteRecord = { ...when(9, 10), key: '1', ...hold('h'), ...at(1) }
    const between: WriteRecord = { ...when(5, 6, 'b'), key: '2', ...hold('i'), ...at(2) }
    expect(kinds([tried, again, between])).toContain('unresolved')
    expect(kinds(resolveUnknown([tried, again, between], () => again))).toEqual([])
    expect(kinds([again, between])).toEqual(['real-time'])
    expect(resolveUnknown([tried], () => undefined)).toEqual([])
  })

  test('holds the journal to what was acknowledged', () => {
    const held: HistoryRecord = { ...when(0, 1), key: '1', ...hold('h'), ...at(1) }
    const entry = { key: '1', position: 1, index: 0 }
    expect(kinds([held], { journal: [entry] })).toEqual([])
    expect(kinds([held], { journal: [] })).toEqual(['lost'])
    expect(kinds([held], { journal: [entry, { ...entry, index: 1 }] })).toContain('twice')
    expect(kinds([held], { journal: [{ ...entry, position: 2 }] })).toEqual(['wrong-answer'])
  })
})

describe('the witness check, of a hundred mutated storms each', () => {
  const seeds = Array.from({ length: 100 }, (_, index) => index + 1)
  const caught = (mutate: (one: Storm) => void) =>
    seeds.filter((seed) => {
      const one = storm(seed, 400)
      mutate(one)
      return !checkWitness(one.history, one.start, one.end).ok
    }).length

  test('accepts every one that was left alone', () => {
    expect(caught(() => {})).toBe(0)
  })

  test('catches every one that grants a hold which was refused', () => {
    const mutate = ({ history }: Storm) => {
      const index = history.findIndex((one) => one.kind === 'hold' && one.outcome === 'refused')
      const { asked, key, process, invokedAt, returnedAt, position } = history[index] as WriteRecord & {
        kind: 'hold'
        position: number
      }
      const granted = asked.map(({ sku, quantity }) => ({ sku, location: 'shop', quantity }))
      history[index] = {
        process,
        invokedAt,
        returnedAt,
        key,
        kind: 'hold',
        asked,
        granted,
        holdId: 'extra',
        ...at(position, 1_023),
      }
    }
    expect(caught(mutate)).toBe(100)
  })

  test('catches every one whose acknowledgement is not in the journal, or twice', () => {
    expect(caught(({ end }) => end.journal.splice(7, 1))).toBe(100)
    expect(caught(({ end }) => end.journal.push(end.journal[7]!))).toBe(100)
  })

  test('catches every one with two positions swapped', () => {
    const mutate = ({ history }: Storm) => {
      const oks = history.filter((one) => one.kind !== 'read' && one.outcome === 'ok') as (WriteRecord & {
        position: number
      })[]
      const first = oks[20]!
      const second = oks.find((one) => (one.invokedAt ?? 0) > (first.returnedAt ?? 0))!
      const swapped = (one: HistoryRecord) =>
        one === first
          ? { ...first, position: second.position }
          : one === second
            ? { ...second, position: first.position }
            : one
      history.splice(0, history.length, ...history.map(swapped as (one: HistoryRecord) => HistoryRecord))
    }
    expect(caught(mutate)).toBe(100)
  })

  test('catches every one with an effect done twice', () => {
    const mutate = ({ history }: Storm) => {
      const one = history.find((record) => record.kind === 'release' && record.outcome === 'ok') as WriteRecord & {
        position: number
      }
      history.push({ ...one, key: 'another', index: 1_022, outcome: 'ok' } as HistoryRecord)
    }
    expect(caught(mutate)).toBe(100)
  })

  test('catches every one with an answer lost on the way into the history', () => {
    const mutate = ({ history }: Storm) =>
      history.splice(
        history.findIndex((one) => one.kind === 'receive'),
        1,
      )
    expect(caught(mutate)).toBe(100)
  })
})

test('two hundred thousand operations are judged in about a second', () => {
  const { history, start, end } = storm(1, 200_000)
  const beganMs = performance.now()
  expect(checkWitness(history, start, end).ok).toBe(true)
  // Ten seconds on a busy machine are not slow but quadratic.
  expect(performance.now() - beganMs).toBeLessThan(10_000)
})
