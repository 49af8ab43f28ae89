import { expect, test } from 'vitest'
import { createReader, request } from './resp.ts'

test('what a subscriber is told is read whole, in whatever pieces it comes, and other answers are passed over', () => {
  const said = Buffer.from(
    `+OK\r\n*3\r\n$10\r\npsubscribe\r\n$1\r\n*\r\n:1\r\n${request(['pmessage', '*', 'log:x', 'Grüner\r\nVeltliner'])}`,
  )
  for (const size of [1, 2, 7, 1_000]) {
    const heard: (readonly string[])[] = []
    const read = createReader((parts) => heard.push(parts))
    for (let at = 0; at < said.length; at += size) read(said.subarray(at, at + size))
    expect(heard).toEqual([
      ['psubscribe', '*', ''],
      ['pmessage', '*', 'log:x', 'Grüner\r\nVeltliner'],
    ])
  }
})
