import { expect, test } from 'vitest'
import { wantsCsv } from './accepts.ts'

test.each<[string | undefined, boolean]>([
  [undefined, false],
  ['*/*', false],
  ['text/*', false],
  ['application/json', false],
  ['text/csv', true],
  ['TEXT/CSV; header=present', true],
  ['text/csv, */*;q=0.1', true],
  ['application/json, text/csv', true],
  ['application/json, text/csv;q=0.9', false],
  ['text/csv;q=0', false],
  ['text/csv;q=lots', false],
  ['', false],
])('Accept: %s asks for CSV: %s', (accept, isAsked) => {
  expect(wantsCsv(accept)).toBe(isAsked)
})
