import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ALIASES_MAX,
  BREADTH_MAX,
  COST_MAX,
  DEPTH_MAX,
  DIRECTIVES_MAX,
  SOURCE_CHARS_MAX,
  TOKENS_MAX,
} from './limits.ts'
import { readAnswer, slugOf, startGraphql, type Answered, type GraphqlServer } from '../../../test/graphql.ts'

let server: GraphqlServer
let production: GraphqlServer

beforeAll(async () => {
  server = await startGraphql()
  production = await startGraphql({ NODE_ENV: 'production' })
})
afterAll(async () => {
  await server?.stop()
  await production?.stop()
})

/** Refused before anything was read, as what. */
const refused = (answer: Answered) => [answer.status, answer.data, answer.errors?.[0]?.extensions.code, slugOf(answer)]
const tooComplex = [400, undefined, 'OPERATION_TOO_COMPLEX', 'operation-too-complex']
const invalid = [400, undefined, 'INVALID_REQUEST', 'invalid-request']

/** A query whose fields stand so many levels deep, by wines of SKUs of wines. */
const deep = (levels: number) => {
  const names = ['wines', 'nodes', ...Array.from({ length: levels }, (_, at) => (at % 2 === 0 ? 'skus' : 'wine'))]
  const path = names.slice(0, levels).toReversed()
  return path.reduce((inner, name) => `${name === 'wines' ? 'wines(first: 1)' : name} { ${inner} }`, '__typename')
}
const aliases = (count: number) => Array.from({ length: count }, (_, at) => `a${at}: offer(sku: "X") { sku }`).join(' ')
const directives = (count: number) => {
  const parts = Array.from({ length: 2 }, (_, at) => Math.floor((count + at) / 2))
  // Breadth is another limit: they stand in two sets of fields.
  const fields = (many: number) => Array.from({ length: many }, () => 'sku @include(if: true)').join(' ')
  return `{ offer(sku: "X") { ${fields(parts[0] ?? 0)} ... on Offer { ${fields(parts[1] ?? 0)} } } }`
}

