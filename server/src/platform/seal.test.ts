import { expect, test } from 'vitest'
import { createSeal } from './seal.ts'

const seal = createSeal('a secret')
const sealed = seal.close('log abcdefgh', '7 {"levels":[["Château",12]]}')

test('a sealed text opens for what it was sealed for', () => {
  expect(seal.open('log abcdefgh', sealed)).toBe('7 {"levels":[["Château",12]]}')
  expect(seal.open('log abcdefgh', seal.close('log abcdefgh', ''))).toBe('')
})

test('it does not open for another purpose, under another secret, or where a letter was changed', () => {
  expect(seal.open('log abcdefgi', sealed)).toBeUndefined()
  expect(createSeal('another secret').open('log abcdefgh', sealed)).toBeUndefined()
  for (const at of [0, 42, 43, sealed.length - 1]) {
    const other = sealed[at] === 'x' ? 'y' : 'x'
    expect(seal.open('log abcdefgh', `${sealed.slice(0, at)}${other}${sealed.slice(at + 1)}`)).toBeUndefined()
  }
})

test.each(['', 'x', 'é'.repeat(43), '\0'.repeat(50)])('garbage (%j) does not open', (text) => {
  expect(seal.open('log abcdefgh', text)).toBeUndefined()
})
