import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { code, projectFiles, root } from './files.ts'
import { lengthComplaints, limits, type Ratchet } from './limits.ts'

const recorded = JSON.parse(readFileSync(join(root, 'tidy', 'limits.json'), 'utf8')) as Ratchet
const none: Ratchet = { files: {}, functions: {} }
const lines = (count: number) => Array.from({ length: count }, (_, at) => `  step(${at})`).join('\n')
const complaints = (path: string, text: string, ratchet = none) => lengthComplaints([{ path, text }], ratchet)

describe('length', () => {
  test('stays within the limits in the whole project, and the longest never grow', () => {
    expect(lengthComplaints(projectFiles(code), recorded)).toEqual([])
  })

  test('of a file is limited', () => {
    expect(complaints('a.ts', lines(limits.fileLines))).toEqual([])
    expect(complaints('a.ts', lines(limits.fileLines + 1))).toHaveLength(1)
  })

  test.each([
    ['a declaration', (body: string) => `function long() {\n${body}\n}`],
    ['an arrow', (body: string) => `const long = async () => {\n${body}\n}`],
    ['a method', (body: string) => `const o = { long() {\n${body}\n} }`],
    ['a closure inside', (body: string) => `call(() => {\n${body}\n})`],
  ])('of %s is limited', (_, wrap) => {
    expect(complaints('a.ts', wrap(lines(limits.functionLines - 2)))).toEqual([])
    expect(complaints('a.ts', wrap(lines(limits.functionLines - 1)))).toHaveLength(1)
  })

  test('of a group of tests is not, of a single test it is', () => {
    expect(complaints('a.test.ts', `describe('a', () => {\n${lines(80)}\n})`)).toEqual([])
    expect(complaints('a.test.ts', `describe.each([1])('a', () => {\n${lines(80)}\n})`)).toEqual([])
    expect(complaints('a.test.ts', `test('a', () => {\n${lines(80)}\n})`)).toHaveLength(1)
    expect(complaints('a.ts', `describe('a', () => {\n${lines(80)}\n})`)).toHaveLength(1)
  })

  test('of a recorded offender may only shrink, and its record shrinks with it', () => {
    const text = lines(310)
    expect(complaints('a.ts', text, { ...none, files: { 'a.ts': 310 } })).toEqual([])
    expect(complaints('a.ts', text, { ...none, files: { 'a.ts': 309 } })[0]).toContain('may have 309')
    expect(complaints('a.ts', text, { ...none, files: { 'a.ts': 320 } })[0]).toContain('write 310 there')
    expect(complaints('a.ts', lines(3), { ...none, files: { 'a.ts': 320 } })[0]).toContain('remove it')
  })
})