describe('probe 17', () => {
  it(`depth ${DEPTH_MAX} is answered and ${DEPTH_MAX + 1} refused`, async () => {
    expect((await server.ask(`{ ${deep(DEPTH_MAX)} }`)).errors).toBeUndefined()
    expect(refused(await server.ask(`{ ${deep(DEPTH_MAX + 1)} }`))).toEqual(tooComplex)
  })

  it('depth is counted through fragments', async () => {
    const fragments = `query { wines(first: 1) { nodes { ...A } } } fragment A on Wine { skus { wine { ...B } } }
      fragment B on Wine { skus { wine { skus { sku } } } }`
    expect(refused(await server.ask(fragments))).toEqual(tooComplex)
  })

  it(`${ALIASES_MAX} aliases are answered and ${ALIASES_MAX + 1} refused`, async () => {
    expect((await server.ask(`{ ${aliases(ALIASES_MAX)} }`)).errors).toBeUndefined()
    expect(refused(await server.ask(`{ ${aliases(ALIASES_MAX + 1)} }`))).toEqual(tooComplex)
  })

  it(`${TOKENS_MAX} tokens are answered and ${TOKENS_MAX + 1} refused`, async () => {
    // Eight in each operation.
    const names = Array.from({ length: TOKENS_MAX / 8 }, (_, at) => `A${at}`)
    const query = names.map((name) => `query ${name} { me { subject } }`).join(' ')
    const ask = (text: string) => server.post({ query: text, operationName: 'A1' })
    expect((await ask(query)).errors).toBeUndefined()
    expect(refused(await ask(query.replace('subject', 'subject roles')))).toEqual(tooComplex)
  })

  it('a text as long as operations are is answered, and a longer one refused, whatever it consists of', async () => {
    const query = (letters: number) => `{ me { subject } } #${'x'.repeat(letters - 20)}`
    expect((await server.ask(query(SOURCE_CHARS_MAX))).errors).toBeUndefined()
    expect(refused(await server.ask(query(SOURCE_CHARS_MAX + 1)))).toEqual(tooComplex)
  })

  it(`${DIRECTIVES_MAX} directives are answered and ${DIRECTIVES_MAX + 1} refused`, async () => {
    expect((await server.ask(directives(DIRECTIVES_MAX))).errors).toBeUndefined()
    expect(refused(await server.ask(directives(DIRECTIVES_MAX + 1)))).toEqual(tooComplex)
  })

  it(`${BREADTH_MAX} fields beside one another are answered and ${BREADTH_MAX + 1} refused`, async () => {
    const wide = (count: number) => `{ offer(sku: "X") { ${'sku '.repeat(count)} } }`
    expect((await server.ask(wide(BREADTH_MAX))).errors).toBeUndefined()
    expect(refused(await server.ask(wide(BREADTH_MAX + 1)))).toEqual(tooComplex)
  })

  it('what costs more than is answered is refused, and the cost told', async () => {
    const query = `query ($first: Int!) { wines(first: $first) { nodes { skus { offer { price { amountMinor } } levels { sku item { sku } } } } } }`
    const cheap = await server.ask(query, { first: 10 })
    expect(cheap.errors).toBeUndefined()
    expect(cheap.extensions?.cost).toEqual({ asked: 1 + 10 * (1 + 5 * (1 + 2 + 5 * 2)), most: COST_MAX })
    const dear = await server.ask(query, { first: 100 })
    expect(refused(dear)).toEqual(tooComplex)
    expect(dear.errors?.[0]?.extensions).toMatchObject({ cost: { asked: 6_601, most: COST_MAX } })
  })

  it('a cost cannot be hidden by fragments, by variables or by numbers below zero', async () => {
    const bomb = `query ($n: Int!) { wines(first: $n) { ...A } } fragment A on WineConnection { nodes { skus { ...B ...B } } }
      fragment B on Sku { levels { item { sku } } }`
    for (const n of [100, 1_000_000, 2_147_483_647]) expect(refused(await server.ask(bomb, { n }))).toEqual(tooComplex)
    for (const n of [-100, 0]) expect(slugOf(await server.ask(bomb, { n }))).toBe('invalid-request')
  })

  it('fragments spread in one another many times over are measured at once', async () => {
    const names = Array.from({ length: 60 }, (_, at) => `F${at}`)
    const fragments = names.map((name, at) => {
      const next = names[at + 1]
      return `fragment ${name} on Offer { sku ${next ? `...${next} ...${next}` : ''} }`
    })
    const { errors, data } = await server.ask(`{ offer(sku: "X") { ...F0 } } ${fragments.join(' ')}`)
    expect(errors).toBeUndefined()
    expect(data).toEqual({ offer: null })
  })
})

const typo = '{ offr(sku: "X") { sku } }'
const introspection = '{ __schema { types { name } } }'

describe('probe 18', () => {
  it('a batch of 100 is refused, and one of one', async () => {
    const one = { query: '{ me { subject } }' }
    for (const count of [100, 1]) {
      expect(refused(await server.post(Array.from({ length: count }, () => one)))).toEqual(invalid)
    }
  })

  it('introspection is answered in development and refused in production', async () => {
    expect((await server.ask(introspection)).errors).toBeUndefined()
    expect(refused(await production.ask(introspection))).toEqual(invalid)
    expect(refused(await production.ask('{ __type(name: "Offer") { name } }'))).toEqual(invalid)
  })

  it('a typo is met with a suggestion in development and without in production', async () => {
    expect((await server.ask(typo)).errors?.[0]?.message).toContain('Did you mean')
    const variables = { filter: { colur: ['red'] } }
    const wines = 'query ($filter: WineFilter) { wines(filter: $filter) { total } }'
    for (const answer of [
      await production.ask(typo),
      await production.ask('{ wines(filter: { colour: [rd] }) { total } }'),
      await production.ask(wines, variables),
      await production.ask(wines, variables),
      await production.ask(wines, { filter: { colour: ['rd'] } }),
    ]) {
      expect(refused(answer)).toEqual(invalid)
      expect(JSON.stringify(answer.errors)).not.toContain('Did you mean')
    }
  })

  it('there is no explorer and no text of the schema in production', async () => {
    const page = (of: GraphqlServer, path: string) => fetch(`${of.url}${path}`, { headers: { accept: 'text/html' } })
    for (const path of ['/graphql', '/graphql/explorer.js', '/graphql/explorer.css', '/graphql/schema.graphql']) {
      expect((await page(server, path)).status).toBe(200)
      expect((await page(production, path)).status).toBeGreaterThanOrEqual(400)
    }
    expect((await page(server, '/graphql')).headers.get('content-security-policy')).toContain("script-src 'self'")
  })
})

