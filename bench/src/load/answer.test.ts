import { expect, test } from 'vitest'
import { answerLength, statusOf } from './answer.ts'

const answer = (head: string, body: string) => Buffer.from(`HTTP/1.1 201 Created\r\n${head}\r\n\r\n${body}`)

test('an answer is as long as its head and what its length says, in either spelling', () => {
  const lower = answer('content-type: text/plain\r\ncontent-length: 5', 'hello')
  const upper = answer('Content-Length: 5\r\nDate: today', 'hello')
  expect(answerLength(lower)).toBe(lower.length)
  expect(answerLength(upper)).toBe(upper.length)
})

test('an answer whose head is not whole has no length yet, and one whose body is not is longer than what is there', () => {
  const whole = answer('content-length: 12', 'hello, world')
  expect(answerLength(whole.subarray(0, 30))).toBeUndefined()
  expect(answerLength(whole.subarray(0, whole.length - 3))).toBe(whole.length)
})

test('a length inside the body is not taken for that of the answer', () => {
  expect(() => answerLength(answer('connection: close', '\r\ncontent-length: 9'))).toThrow('without a length')
})

test('the status stands in the first line', () => {
  expect(statusOf(answer('content-length: 0', ''))).toBe(201)
})
