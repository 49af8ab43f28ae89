import Fastify, { type FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { announceDeprecations, type Deprecation } from './deprecation.ts'
import { operationSection } from './docs-operation.ts'
import type { ApiDocument } from './document.ts'
import { described, registerOpenApi } from './openapi.ts'

const deprecated: Deprecation = {
  since: '2026-01-01',
  sunset: '2027-06-30',
  link: 'https://cellar.example/docs/api-versions#bottles',
}

let app: FastifyInstance

beforeEach(async () => {
  app = Fastify()
  await registerOpenApi(app)
  announceDeprecations(app)
})
afterEach(() => app.close())

const schema = (of: Partial<{ deprecated: Deprecation }> = {}) =>
  described('stock', 'Bottles', {
    id: of.deprecated ? 'countBottles' : 'listBottles',
    query: Type.Object({ of: Type.Optional(Type.String({ maxLength: 3 })) }, { additionalProperties: false }),
    answers: { 200: Type.Object({}) },
    ...of,
  })

test('each answer of an operation that will be gone says since when, until when, and what to do', async () => {
  app.get('/v1/old', { schema: schema({ deprecated }) }, async () => ({}))
  app.get('/v1/new', { schema: schema() }, async () => ({}))
  for (const [path, status] of [
    ['/v1/old', 200],
    ['/v1/old?of=everything', 400],
  ] as const) {
    const { headers, statusCode } = await app.inject(path)
    expect(statusCode).toBe(status)
    expect(headers['deprecation']).toBe('@1767225600')
    expect(headers['sunset']).toBe('Wed, 30 Jun 2027 00:00:00 GMT')
    expect(headers['link']).toContain('<https://cellar.example/docs/api-versions#bottles>; rel="deprecation"')
    expect(headers['link']).toContain('rel="sunset"')
  }
  const { headers } = await app.inject('/v1/new')
  expect([headers['deprecation'], headers['sunset'], headers['link']]).toEqual([undefined, undefined, undefined])
})

test('the document and its page mark it', async () => {
  app.get('/v1/old', { schema: schema({ deprecated }) }, async () => ({}))
  app.get('/v1/new', { schema: schema() }, async () => ({}))
  const { paths } = (await app.inject('/v1/openapi.json')).json<ApiDocument>()
  const old = paths['/v1/old']?.['get']
  expect(old).toMatchObject({ deprecated: true, 'x-deprecation': deprecated })
  expect(paths['/v1/new']?.['get']?.deprecated).toBeUndefined()
  const page = operationSection({ method: 'get', path: '/v1/old', operation: old! }, 'http://x').html
  expect(page).toContain('since 2026-01-01')
  expect(page).toContain('href="https://cellar.example/docs/api-versions#bottles"')
})

test.each([
  [{ ...deprecated, sunset: '2026-12-31' }, /365 days of notice before \/v1\/old is gone/],
  [{ ...deprecated, since: 'soon' }, /a day, which soon is not/],
])('notice that is shorter than promised stops the start', (of, message) => {
  expect(() => app.get('/v1/old', { schema: schema({ deprecated: of }) }, async () => ({}))).toThrow(message)
})