describe('what is no request of GraphQL', () => {
  const query = '{ me { subject } }'

  it.each([
    ['nothing', '', 400],
    ['no JSON', '{', 400],
    ['a text', '"{ me { subject } }"', 400],
    ['null', 'null', 400],
    ['no query', {}, 400],
    ['an unknown member', { query, role: 'admin' }, 400],
    ['a query that is a number', { query: 1 }, 400],
    ['variables that are a list', { query, variables: [] }, 400],
    ['an extension that nobody knows', { query, extensions: { trace: true } }, 400],
    ['__proto__ in the body', `{"query":"${query}","__proto__":{"admin":true}}`, 400],
    ['__proto__ in variables', `{"query":"${query}","variables":{"a":{"__proto__":{}}}}`, 400],
    ['constructor.prototype in variables', `{"query":"${query}","variables":{"constructor":{"prototype":{}}}}`, 400],
    ['a syntax error', { query: '{ me' }, 400],
    ['an operation that is not in it', { query, operationName: 'Other' }, 400],
    ['one of two operations', { query: 'query A { me { subject } } query B { me { subject } }' }, 400],
    ['a zero byte in a literal', { query: '{ offer(sku: "a\\u0000") { sku } }' }, 400],
    ['a zero byte in a variable', '{"query":"{me{subject}}","variables":{"a":"\\u0000"}}', 400],
    ['2 MiB', { query, variables: { a: 'x'.repeat(2_097_152) } }, 413],
  ])('%s is refused as an error of GraphQL', async (_what, body, status) => {
    const answer = await server.post(body)
    expect([answer.status, answer.data]).toEqual([status, undefined])
    expect(answer.errors?.[0]?.extensions).toMatchObject({
      code: status === 413 ? 'BODY_TOO_LARGE' : 'INVALID_REQUEST',
      status,
    })
    expect(answer.errors?.[0]?.extensions.type).toMatch(/^https:\/\/cellarhand\.dev\/problems\//)
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
  ])('a body of %s is refused: a page elsewhere could send it', async (type) => {
    const answer = await server.post({ query }, { 'content-type': type })
    expect([answer.status, slugOf(answer)]).toEqual([415, 'unsupported-media-type'])
  })

  it('a mutation by GET is refused, and nothing done', async () => {
    const mutation = 'mutation { releaseHold(id: "x", idempotencyKey: "k") { __typename } }'
    const answer = await readAnswer(await fetch(`${server.url}/graphql?query=${encodeURIComponent(mutation)}`))
    expect([answer.status, slugOf(answer), answer.headers.get('allow')]).toEqual([405, 'method-not-allowed', 'POST'])
  })

  it('a prototype in the variables of an address is refused', async () => {
    const variables = encodeURIComponent('{"__proto__":{"sku":"X"}}')
    const answer = await readAnswer(await fetch(`${server.url}/graphql?query=${query}&variables=${variables}`))
    expect(refused(answer)).toEqual(invalid)
  })
})
