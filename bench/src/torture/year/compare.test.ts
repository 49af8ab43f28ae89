import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { differences } from './compare.ts'
import { createCourse } from './course.ts'
import { exportDifferences } from './exports.ts'
import type { Picture } from './picture.ts'

const names = ['one', 'other'] as const
const picture = (levels: Record<string, string>): Picture => new Map([['levels', new Map(Object.entries(levels))]])

test('pictures that tell the same differ in nothing, in whatever order they tell it', () => {
  expect(differences(picture({ a: '1', b: '2' }), picture({ b: '2', a: '1' }), names)).toEqual([])
})

test('what is told otherwise, or by one of them only, is a sentence', () => {
  expect(differences(picture({ a: '1', b: '2' }), picture({ a: '3', c: '4' }), names)).toEqual([
    'levels: a: one has 1, other has 3.',
    'levels: b: one has 2, other has nothing.',
    'levels: c: one has nothing, other has 4.',
  ])
  expect(differences(picture({}), new Map(), names)).toEqual(['levels: told by one and not by other.'])
})

test('of many differences the first are told, and how many more there are', () => {
  const told = differences(picture({ a: '1', b: '1', c: '1', d: '1', e: '1' }), picture({}), names)
  expect(told).toHaveLength(4)
  expect(told.at(-1)).toBe('levels: 2 more differ.')
})

test('a comparison of nothing has failed: it would have found nothing wrong whatever happened', () => {
  const course = createCourse(() => {})
  course.check('something', 3, [])
  course.check('nothing', 0, [])
  expect(course.close()).toMatchObject({ passed: 1, failed: 1 })
})

function exported(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'cellarhand-exports-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

const manifest = (more: object) => JSON.stringify({ product: 'cellarhand', files: [], ...more })

test('exports may differ in their epoch and time, and in nothing else', async () => {
  const one = exported({ 'manifest.json': manifest({ epoch: 'a', at: '1' }), 'x.jsonl': '{"a":1}\n' })
  const other = exported({ 'manifest.json': manifest({ epoch: 'b', at: '2' }), 'x.jsonl': '{"a":1}\n' })
  expect(await exportDifferences(one, other)).toEqual([])
  const further = exported({ 'manifest.json': manifest({ epoch: 'b', position: 9 }), 'x.jsonl': '{"a":1}\n{"a":2}\n' })
  expect(await exportDifferences(one, further)).toEqual([
    'manifest.json differs in more than its epoch and at.',
    'x.jsonl: line 2 is nothing in one, and {"a":2} in the other.',
  ])
  const more = exported({ 'manifest.json': manifest({ epoch: 'b' }), 'x.jsonl': '{"a":1}\n', 'y.jsonl': '' })
  expect(await exportDifferences(one, more)).toEqual(['y.jsonl is in one export only.'])
})
