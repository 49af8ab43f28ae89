import { expect, test } from 'vitest'
import { createMemory, readKept, writeKept, type Kept } from './kept.ts'

const kept = (text: string): Kept => ({ position: 7, madeAtMs: 1, untilMs: 2, topics: ['wine a\nb'], text })

test('what is kept is written and read as it was, and garbage is not', () => {
  const one = kept('{"name":"Château\\n"}')
  expect(readKept(writeKept(one))).toEqual(one)
  expect(['', 'x', 'x\n{}', '{"a":1}\n{}', '7\n{}'].map(readKept)).toEqual(Array.from({ length: 5 }))
})

test('memory stays within its bytes, and what was not asked for longest goes first', () => {
  const memory = createMemory(1_000)
  const text = 'x'.repeat(100)
  memory.put('a', kept(text))
  memory.put('b', kept(text))
  expect(memory.get('a')?.text).toBe(text)
  memory.put('c', kept(text))
  expect([memory.get('a'), memory.get('b'), memory.get('c')].map((one) => one?.text.length)).toEqual([
    100,
    undefined,
    100,
  ])
  expect(memory.bytes()).toBeLessThanOrEqual(1_000)
})

test('what is larger than the memory is not kept, and what is replaced or dropped takes no bytes', () => {
  const memory = createMemory(1_000)
  memory.put('large', kept('x'.repeat(600)))
  expect([memory.get('large'), memory.bytes()]).toEqual([undefined, 0])
  memory.put('a', kept('x'))
  const bytes = memory.bytes()
  memory.put('a', kept('y'))
  expect([memory.bytes(), memory.get('a')?.text]).toEqual([bytes, 'y'])
  memory.drop('a')
  expect(memory.bytes()).toBe(0)
  memory.put('b', kept('x'))
  memory.clear()
  expect([memory.get('b'), memory.bytes()]).toEqual([undefined, 0])
})
