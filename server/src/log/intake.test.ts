import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createIntake, type Heard } from './intake.ts'
import { HeardWrong, LogBroken, type RowText } from './rows.ts'

/** The row that was really committed at a position; `other` makes another of it. */
const rowAt = (position: number, other = ''): RowText => ({
  position,
  atUs: position * 1_000_000,
  changes: JSON.stringify({ levels: [[`S${position}${other}`]] }),
})
const rowsFrom = (first: number, last: number) =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => rowAt(first + index))

function follower(from = 0) {
  const seen: string[] = []
  const intake = createIntake(from, (rows) => {
    for (const { position, changes } of rows) seen.push(`${position} ${JSON.stringify(changes)}`)
  })
  const look = (head: number, asked = intake.position()) =>
    intake.prove(rowsFrom(intake.proven() + 1, head), { asked, caughtUp: true })
  return { intake, seen, look }
}
const truth = (head: number) => rowsFrom(1, head).map(({ position, changes }) => `${position} ${changes}`)

test('a row is taken from what is heard if it comes next, and read from PostgreSQL once more before it counts as proven', () => {
  const { intake, seen, look } = follower()
  look(1)
  expect(intake.hear(rowAt(2))).toBe('taken')
  expect(intake.hear(rowAt(3))).toBe('taken')
  expect(seen).toEqual(truth(3))
  expect([intake.proven(), intake.position(), intake.unproven()]).toEqual([1, 3, 2])
  look(3)
  expect(seen).toEqual(truth(3))
  expect([intake.proven(), intake.position(), intake.unproven()]).toEqual([3, 3, 0])
})

test.each<[string, number, Heard]>([
  ['the same again', 2, 'known'],
  ['an older one', 1, 'known'],
  ['one after a gap', 4, 'ahead'],
])('of %s nothing is applied', (_, position, heard) => {
  const { intake, seen, look } = follower()
  look(1)
  intake.hear(rowAt(2))
  expect(intake.hear(rowAt(position))).toBe(heard)
  expect(seen).toEqual(truth(2))
})

test('before the first look, and after one has failed, nothing that is heard is taken', () => {
  const { intake, look } = follower()
  expect(intake.hear(rowAt(1))).toBe('ahead')
  look(0)
  expect(intake.hear(rowAt(1))).toBe('taken')
  intake.doubt()
  expect(intake.hear(rowAt(2))).toBe('ahead')
  look(1)
  expect(intake.hear(rowAt(2))).toBe('taken')
})

test('what is no JSON is left alone', () => {
  const { intake, seen, look } = follower()
  look(0)
  expect(intake.hear({ position: 1, atUs: 1, changes: '{"levels":' })).toBe('garbage')
  expect(intake.position()).toBe(0)
  look(1)
  expect(seen).toEqual(truth(1))
})

test('another row than PostgreSQL has is found at the next look', () => {
  const { intake, look } = follower()
  look(0)
  intake.hear(rowAt(1, ' forged'))
  expect(() => look(1)).toThrow(HeardWrong)
})

test('another time than PostgreSQL has is found at the next look', () => {
  const { intake, look } = follower()
  look(0)
  intake.hear({ ...rowAt(1), atUs: 1 })
  expect(() => look(1)).toThrow(HeardWrong)
})

test('a row that PostgreSQL does not have is found by a look that was sent after it was heard, and not by one before', () => {
  const { intake, look } = follower()
  look(0)
  const asked = intake.position()
  intake.hear(rowAt(1))
  look(0, asked)
  expect(intake.unproven()).toBe(1)
  expect(() => look(0)).toThrow(HeardWrong)
})

test('a look that has more to bring says nothing yet of what lies behind it', () => {
  const { intake, seen, look } = follower()
  look(0)
  for (const row of rowsFrom(1, 3)) intake.hear(row)
  intake.prove(rowsFrom(1, 1), { asked: 3, caughtUp: false })
  expect([intake.proven(), intake.unproven()]).toEqual([1, 2])
  look(3)
  expect(seen).toEqual(truth(3))
})

test('while nothing is proven, only so many rows are taken', () => {
  const { intake, look } = follower()
  look(0)
  const heard = rowsFrom(1, 600).map((row) => intake.hear(row))
  expect(heard.filter((what) => what === 'taken')).toHaveLength(512)
  expect(heard.at(-1)).toBe('ahead')
  look(600)
  expect([intake.unproven(), intake.position()]).toEqual([0, 600])
})

test('a row that could not be applied breaks the log, once, whether it was heard or looked for', () => {
  let calls = 0
  const intake = createIntake(0, (rows) => {
    if (rows.length === 0) return
    calls += 1
    throw new Error('no')
  })
  intake.prove([], { asked: 0, caughtUp: true })
  expect(intake.hear(rowAt(1))).toBe('taken')
  expect(intake.hear(rowAt(2))).toBe('ahead')
  expect(() => intake.prove([rowAt(1)], { asked: 1, caughtUp: true })).toThrow(LogBroken)
  expect(calls).toBe(1)
})

/** What happens to a follower: rows are committed, some heard, in any order and as often as one likes, looks come back late, connections are lost. */
const happening = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('commit' as const), rows: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('hear' as const), back: fc.nat({ max: 6 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('send' as const), most: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('arrive' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('doubt' as const) }) },
)

test('whatever is lost, repeated, late or out of order, each transaction is applied once, in order, as it was committed', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 80 }), (story) => {
      const { intake, seen, look } = follower()
      let head = 0
      let sent: { rows: RowText[]; asked: number; caughtUp: boolean } | undefined
      const arrive = () => {
        if (sent) intake.prove(sent.rows, sent)
        sent = undefined
      }
      for (const step of story) {
        if (step.kind === 'commit') head += step.rows
        if (step.kind === 'hear' && head - step.back > 0) intake.hear(rowAt(head - step.back))
        if (step.kind === 'send' && !sent) {
          const rows = rowsFrom(intake.proven() + 1, head).slice(0, step.most)
          sent = { rows, asked: intake.position(), caughtUp: rows.length < step.most }
        }
        if (step.kind === 'arrive') arrive()
        if (step.kind === 'doubt') {
          sent = undefined
          intake.doubt()
        }
        expect(seen).toEqual(truth(intake.position()))
      }
      arrive()
      look(head)
      expect(seen).toEqual(truth(head))
      expect([intake.proven(), intake.unproven()]).toEqual([head, 0])
    }),
    { numRuns: 2_000 },
  )
})
