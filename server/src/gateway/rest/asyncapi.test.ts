import specs from '@asyncapi/specs'
import { Ajv, type AnySchema } from 'ajv'
import Fastify, { type FastifyInstance } from 'fastify'
import { Compile } from 'typebox/compile'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  ClientFrame,
  clientFrames,
  closeCodes,
  Closing,
  FEED_VERSION,
  PollAnswer,
  ServerFrame,
  serverFrames,
} from '@cellarhand/protocol/feed'
import { loadConfig } from '../../platform/config.ts'
import { registerAsyncApi } from './asyncapi.ts'

interface Message {
  readonly name: string
  readonly summary: string
  readonly payload: { readonly $ref: string }
  readonly examples: readonly { readonly payload: unknown }[]
}

interface AsyncDocument {
  readonly info: { readonly version: string }
  readonly channels: Readonly<Record<string, { readonly address: string; readonly messages: object }>>
  readonly operations: Readonly<
    Record<
      string,
      { readonly action: string; readonly channel: { $ref: string }; readonly messages: { $ref: string }[] }
    >
  >
  readonly components: {
    readonly messages: Readonly<Record<string, Message>>
    readonly schemas: Readonly<Record<string, AnySchema>>
  }
}

let app: FastifyInstance
let document: AsyncDocument

beforeAll(async () => {
  app = Fastify()
  registerAsyncApi(app, loadConfig({}))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const answer = await app.inject('/v1/asyncapi.json')
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
  document = answer.json<AsyncDocument>()
})

afterAll(() => app.close())

const lenient = { strict: false, validateFormats: false, allErrors: true } as const

test('the document is AsyncAPI 3.0, by its own schema', () => {
  const check = new Ajv({ ...lenient, meta: false, validateSchema: false }).compile(specs.schemas['3.0.0'] as AnySchema)
  expect(check(document) ? [] : check.errors).toEqual([])
  expect(document.info.version).toBe(String(FEED_VERSION))
  expect(check({ ...document, channels: { webSocket: { adress: '/v1/feed' } } })).toBe(false)
})

/** What a reference within the document leads to. */
const follow = (reference: string) =>
  reference
    .slice(2)
    .split('/')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document)

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : referencesIn(inner),
  )
}

test('every reference leads to something there', () => {
  const references = referencesIn(document)
  expect(references.length).toBeGreaterThan(100)
  expect(references.filter((reference) => follow(reference) === undefined)).toEqual([])
})

test('every frame of the protocol is in it, with what it means', () => {
  const frames: Readonly<Record<string, object>> = { ...serverFrames, ...clientFrames, closing: Closing }
  expect(Object.keys(document.components.messages).toSorted()).toEqual([...Object.keys(frames), 'poll'].toSorted())
  for (const { name, summary } of Object.values(document.components.messages)) expect([name, summary]).not.toContain('')
  for (const [name, frame] of Object.entries(frames)) {
    expect(frame).toMatchObject({ description: document.components.messages[name]?.summary })
  }
})

const isFrame = Compile(ServerFrame)
const isClientFrame = Compile(ClientFrame)
const others: Readonly<Record<string, typeof PollAnswer | typeof Closing>> = { poll: PollAnswer, closing: Closing }

test('every example fits its schema, and would be taken for what it is', () => {
  const ajv = new Ajv(lenient).addSchema({ ...document, $id: 'feed' })
  for (const { name, payload, examples } of Object.values(document.components.messages)) {
    expect(examples.length).toBeGreaterThan(0)
    for (const example of examples) {
      const check = ajv.compile({ $ref: `feed${payload.$ref}` })
      expect({ name, errors: check(example.payload) ? [] : check.errors }).toEqual({ name, errors: [] })
      const other = others[name]
      const kind = other ? Compile(other) : name in serverFrames ? isFrame : isClientFrame
      expect({ name, fits: kind.Check(example.payload) }).toEqual({ name, fits: true })
    }
  }
  expect(ajv.validate({ $ref: 'feed#/components/schemas/ready' }, { type: 'ready', topic: 'audit' })).toBe(false)
})

test('each transport is a channel, and its operations name all that crosses it, each once', () => {
  expect(Object.values(document.channels).map(({ address }) => address)).toEqual([
    '/v1/feed',
    '/v1/feed',
    '/v1/feed',
    '/socket.io/',
  ])
  for (const [channel, { messages }] of Object.entries(document.channels)) {
    const operations = Object.values(document.operations).filter((one) => one.channel.$ref === `#/channels/${channel}`)
    const named = operations.flatMap((one) => one.messages.map(({ $ref }) => $ref.split('/').at(-1)))
    expect(named.toSorted()).toEqual(Object.keys(messages).toSorted())
  }
})

test('close codes say whether to come back', () => {
  const told = follow('#/channels/webSocket/x-close-codes')
  expect(told).toEqual(Object.values(closeCodes).map(({ code, reason }) => ({ code, reason, comeBack: code < 4_500 })))
})
