import { expect, test } from 'vitest'
import { chunkFraming, clientFrame, opcodes, webSocketFraming, type Found, type Framing } from './framing.ts'

/** A frame of a server: opcode and length, and no mask. */
function serverFrame(payload: string, opcode: number = opcodes.text): Buffer {
  const body = Buffer.from(payload)
  const head = Buffer.alloc(body.length < 126 ? 2 : body.length < 65_536 ? 4 : 10)
  head[0] = 0x80 | opcode
  if (head.length === 2) head[1] = body.length
  else if (head.length === 4) head.writeUInt16BE(body.length, ((head[1] = 126), 2))
  else head.writeBigUInt64BE(BigInt(body.length), ((head[1] = 127), 2))
  return Buffer.concat([head, body])
}

const chunk = (payload: string) => Buffer.from(`${payload.length.toString(16)}\r\n${payload}\r\n`)

/** All messages that are whole, and how many bytes they took. */
function read(framing: Framing, bytes: Buffer): { texts: string[]; opcodes: number[]; took: number } {
  const found: Found = { from: 0, to: 0, next: 0, opcode: 0 }
  const texts: string[] = []
  const kinds: number[] = []
  let at = 0
  while (at < bytes.length && framing(bytes, at, bytes.length, found)) {
    texts.push(bytes.toString('utf8', found.from, found.to))
    kinds.push(found.opcode)
    at = found.next
  }
  return { texts, opcodes: kinds, took: at }
}

test.each([
  ['WebSocket', webSocketFraming, serverFrame],
  ['chunks', chunkFraming, chunk],
])('%s: messages of any length are found one behind another, and none that is not whole', (_name, framing, write) => {
  const texts = ['a', 'b'.repeat(125), 'c'.repeat(126), 'd'.repeat(70_000), 'e']
  const whole = Buffer.concat(texts.map((text) => write(text)))
  expect(read(framing, whole)).toMatchObject({ texts, took: whole.length })
  const small = Buffer.concat([write('hello'), write('f'.repeat(200))])
  for (let length = 1; length < small.length; length++) {
    const cut = read(framing, small.subarray(0, length))
    expect(cut.texts, `of ${length} bytes`).toEqual(length < write('hello').length ? [] : ['hello'])
  }
})

test('a frame of another kind than text is told apart', () => {
  const frames = Buffer.concat([serverFrame('', opcodes.ping), serverFrame('x'), serverFrame('', opcodes.close)])
  expect(read(webSocketFraming, frames).opcodes).toEqual([opcodes.ping, opcodes.text, opcodes.close])
})

test('a client masks what it says, with zeros', () => {
  const frame = clientFrame('hi')
  expect([...frame]).toEqual([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])
  expect(clientFrame('x'.repeat(300)).subarray(0, 4)).toEqual(Buffer.from([0x81, 0xfe, 0x01, 0x2c]))
  expect(() => clientFrame('x'.repeat(70_000))).toThrow('at most 64 KB')
})
