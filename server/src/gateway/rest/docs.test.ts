import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import Fastify, { type FastifyInstance } from 'fastify'
import { Compile } from 'typebox/schema'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { problems } from '@cellarhand/protocol/problem'
import { curlText } from './docs-curl.ts'
import { examples } from './docs-examples.ts'
import { html, prose } from './docs-html.ts'
import { docsPage } from './docs-page.ts'
import { membersOf, typeText } from './docs-schema.ts'
import { registerDocs } from './docs.ts'
import type { ApiDocument, Operation, Schema } from './document.ts'
import { registerApi } from './api.ts'
import { registerOpenApi } from './openapi.ts'
import type { Services } from '../services.ts'

let app: FastifyInstance
let document: ApiDocument
let page: string

beforeAll(async () => {
  app = Fastify()
  // No request reaches a handler of theirs here: the routes are only read.
  const services = { config: {}, replica: {} } as Services
  await registerOpenApi(app)
  await app.register(async (routes) => registerApi(routes, services))
  registerDocs(app, services.config)
  await app.ready()
  document = (await app.inject('/v1/openapi.json')).json<ApiDocument>()
  page = (await app.inject('/docs')).body
})

afterAll(() => app.close())

interface Found {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

const operations = (): Found[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  )

/** Every schema in a value, with where it stands. */
function* schemasIn(value: unknown, path: string): Generator<[path: string, schema: Schema]> {
  if (typeof value !== 'object' || value === null) return
  yield [path, value as Schema]
  for (const [key, inner] of Object.entries(value)) yield* schemasIn(inner, `${path}/${key}`)
}

test('every operation has a name of its own, a summary, a description and a tag that is explained', () => {
  const ids = operations().map(({ operation }) => operation.operationId)
  expect(ids.length).toBeGreaterThan(25)
  expect(new Set(ids).size).toBe(ids.length)
  const tags = new Set(document.tags.map(({ name }) => name))
  for (const { operation } of operations()) {
    expect(operation.operationId).toMatch(/^[a-z][A-Za-z]+$/)
    expect(operation).toMatchObject({ summary: expect.stringMatching(/./), description: expect.stringMatching(/./) })
    expect(operation.tags.every((tag) => tags.has(tag))).toBe(true)
  }
})

test('every parameter and every member of every body and answer says what it means', () => {
  const silent: string[] = []
  for (const { operation } of operations()) {
    for (const { name, description } of operation.parameters ?? []) {
      if (!description) silent.push(`${operation.operationId} ${name}`)
    }
    for (const [path, { properties }] of schemasIn(operation, operation.operationId)) {
      if (path.endsWith('/properties')) continue
      for (const [name, member] of Object.entries(properties ?? {})) {
        if (!member.description || member.description === 'identifier') silent.push(`${path} ${name}`)
      }
    }
  }
  expect(silent).toEqual([])
})

test('the document refers to nothing that is not in it, and declares the parameters of every path', () => {
  const follow = (reference: string) =>
    reference
      .slice(2)
      .split('/')
      .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document)
  const references = [...schemasIn(document, '#')].flatMap(([, { $ref }]) => (typeof $ref === 'string' ? [$ref] : []))
  expect(references.filter((reference) => follow(reference) === undefined)).toEqual([])
  for (const { path, operation } of operations()) {
    const wanted = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
    const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
    expect(declared.map(({ name }) => name)).toEqual(wanted)
    expect(declared.every(({ required }) => required)).toBe(true)
  }
})

test('every write of stock requires a key, and says which body may be left out', () => {
  const keyed = ({ operation }: Found) =>
    operation.parameters?.find(({ name }) => name === 'Idempotency-Key')?.required ?? false
  // What is about people and places is not done twice by being asked twice, or shows a secret that no answer may repeat.
  const unkeyed = new Set(['access', 'places'])
  const writes = operations().filter(
    ({ method, operation }) => method !== 'get' && !operation.tags.some((tag) => unkeyed.has(tag)),
  )
  expect(writes.length).toBeGreaterThan(10)
  expect(operations().filter(keyed)).toEqual(writes)
  const optional = operations().filter(({ operation }) => operation.requestBody?.required === false)
  expect(optional.map(({ operation }) => operation.operationId)).toEqual([
    'commitHold',
    'shipCommitment',
    'cancelCommitment',
    'receiveTransfer',
    'cancelTransfer',
    'receivePurchaseOrder',
    'cancelPurchaseOrder',
    'payOrder',
    'pickOrder',
    'readyOrder',
    'shipOrder',
    'deliverOrder',
    'collectOrder',
    'cancelOrder',
    'returnOrder',
    'pour',
    'startSession',
  ])
})

test('the page has every operation with its path, and every problem with what to do', () => {
  for (const { method, path, operation } of operations()) {
    const start = page.indexOf(`id="${operation.operationId}"`)
    expect(start).toBeGreaterThan(0)
    const section = page.slice(start, page.indexOf('</section>', start)).replaceAll('<wbr>', '')
    expect(section).toContain(path)
    expect(section).toContain(`>${method.toUpperCase()}<`)
    expect(page).toContain(`href="#${operation.operationId}"`)
  }
  for (const slug of Object.keys(problems)) expect(page).toContain(`id="problem-${slug}"`)
})

test('every link within the page leads to something there', () => {
  const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]))
  const targets = [...page.matchAll(/href="#([^"]+)"/g)].map((match) => match[1])
  expect(targets.length).toBeGreaterThan(60)
  expect(targets.filter((target) => !ids.has(target))).toEqual([])
})

