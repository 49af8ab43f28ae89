import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fits, type Operation, type Schema } from './operations.ts'
import { isMade, filled, openSweeper, sampleOf, type Asked, type Sweeper } from './sweeper.ts'

let sweeper: Sweeper
let before: unknown

beforeAll(async () => {
  sweeper = await openSweeper()
})
afterAll(() => sweeper?.close())
beforeEach(async () => {
  before = await sweeper.everything()
})

describe('a bad key or address is a problem with the right status, and changes nothing', () => {
  test('keys that are missing, empty, too long or not printable', async () => {
    const writes = sweeper.operations.filter(({ parameters }) =>
      parameters.some(({ name }) => name.toLowerCase() === 'idempotency-key'),
    )
    const asked = (headers: Asked['headers'] & {}) => writes.map((one): Asked => ({ ...sampleOf(one), headers }))
    expect(writes.length).toBeGreaterThan(10)
    expect(await sweeper.sweep(asked({ 'idempotency-key': '' }), 'idempotency-key-required')).toEqual([])
    for (const key of ['x'.repeat(129), 'a b', 'é']) {
      expect(await sweeper.sweep(asked({ 'idempotency-key': key }), 'invalid-request')).toEqual([])
    }
    expect(await sweeper.sweep(asked({ 'cellarhand-actor': 'é' }), 'invalid-request')).toEqual([])
    expect(await sweeper.everything()).toEqual(before)
  })

  const isSlug = /^[a-z0-9][a-z0-9_-]{0,31}$/

  test('parameters of queries and paths that are none', async () => {
    const garbage = [
      '',
      '%00',
      'a%00b',
      '..%2F..%2Fetc',
      "'%3Bdrop",
      '%F0%9F',
      '-1',
      '0',
      '1e309',
      '9007199254740993.99999',
      'x'.repeat(5_000),
    ]
    const queries = sweeper.operations.flatMap((operation) =>
      operation.parameters
        .filter((parameter) => parameter.in === 'query')
        .flatMap(({ name, schema }) =>
          garbage
            .filter((value) => !fitsQuery(schema, value))
            .map((value) => ({ method: operation.method, path: `${filled(operation.path)}?${name}=${value}` })),
        ),
    )
    expect(queries.length).toBeGreaterThan(100)
    expect(await sweeper.sweep(queries)).toEqual([])
    const unknown = sweeper.operations.map((one) => ({ ...sampleOf(one), path: `${filled(one.path)}?surprise=1` }))
    expect(await sweeper.sweep(unknown, 'invalid-request')).toEqual([])
    const paths = sweeper.operations
      .filter(({ path }) => path.includes('{'))
      .flatMap((operation) =>
        garbage
          // What is made under the name it is given may be called 0.
          .filter((value) => !isMade(operation) || !isSlug.test(value))
          .map((value) => ({ ...sampleOf(operation), path: operation.path.replace(/\{\w+\}/, value) })),
      )
    expect(await sweeper.sweep(paths)).toEqual([])
    expect(await sweeper.everything()).toEqual(before)
  })

  test('cursors that are none of ours', async () => {
    const lists = sweeper.operations.filter(({ parameters }) => parameters.some(({ name }) => name === 'cursor'))
    const cursors = [
      '%27',
      '9999999999999999.99999',
      '99999999999999999999.1',
      '1.99999@x@y',
      '1.WINE@shop@',
      '%F0%9F%8D%B7',
    ]
    const asked = (paths: readonly Operation[], texts: readonly string[]) =>
      paths.flatMap(({ path }) => texts.map((text) => ({ method: 'GET', path: `${filled(path)}?cursor=${text}` })))
    // A list of offers goes on after any SKU code, there or not.
    const others = lists.filter(({ path }) => path !== '/v1/offers' && path !== '/v1/feed')
    expect(others.length).toBeGreaterThan(10)
    expect(await sweeper.sweep(asked(others, cursors), 'unprocessable')).toEqual([])
    expect(await sweeper.sweep(asked(lists, ['x%00', 'x'.repeat(601)]), 'invalid-request')).toEqual([])
  })

  test('methods that a resource does not know, and paths that lead nowhere', async () => {
    expect(
      await sweeper.sweep(
        [
          { method: 'PUT', path: '/v1/holds', text: '{}' },
          { method: 'DELETE', path: '/v1/stock' },
        ],
        'method-not-allowed',
      ),
    ).toEqual([])
    expect(
      await sweeper.sweep(
        [
          { path: '/v1/nothing', text: '{}' },
          { method: 'GET', path: '/v1/holds/a/b/c' },
        ],
        'not-found',
      ),
    ).toEqual([])
  })
})

/** Query strings are text; lists of them may be given once. */
function fitsQuery(schema: Schema, value: string): boolean {
  // What is no UTF-8 is read with replacement characters.
  const text = value.startsWith('%F0%9F') ? '\uFFFD' : decodeURIComponent(value)
  return !text.includes('\0') && fits(schema, text)
}
