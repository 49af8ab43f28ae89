import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { createLogger } from './logger.ts'

function logged(write: (log: ReturnType<typeof createLogger>) => void) {
  const lines: string[] = []
  const sink = new Writable({ write: (chunk, _encoding, done) => (lines.push(String(chunk)), done()) })
  write(createLogger({ logLevel: 'info' }, sink))
  return lines
}

test('a password in an address is in no message, error, cause or stack', () => {
  const lines = logged((log) => {
    const cause = new Error('connect postgresql://me:s3cret@db/x failed')
    log.error({ err: new Error('lost postgresql://me:s3cret@db/x', { cause }) }, 'was on postgresql://me:s3cret@db/x')
    log.info({ databaseUrl: 'postgresql://me:s3cret@db/x', headers: { authorization: 'Bearer s3cret' } }, 'starting')
  })
  expect(lines).toHaveLength(2)
  expect(lines.join()).not.toContain('s3cret')
  expect(lines.join()).toContain('me:***@db/x')
})

test('every entry is one line of JSON, whatever is in its text, and what is below the level is not written', () => {
  const lines = logged((log) => {
    log.info({ agent: 'a\r\nb\u001b[31m' }, 'first\nsecond')
    log.debug('unseen')
  })
  expect(lines).toHaveLength(1)
  expect(lines[0]?.trimEnd()).toSatisfy(
    (line: string) => !['\n', '\r', '\u001b'].some((control) => line.includes(control)),
  )
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'first\nsecond', agent: 'a\r\nb\u001b[31m', level: 30 })
})
