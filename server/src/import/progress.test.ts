import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createProgressPrinter } from './progress.ts'

function printed(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  const stream = Object.assign(new PassThrough(), {
    isTTY,
    columns: 100,
    rows: 30,
    clearLine: () => {},
    cursorTo: () => {},
  })
  let text = ''
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text }
}

const at = (elapsedMs: number, done: number, rejected = 0) => ({
  done,
  rejected,
  elapsedMs,
  bytes: done,
  totalBytes: 10_000,
})

test('where there is no terminal a line tells every two seconds how far it is', () => {
  const { stream, text } = printed(false)
  const printer = createProgressPrinter(stream, 'SKUs in')
  printer.onProgress(at(500, 1_000))
  printer.onProgress(at(2_100, 4_200, 3))
  printer.onProgress(at(2_200, 4_300, 3))
  printer.onProgress(at(4_200, 9_996, 4))
  printer.stop()
  expect(text()).toBe(
    '4,200 SKUs in, 3 not, 2,001/s (42 % of the file)\n9,996 SKUs in, 4 not, 2,381/s (99 % of the file)\n',
  )
})

test('what is read from a pipe has no length, and so no share', () => {
  const { stream, text } = printed(false)
  createProgressPrinter(stream, 'counts would go in').onProgress({ done: 10, rejected: 0, elapsedMs: 5_000, bytes: 70 })
  expect(text()).toBe('10 counts would go in, 2/s\n')
})

test('on a terminal a bar is drawn, and taken away before the report', () => {
  const { stream, text } = printed(true)
  const printer = createProgressPrinter(stream, 'SKUs in')
  printer.onProgress(at(1_000, 5_000))
  printer.stop()
  expect(text()).toContain('█')
  expect(text()).toContain('SKUs in')
})
