import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendStreamed } from './streamed.ts'

let app: FastifyInstance
let url: string
let letGo: () => void = () => {}
let held = 0

beforeAll(async () => {
  app = Fastify({ forceCloseConnections: true })
  app.decorate('positionNow', () => undefined)
  const routes: Record<string, () => AsyncGenerator<string>> = {
    async *whole() {
      for (let piece = 0; piece < 5; piece++) yield `piece ${piece};`
    },
    async *none() {},
    async *early() {
      yield 'a header;'
      throw new Error('the database is away')
    },
    async *late() {
      for (let piece = 0; piece < 3; piece++) yield `piece ${piece};`
      throw new Error('the database is away')
    },
    async *slow() {
      yield 'begun;'
      yield 'still;'
      held += 1
      await new Promise<void>((resolve) => {
        const before = letGo
        letGo = () => {
          before()
          resolve()
        }
      })
      held -= 1
      yield 'done'
    },
  }
  for (const [name, make] of Object.entries(routes)) {
    app.get(`/${name}`, (_request, reply) => sendStreamed(reply.header('content-type', 'text/csv'), make))
  }
  url = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => app?.close())

const text = async (path: string) => (await fetch(`${url}/${path}`)).text()

test('pieces come whole and in their order, also where there are none', async () => {
  expect(await text('whole')).toBe('piece 0;piece 1;piece 2;piece 3;piece 4;')
  expect(await text('none')).toBe('')
})

test('what fails before anything was sent is an answer, and no half of one', async () => {
  expect((await fetch(`${url}/early`)).status).toBe(500)
})

test('what fails later ends the connection, so that half an answer looks like none', async () => {
  await expect(text('late')).rejects.toThrow('terminated')
})

test('four are sent at once, the fifth is told to wait, and each that ends or is left makes room', async () => {
  const leaving = new AbortController()
  const slow = [0, 1, 2].map(() => text('slow'))
  const left = fetch(`${url}/slow`, { signal: leaving.signal }).then((answer) => answer.text())
  left.catch(() => {})
  await expect.poll(() => held).toBe(4)
  const fifth = await fetch(`${url}/whole`)
  expect([fifth.status, fifth.headers.get('retry-after')]).toEqual([429, '5'])
  leaving.abort()
  await expect(left).rejects.toThrow('aborted')
  letGo()
  expect(await Promise.all(slow)).toEqual(Array.from({ length: 3 }, () => 'begun;still;done'))
  await expect.poll(async () => (await fetch(`${url}/whole`)).status).toBe(200)
  for (let again = 0; again < 6; again++) expect(await text('whole')).toContain('piece 4;')
})
