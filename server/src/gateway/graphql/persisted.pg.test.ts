import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient as createWsClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { readAnswer, slugOf, startGraphql, type GraphqlServer } from '../../../test/graphql.ts'
import { sha256 } from './registered.ts'

const offer = 'query Offer($sku: ID!) { offer(sku: $sku) { sku available } }\n'
const follow = 'subscription { offers { whole } }\n'
const release =
  'mutation Release($id: ID!, $key: String!) { releaseHold(id: $id, idempotencyKey: $key) { __typename } }\n'
const stranger = '{ me { subject } }'
const sku = 'Krug-NV-750'
const variables = { sku }

let folder: string
let open: GraphqlServer
let persisted: GraphqlServer

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cellarhand-operations-'))
  for (const [name, text] of Object.entries({ offer, follow, release }))
    writeFileSync(join(folder, `${name}.graphql`), text)
  writeFileSync(join(folder, 'README.md'), 'none of these')
  const env = { CELLARHAND_GRAPHQL_OPERATIONS: folder }
  open = await startGraphql(env)
  persisted = await startGraphql({ ...env, CELLARHAND_GRAPHQL: 'persisted' })
})
afterAll(async () => {
  await open?.stop()
  await persisted?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const hashed = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: sha256(text) } })

describe('a registered operation', () => {
  it('is carried out by its id, whichever way it is named', async () => {
    for (const server of [open, persisted]) {
      for (const body of [{ id: sha256(offer) }, { extensions: hashed(offer) }]) {
        const { status, data } = await server.post({ ...body, variables })
        expect({ status, data }).toEqual({ status: 200, data: { offer: { sku, available: 24 } } })
      }
    }
  })

  it('is kept by a browser, and asked for with what it has of it', async () => {
    const url = `${persisted.url}/graphql?id=${sha256(offer)}&variables=${encodeURIComponent(JSON.stringify(variables))}`
    const first = await fetch(url)
    const etag = first.headers.get('etag') ?? ''
    expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'private, no-cache'])
    expect((await readAnswer(first)).data).toEqual({ offer: { sku, available: 24 } })
    const again = await fetch(url, { headers: { 'if-none-match': etag } })
    expect([again.status, await again.text()]).toEqual([304, ''])
    const { position } = await persisted.rest('/v1/holds', { lines: [{ sku, quantity: 1 }] })
    await persisted.rest(`/v1/channels?minPosition=${String(position)}`)
    const changed = await fetch(url, { headers: { 'if-none-match': etag } })
    expect([changed.status, (await readAnswer(changed)).data]).toEqual([200, { offer: { sku, available: 23 } }])
  })

  it('that changes something is not carried out by GET', async () => {
    const answer = await readAnswer(await fetch(`${persisted.url}/graphql?id=${sha256(release)}&variables={}`))
    expect(slugOf(answer)).toBe('method-not-allowed')
  })

  it('is followed over WebSocket by its hash', async () => {
    const client = createWsClient({
      url: `${persisted.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    })
    const events = client.iterate({ query: '', extensions: hashed(follow) })
    expect((await events.next()).value).toHaveProperty('data.offers.whole')
    await events.return?.()
    await client.dispose()
  })
})

describe('probe 18: where only registered operations are carried out', () => {
  it.each([
    ['by its text', { query: stranger }],
    [
      'by the text of one that is registered, changed by a space',
      { query: offer.replace('sku }', 'sku  }'), variables },
    ],
    ['by an id that nobody gave', { id: sha256(stranger) }],
    ['by its hash', { extensions: hashed(stranger) }],
    ['by its text and its hash, to be remembered', { query: stranger, extensions: hashed(stranger) }],
    ['by the text, under the hash of one that is registered and the id of none', { id: 'other', query: stranger }],
    ['introspection', { query: '{ __schema { types { name } } }' }],
  ])('another is refused %s', async (_what, body) => {
    const answer = await persisted.post(body)
    expect([answer.data, answer.status >= 400]).toEqual([undefined, true])
    expect(['operation-not-registered', 'invalid-request']).toContain(slugOf(answer))
  })

  it('one that was refused is not remembered', async () => {
    await persisted.post({ query: stranger, extensions: hashed(stranger) })
    const answer = await persisted.post({ extensions: hashed(stranger) })
    expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([404, 'PERSISTED_QUERY_NOT_FOUND'])
  })

  it('there is no explorer, and no schema to read', async () => {
    for (const path of ['/graphql', '/graphql/schema.graphql']) {
      expect((await fetch(`${persisted.url}${path}`, { headers: { accept: 'text/html' } })).status).not.toBe(200)
    }
  })
})

describe('where any operation is', () => {
  it('a client may have one remembered by its hash', async () => {
    const query = '{ me { subject roles } }'
    const unknown = await open.post({ extensions: hashed(query) })
    expect([unknown.errors?.[0]?.message, unknown.errors?.[0]?.extensions.code]).toEqual([
      'PersistedQueryNotFound',
      'PERSISTED_QUERY_NOT_FOUND',
    ])
    expect((await open.post({ query, extensions: hashed(query) })).status).toBe(200)
    expect((await open.post({ extensions: hashed(query) })).data).toHaveProperty('me')
  })

  it('not under the hash of another', async () => {
    const answer = await open.post({ query: stranger, extensions: hashed('{ me { roles } }') })
    expect(slugOf(answer)).toBe('invalid-request')
  })
})

describe('what cannot be registered stops the start with a sentence:', () => {
  const file = (content: string) => {
    const path = join(folder, 'manifest.json')
    writeFileSync(path, content)
    return path
  }
  const start = (path: string) => startGraphql({ CELLARHAND_GRAPHQL_OPERATIONS: path })

  it.each([
    ['an operation that is none', JSON.stringify({ a: '{ nothing }' }), 'a cannot be registered'],
    [
      'one that is too deep',
      JSON.stringify({ a: '{ wines { nodes { skus { wine { skus { wine { skus { sku } } } } } } } }' }),
      'levels deep',
    ],
    ['no JSON', '{', 'cannot be read'],
    ['a list', '[1]', 'has no id, or no text'],
    ['an id with a space', JSON.stringify({ 'a b': stranger }), "cannot be an operation's id"],
  ])('%s', async (_what, content, sentence) => {
    await expect(start(file(content))).rejects.toThrow(sentence)
  })

  it('a folder that is not there', async () => {
    await expect(start(join(folder, 'nowhere'))).rejects.toThrow('cannot be read')
  })
})

it('a manifest of ids is read, plain and as Apollo’s tools write it', async () => {
  const path = join(folder, 'apollo.json')
  writeFileSync(
    path,
    JSON.stringify({
      format: 'apollo-persisted-query-manifest',
      version: 1,
      operations: [{ id: 'me', name: 'Me', type: 'query', body: stranger }],
    }),
  )
  const server = await startGraphql({ CELLARHAND_GRAPHQL_OPERATIONS: path, CELLARHAND_GRAPHQL: 'persisted' })
  expect((await server.post({ id: 'me' })).data).toEqual({ me: { subject: 'local' } })
  await server.stop()
})

it('with GraphQL off there is nothing at /graphql', async () => {
  const server = await startGraphql({ CELLARHAND_GRAPHQL: 'off' })
  const answer = await fetch(`${server.url}/graphql?query=${stranger}`)
  expect([answer.status, ((await answer.json()) as { type: string }).type]).toEqual([
    404,
    expect.stringContaining('not-found'),
  ])
  await server.stop()
})
