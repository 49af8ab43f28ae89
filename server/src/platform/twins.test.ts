import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasTwins, hasTwinsWithin } from './twins.ts'

test.each([
  '{"a":1,"a":2}',
  '{"a":1,"b":{"c":1,"c":1}}',
  '[{"a":1},{"b":[{"a":1,"a":1}]}]',
  '{"a":1,"\\u0061":2}',
  '{"a\\"":1 , "a\\"" :2}',
  '{"":1,"":1}',
  '{"\\\\":1,"\\\\"\n:1}',
  '{"__proto__":1,"__proto__":2}',
])('a member comes twice in %s', (text) => {
  expect(hasTwinsWithin(text)).toBe(true)
})

test.each([
  '{"a":{"a":1},"b":[{"a":1},{"a":1}]}',
  '{"a":"b\\":1,\\"a\\":"}',
  '{"a":"\\\\","b":":"}',
  '{"__proto__":1}',
  '["a",":","{\\"a\\":1,\\"a\\":1}"]',
  '"a:"',
  '7',
  'null',
  '{',
  '',
])('no member comes twice in %s', (text) => {
  expect(hasTwinsWithin(text)).toBe(false)
})

test('in what a program writes none comes twice, and one that is put in front is found', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.option(fc.nat(3), { nil: 0 }), fc.string(), (value, blanks, name) => {
      const text = JSON.stringify(value, undefined, blanks)
      expect(hasTwins(text, JSON.parse(text))).toBe(false)
      const twice = `{${JSON.stringify(name)}:1,"x":${text},${JSON.stringify(name)}:2}`
      expect(hasTwins(twice, JSON.parse(twice))).toBe(true)
    }),
  )
})
