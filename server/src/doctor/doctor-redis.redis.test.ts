import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../test/redis.ts'
import { checkRedis } from './redis.ts'

const none = { redisCa: undefined }

test('a Redis that carries words is well, and one that is gone, or that refuses, is told with its place and why', async () => {
  const redis = await startRedis((port) => ['--port', String(port), '--requirepass', 'secret'])
  onTestFinished(() => redis.stop())
  const url = redis.url.replace('//', '//:secret@')
  expect(await checkRedis(url, none)).toEqual({
    ok: true,
    what: `Redis at 127.0.0.1:${redis.port} answers, and carries what it is told.`,
  })
  const refused = await checkRedis(url.replace('secret', 'wrong'), none)
  expect(refused.ok).toBe(false)
  expect(refused.what).toMatch(/WRONGPASS|NOAUTH/)
  expect(refused.what).not.toContain('wrong@')
  await redis.kill9()
  const gone = await checkRedis(url, none)
  expect(gone.ok).toBe(false)
  expect(gone.what).toContain('ECONNREFUSED')
})

test('certificates that cannot be read are told, since the server does not start before', async () => {
  const { ok, what } = await checkRedis('rediss://127.0.0.1', { redisCa: '/nowhere/ca.pem' })
  expect(ok).toBe(false)
  expect(what).toContain('The certificates for Redis in /nowhere/ca.pem cannot be read')
})
