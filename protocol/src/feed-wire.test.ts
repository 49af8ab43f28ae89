import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { clientFrames, closeCodes, FEED_VERSION, ResetReason, serverFrames } from './feed.ts'
import { breaksIn, wireLines, wireText } from './feed-wire.ts'

const file = fileURLToPath(new URL('feed-wire.txt', import.meta.url))
const [head = '', ...kept] = readFileSync(file, 'utf8').trimEnd().split('\n')
const keptVersion = Number(head.replace('version ', ''))

const write = 'npx vitest run protocol/src/feed-wire -u'

const renew = `A client of version ${keptVersion} could misread this. Take it back, add beside it what you need, or raise FEED_VERSION in protocol/src/feed.ts, say in PROTOCOL.md what is different, and write the wire down: ${write}. Only where a line is merely wider than it was, change that line in feed-wire.txt by hand.`
const add = `Clients go on as before, but the wire is not what feed-wire.txt says. If that is meant, say it in PROTOCOL.md and write it down: ${write}`

test('the wire is as it was written down: what a client could trip over needs a new version', async () => {
  const breaks = keptVersion === FEED_VERSION ? breaksIn(kept, wireLines()) : []
  if (breaks.length > 0) throw new Error(`${renew}\n${breaks.join('\n')}`)
  expect(FEED_VERSION).toBeGreaterThanOrEqual(keptVersion)
  await expect(wireText(wireLines())).toMatchFileSnapshot(file, add)
})

const offer = ['server offers.offers[]: type="array"', 'server offers.offers[].held: type="integer"']
const hello = ['client hello: type="object"', 'client hello.version: type="integer"']

test.each([
  ['a field of the server that is gone', offer, offer.slice(0, 1)],
  ['another type', offer, [offer[0], 'server offers.offers[].held: type="string"']],
  ['a field that need not be there any more', offer, [offer[0], 'server offers.offers[].held?: type="integer"']],
  ['a close code that is gone', ['close slow: 4001'], []],
  ['a field that a client has to send from now on', hello, [...hello, 'client hello.language: type="string"']],
])('%s needs a new version', (_, before, now) => {
  expect(breaksIn(before, now as string[])).not.toEqual([])
})

test.each([
  ['a field more from the server', offer, [...offer, 'server offers.offers[].lot: type="string"']],
  ['a frame more from the server', offer, [...offer, 'server news: type="object"', 'server news.text: type="string"']],
  ['a field that a client may send', hello, [...hello, 'client hello.language?: type="string"']],
  ['a frame that a client may send', hello, [...hello, 'client bye: type="object"', 'client bye.why: type="string"']],
  ['a close code more', [], ['close bored: 4007']],
])('%s needs none', (_, before, now) => {
  expect(breaksIn(before, now)).toEqual([])
})

test('every word of a schema is in the wire, and nothing for people', () => {
  const lines = wireLines()
  expect(lines).toContain('server ready.resumed: type="boolean"')
  expect(lines).toContain('server reset.reason may be "too_old"')
  expect(lines).toContain('server offers.offers[]|1.gone: type="boolean" const=true')
  expect(lines).toContain('client hello.topics: type="array" maxItems=128')
  expect(lines.join('\n')).not.toContain('description')
  expect(new Set(lines).size).toBe(lines.length)
})

const page = readFileSync(new URL('../PROTOCOL.md', import.meta.url), 'utf8')

/** The rows of a table of the page, each as its cells; `from` is the heading it stands under. */
function rowsUnder(from: string): string[][] {
  const [, behind = ''] = page.split(`\n${from}\n`)
  const [section = ''] = behind.split(/\n##+ /)
  const rows = section.split('\n').filter((line) => line.startsWith('|'))
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

/** What stands in backticks in a cell, a list's elements left out: `topics: [{topic, cursor?}]` is `topics`. */
const namesIn = (cell = '') => [...cell.matchAll(/`(\w+\??)[^`]*`/g)].map(([, name]) => name)

const fieldsOf = (frame: { readonly properties: object; readonly required?: readonly string[] }) =>
  Object.keys(frame.properties)
    .filter((name) => name !== 'type')
    .map((name) => (frame.required?.includes(name) ? name : `${name}?`))
    .toSorted()

test.each([
  ['## Frames of the server', serverFrames],
  ['## Frames of the client', clientFrames],
] as const)('the page has the frames and fields under "%s", and no others', (heading, frames) => {
  const written = rowsUnder(heading).map(([name, fields]) => [namesIn(name)[0], namesIn(fields).toSorted()])
  expect(Object.fromEntries(written)).toEqual(
    Object.fromEntries(Object.entries(frames).map(([name, frame]) => [name, fieldsOf(frame)])),
  )
})

test('the page has every close code and every reason of a reset', () => {
  const codes = rowsUnder('### WebSocket').map(([code]) => Number(code))
  expect(codes).toEqual(Object.values(closeCodes).map(({ code }) => code))
  const reset = rowsUnder('## Frames of the server').find(([name]) => name === '`reset`')
  expect(namesIn(reset?.[2])).toEqual(expect.arrayContaining((ResetReason as unknown as { enum: string[] }).enum))
  expect(page).toContain(`\nVersion ${FEED_VERSION}. `)
})
