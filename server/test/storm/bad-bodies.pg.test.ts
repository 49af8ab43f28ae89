import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fits, places, withTextAt, type Operation } from './operations.ts'
import { bodies, bodyOf, filled, isMade, openSweeper, sampleOf, type Asked, type Sweeper } from './sweeper.ts'

/** JSON texts that stand in for a value; those that a place allows are left out there. */
const wrong = [
  'true',
  '["3"]',
  '"1"',
  '-1',
  '0',
  '1.5',
  '1e309',
  '9007199254740992',
  'null',
  '{}',
  '[]',
  '""',
  '"a\\u0000b"',
  '"\\ud800"',
]

let sweeper: Sweeper
let before: unknown

beforeAll(async () => {
  sweeper = await openSweeper()
})
afterAll(() => sweeper?.close())
beforeEach(async () => {
  before = await sweeper.everything()
})

const withBody = () => sweeper.operations.filter(({ body }) => body !== undefined)

/** Every operation that takes a body, with bodies made for it. */
const each = (texts: (operation: Operation) => string[], headers?: Asked['headers']): Asked[] =>
  withBody().flatMap((operation) =>
    texts(operation).map((text) => ({ ...sampleOf(operation), text, ...(headers ? { headers } : {}) })),
  )

describe('a bad body is a problem with the right status, and changes nothing', () => {
  test('values of the wrong type or size, at every place of every body', async () => {
    const asked = each((operation) =>
      places(operation.body!, bodyOf(operation)).flatMap(({ way, schema }) =>
        wrong
          .filter((text) => !fits(schema, JSON.parse(text)) || text.includes('u0000'))
          .map((text) => withTextAt(bodyOf(operation), way, text)),
      ),
    )
    expect(asked.length).toBeGreaterThan(600)
    expect(await sweeper.sweep(asked, 'invalid-request')).toEqual([])
    expect(await sweeper.everything()).toEqual(before)
  })

  test('members that nobody knows, in every object of every body', async () => {
    const asked = each((operation) =>
      places(operation.body!, bodyOf(operation)).flatMap(({ way, schema }) => {
        const isObject = schema.type === 'object' || schema.anyOf?.some((one) => one.type === 'object')
        if (!isObject) return []
        return [
          '"surprise":1',
          '"__proto__":{"quantity":1}',
          '"constructor":{"prototype":{}}',
          '"status":"committed"',
        ].map((member) => withTextAt(bodyOf(operation), [...way, 'extra'], '1').replace('"extra":1', member))
      }),
    )
    expect(await sweeper.sweep(asked, 'invalid-request')).toEqual([])
    expect(await sweeper.everything()).toEqual(before)
  })

  test('SKUs, locations, channels, holds and commitments that are not there', async () => {
    const of = (path: string, way: (string | number)[]) => [
      { path, text: withTextAt(bodies[`POST ${path}`], way, '"nowhere"') },
    ]
    const facts = ['/v1/receipts', '/v1/sales', '/v1/counts', '/v1/write-offs']
    expect(
      await sweeper.sweep(
        ['/v1/holds', '/v1/prices', ...facts].flatMap((path) => of(path, ['lines', 0, 'sku'])),
        'unknown-sku',
      ),
    ).toEqual([])
    expect(await sweeper.sweep(of('/v1/adjustments', ['sku']), 'unknown-sku')).toEqual([])
    expect(
      await sweeper.sweep(
        [...facts, '/v1/adjustments'].flatMap((path) => of(path, ['location'])),
        'unknown-location',
      ),
    ).toEqual([])
    expect(await sweeper.sweep(of('/v1/holds', ['lines', 0, 'location']), 'unknown-location')).toEqual([])
    const channels = ['/v1/holds', '/v1/prices'].flatMap((path) => of(path, ['lines', 0, 'channel']))
    expect(await sweeper.sweep(channels, 'unknown-channel')).toEqual([])
    const ids = sweeper.operations.filter(
      (one) => /\{id\}/.test(one.path) && !one.path.includes('wines') && !isMade(one),
    )
    const asked = ids.map((one) => ({
      method: one.method,
      path: filled(one.path),
      ...(one.body ? { text: JSON.stringify(bodyOf(one)) } : {}),
    }))
    expect(await sweeper.sweep(asked, 'not-found')).toEqual([])
    expect(await sweeper.everything()).toEqual(before)
  })

  test('bodies that are no JSON, of another type, missing, or 100,000 deep', async () => {
    const broken = ['{', 'lines=1', '\u0000', '{"lines":[1,]}', 'NaN', '"\\x"', '<a/>']
    expect(
      await sweeper.sweep(
        each(() => broken),
        'invalid-request',
      ),
    ).toEqual([])
    const deep = [
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      `${'{"lines":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
    ]
    expect(
      await sweeper.sweep(
        each(() => deep),
        'invalid-request',
      ),
    ).toEqual([])
    const sample = (operation: Operation) => [JSON.stringify(bodyOf(operation))]
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense']) {
      expect(await sweeper.sweep(each(sample, { 'content-type': type }), 'unsupported-media-type')).toEqual([])
    }
    const missing = withBody().filter(({ isBodyOptional }) => !isBodyOptional)
    expect(
      await sweeper.sweep(
        missing.map(({ method, path }) => ({ method, path: filled(path) })),
        'invalid-request',
      ),
    ).toEqual([])
    expect(await sweeper.everything()).toEqual(before)
  })

  test('bodies of 10 MB', async () => {
    const large = JSON.stringify({ lines: [], customer: 'x'.repeat(10_000_000) })
    expect(
      await sweeper.sweep(
        each(() => [large]),
        'body-too-large',
      ),
    ).toEqual([])
    expect(await sweeper.everything()).toEqual(before)
  })
})