test('the page has nothing from elsewhere, no script, no style of its own, and a strict policy', async () => {
  expect(page).not.toMatch(/<script|\son\w+=|style=|<style|src=/)
  expect([...page.matchAll(/href="(?!#)([^"]+)"/g)].map((match) => match[1])).toEqual([
    '/docs/style.css',
    '/',
    '/v1/openapi.json',
    '/v1/asyncapi.json',
  ])
  const answered = await app.inject('/docs')
  expect(answered.headers['content-security-policy']).toContain("default-src 'none'")
  const styled = await app.inject('/docs/style.css')
  expect(styled.headers['content-type']).toBe('text/css; charset=utf-8')
  expect(styled.body).not.toMatch(/url\(|@import/)
})

test('every operation has an example and no example is of an operation that is gone', () => {
  expect(Object.keys(examples).toSorted()).toEqual(
    operations()
      .map(({ operation }) => operation.operationId)
      .toSorted(),
  )
})

/** A body with what a step before it would have found out. */
const found = (text: string) => text.replaceAll('$HOLD', '0190d9f0-0000-7000-8000-000000000000')

test('every example is of its operation, and its body fits the schema', () => {
  for (const { method, path, operation } of operations()) {
    const { [operation.operationId]: example } = examples
    const pattern = path.replaceAll(/\{\w+\}/g, '[^/?]+')
    const { schema } = operation.requestBody?.content?.['application/json'] ?? {}
    const isFit =
      example?.body === undefined
        ? !operation.requestBody?.required
        : Compile(schema as object).Check(JSON.parse(found(JSON.stringify(example.body))))
    expect({ ...example, isFit }).toMatchObject({
      method: method.toUpperCase(),
      path: expect.stringMatching(new RegExp(`^${pattern}([?].*)?$`)),
      isFit: true,
    })
  }
})

test.each(Object.entries(examples))('the example of %s is a command that a shell can read', (_name, example) => {
  const text = curlText(example, 'http://127.0.0.1:7000')
  expect(() => execFileSync('bash', ['-n', '-c', text], { stdio: 'pipe' })).not.toThrow()
  expect(text).toContain(example.method === 'GET' ? 'curl' : `-X ${example.method} `)
  expect(text).toContain(example.method === 'GET' ? '' : 'Idempotency-Key: $(date')
  const [, sent = 'null'] = /-d '((?:[^']|'"\$[A-Z]+"')+)'$/.exec(text) ?? []
  expect(JSON.parse(sent.replaceAll(`'"$HOLD"'`, '$HOLD'))).toEqual(example.body ?? null)
})

test('every SKU of an example is in the starter cellar', () => {
  const wines = readFileSync(new URL('../../../starter/wines.csv', import.meta.url), 'utf8')
  const known = new Set(wines.split('\n').map((line) => line.split(',')[0]))
  const named = [...JSON.stringify(examples).matchAll(/"sku":"([^"]+)"|[?&]sku=([^"&]+)|skus\/([^"/]+)/g)].flatMap(
    ([, ...found]) => found.flatMap((text) => text?.split(',') ?? []),
  )
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter((sku) => !known.has(sku))).toEqual([])
})

test('what comes from outside is escaped', () => {
  const evil = '<img src=x onerror="alert(\'1\')">&'
  expect(html`<p title="${evil}">${evil}</p>`.html).not.toContain('<img')
  expect(prose(`\`${evil}\``).html).toBe('<code>&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;</code>')
  const operation = {
    operationId: 'x',
    tags: ['t'],
    summary: evil,
    description: evil,
    parameters: [{ name: evil, in: 'query' as const, description: evil, schema: { type: 'string', pattern: evil } }],
    responses: {
      200: { description: evil, content: { [evil]: { schema: { properties: { [evil]: { enum: [evil] } } } } } },
    },
  }
  const made = docsPage(
    {
      info: { title: evil, version: evil, description: evil },
      tags: [{ name: 't', description: evil }],
      paths: { [evil]: { get: operation } },
    },
    evil,
  )
  expect(made).not.toContain('<img')
})

test.each<[Schema, string]>([
  [{ type: 'integer', minimum: 1, maximum: 1_000_000 }, 'integer, 1 to 1,000,000'],
  [{ type: 'integer', minimum: 0 }, 'integer, 0 or more'],
  [{ type: 'integer', maximum: 0 }, 'integer, at most 0'],
  [{ type: 'string', minLength: 1, maxLength: 120 }, 'string, 1 to 120 characters'],
  [{ type: 'string', pattern: '^[A-Z]{3}$' }, 'string like `^[A-Z]{3}$`'],
  [
    { type: 'string', format: 'date-time', maxLength: 40 },
    'date and time with an offset (RFC 3339), at most 40 characters',
  ],
  [{ enum: ['open', 'closed'] }, 'one of `open`, `closed`'],
  [{ anyOf: [{ type: 'integer' }, { const: 'NV' }] }, 'integer, or `NV`'],
  [{ type: 'array', items: { type: 'object' }, minItems: 1, maxItems: 100 }, 'list of objects, 1 to 100 of them'],
  [{ type: 'boolean' }, 'boolean'],
])('%j reads: %s', (schema, text) => {
  expect(typeText(schema)).toBe(text)
})

test('members of lists and objects stand beneath what holds them, required ones marked', () => {
  const line: Schema = {
    type: 'object',
    required: ['sku'],
    properties: { sku: { type: 'string' }, price: { type: 'object', properties: { amount: {} } } },
  }
  const members = membersOf({
    type: 'object',
    properties: { lines: { type: 'array', items: line }, note: { type: 'string' } },
  })
  expect(members.map(({ name, depth, required }) => [name, depth, required])).toEqual([
    ['lines', 0, false],
    ['sku', 1, true],
    ['price', 1, false],
    ['amount', 2, false],
    ['note', 0, false],
  ])
})
