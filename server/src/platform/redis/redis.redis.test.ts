import { readFileSync } from 'node:fs'
import { Redis as Driver } from 'ioredis'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { startProxy } from '../../../test/proxy.ts'
import { makeCertificate, startRedis, startSentinel, type TestRedis } from '../../../test/redis.ts'
import { parseRedisAddress } from './address.ts'
import { openRedis, type Redis } from './redis.ts'

const closers: (() => Promise<unknown>)[] = []
const atEnd = (close: () => Promise<unknown>) => closers.push(close)
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

let names = 0

async function server(...args: Parameters<typeof startRedis>): Promise<TestRedis> {
  const redis = await startRedis(...args)
  atEnd(() => redis.stop())
  return redis
}

interface Opened extends Redis {
  /** Whether it was said to be up or down, in order. */
  readonly states: boolean[]
  readonly errors: string[]
}

async function open(url: string, ca?: string): Promise<Opened> {
  const address = parseRedisAddress(url)
  if (typeof address === 'string') throw new Error(address)
  const states: boolean[] = []
  const errors: string[] = []
  const onState = (up: boolean, why: Error | undefined) => {
    states.push(up)
    if (why) errors.push(why.message)
  }
  const redis = await openRedis(address, { ca, self: `test-${(names += 1)}`, onState })
  atEnd(() => redis.close())
  return { ...redis, states, errors }
}

function listenTo(redis: Redis, channel = 'news') {
  const heard = { texts: [] as string[], begun: 0 }
  const stop = redis.listen(
    channel,
    (text) => heard.texts.push(text),
    () => (heard.begun += 1),
  )
  return { heard, stop }
}

const soon = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 50 })

/** Tells until it is heard: who begins to listen hears nothing of before. */
async function untilHeard(speaker: Redis, { heard }: ReturnType<typeof listenTo>, text: string) {
  await soon(() => {
    speaker.tell('news', text)
    expect(heard.texts).toContain(text)
  })
}

async function expectWorks(speaker: Redis, listener: Redis, mark: string) {
  await untilHeard(speaker, listenTo(listener), `heard ${mark}`)
  await soon(async () => {
    await speaker.set(`key ${mark}`, 'kept', 60_000)
    expect(await listener.get(`key ${mark}`)).toBe('kept')
  })
}

test('what is told is heard, what is kept is there until its time, and a key is taken once', async () => {
  const { url } = await server()
  const [one, other] = [await open(url), await open(url)]
  const news = listenTo(other)
  await untilHeard(one, news, 'a word')
  news.stop()
  await one.set('kept', 'Château', 60_000)
  await one.set('brief', 'x', 1)
  expect(await other.get('kept')).toBe('Château')
  expect(await other.get('never')).toBeUndefined()
  await soon(async () => expect(await other.get('brief')).toBeUndefined())
  expect([await one.claim('lock', 60_000), await other.claim('lock', 60_000)]).toEqual([true, false])
  expect([one.states, other.states]).toEqual([[true], [true]])
})

test('one that is not there yet is said to be down, keeps nobody waiting, and is used once it is there', async () => {
  const redis = await server()
  await redis.kill9()
  const early = await open(redis.url)
  expect([early.isUp(), early.states]).toEqual([false, [false]])
  expect(early.errors.join()).toContain('ECONNREFUSED')
  expect(await early.get('key')).toBeUndefined()
  expect(await early.claim('key', 1_000)).toBeUndefined()
  await early.set('key', 'x', 1_000)
  early.tell('news', 'lost')
  await redis.start()
  await expectWorks(early, early, 'later')
  await soon(() => expect(early.states).toEqual([false, true]))
})

test('one that was killed and started again is listened to again, and who listens is told of the break', async () => {
  const redis = await server()
  const [one, other] = [await open(redis.url), await open(redis.url)]
  const news = listenTo(other)
  await untilHeard(one, news, 'before')
  const { begun } = news.heard
  await redis.kill9()
  await soon(async () => expect(await one.get('key')).toBeUndefined())
  await redis.start()
  await untilHeard(one, news, 'after')
  expect(news.heard.begun).toBeGreaterThan(begun)
})

test('one that is stopped answers nobody and keeps nobody waiting, and goes on when it does', async () => {
  const redis = await server()
  const [one, other] = [await open(redis.url), await open(redis.url)]
  await expectWorks(one, other, 'before')
  redis.pause()
  // More than is kept of what is not answered: the rest is dropped.
  for (let index = 0; index < 1_000; index++) one.tell('news', 'x'.repeat(32_768))
  expect(await Promise.all([one.get('key before'), one.get('key before')])).toEqual([undefined, undefined])
  await soon(() => expect([one.isUp(), other.isUp()]).toEqual([false, false]))
  redis.resume()
  await expectWorks(one, other, 'after')
  await soon(() => expect([one.isUp(), other.isUp()]).toEqual([true, true]))
})

test('a connection that has gone silent without an end is made anew', async () => {
  const redis = await server()
  const proxy = await startProxy(redis.url)
  atEnd(() => proxy.close())
  const [through, straight] = [await open(proxy.url), await open(redis.url)]
  const news = listenTo(through)
  await untilHeard(straight, news, 'before')
  proxy.silence()
  await untilHeard(straight, news, 'after')
  await expectWorks(through, through, 'after')
})

describe('with TLS', () => {
  async function secured() {
    let ca = ''
    const redis = await server((port, folder) => {
      const { cert, key } = makeCertificate(folder, 'server')
      ca = readFileSync(cert, 'utf8')
      const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert]
      return ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no', ...files]
    })
    return { redis, ca, url: redis.url.replace('redis://', 'rediss://') }
  }

  test('a certificate that was given is believed', async () => {
    const { url, ca } = await secured()
    const redis = await open(url, ca)
    await expectWorks(redis, redis, 'sealed')
  })

  test('one that nobody has given is refused, and so is one of somebody else', async () => {
    const { redis, url } = await secured()
    const other = readFileSync(makeCertificate(redis.folder, 'other').cert, 'utf8')
    for (const ca of [undefined, other]) {
      const refused = await open(url, ca)
      expect(refused.isUp()).toBe(false)
      expect(refused.errors.join()).toMatch(/self-signed certificate|unable to verify/)
    }
  })
})

test('a password that is wrong is said, and the right one works', async () => {
  const redis = await server((port) => ['--port', String(port), '--requirepass', 'p@ss'])
  const wrong = await open(redis.url.replace('//', '//:wrong@'))
  expect(wrong.isUp()).toBe(false)
  expect(wrong.errors.join()).toMatch(/WRONGPASS|NOAUTH/)
  const right = await open(redis.url.replace('//', '//:p%40ss@'))
  await expectWorks(right, right, 'known')
})

test('a user that may do no more than the manual says is enough', async () => {
  const redis = await server((port) => ['--port', String(port)])
  const admin = new Driver(redis.port, '127.0.0.1')
  const may = ['+publish', '+subscribe', '+unsubscribe', '+get', '+set', '+select', '+info', '+client']
  await admin.call(
    'acl',
    'setuser',
    'cellar',
    'on',
    '>pw',
    'resetkeys',
    '~cellarhand:*',
    'resetchannels',
    '&cellarhand:*',
    '-@all',
    ...may,
  )
  admin.disconnect()
  const limited = await open(`${redis.url.replace('//', '//cellar:pw@')}/1`)
  await expectWorks(limited, limited, 'limited')
  const claims = [await limited.claim('lock', 60_000), await limited.claim('lock', 60_000)]
  expect([claims, limited.errors]).toEqual([[true, false], []])
})

test('behind Sentinels the server they promote is gone on with', async () => {
  const master = await server()
  const standby = await server((port) => ['--port', String(port), '--replicaof', '127.0.0.1', String(master.port)])
  const sentinel = await startSentinel(master.port)
  atEnd(() => sentinel.stop())
  const url = `redis+sentinel://127.0.0.1:${sentinel.port}/cellar`
  const [one, other] = [await open(url), await open(url)]
  await expectWorks(one, other, 'before')
  // The Sentinel learns of the standby from the master.
  const asked = new Driver(sentinel.port, '127.0.0.1')
  await soon(async () => {
    const known = await asked.call('sentinel', 'replicas', 'cellar')
    expect(JSON.stringify(known)).toContain(`"${standby.port}"`)
  })
  asked.disconnect()
  await master.kill9()
  await expectWorks(one, other, 'after')
}, 90_000)

test('in a Cluster keys and words go through any node', async () => {
  const nodes = [await clusterNode(0, 8_191), await clusterNode(8_192, 16_383)]
  const first = new Driver(nodes[0]!.port, '127.0.0.1')
  await first.call('cluster', 'meet', '127.0.0.1', String(nodes[1]!.port))
  await soon(async () => expect(String(await first.call('cluster', 'info'))).toContain('cluster_slots_ok:16384'))
  await soon(async () => expect(String(await first.call('cluster', 'info'))).toContain('cluster_state:ok'))
  first.disconnect()
  const [one, other] = [
    await open(`redis+cluster://127.0.0.1:${nodes[0]!.port}`),
    await open(`redis+cluster://127.0.0.1:${nodes[1]!.port}`),
  ]
  for (const mark of ['a', 'b', 'c', 'd']) await expectWorks(one, other, mark)
  expect(await one.claim('lock', 60_000)).toBe(true)
  expect(await other.claim('lock', 60_000)).toBe(false)
}, 90_000)

async function clusterNode(from: number, to: number): Promise<TestRedis> {
  const node = await server((port) => ['--port', String(port), '--cluster-enabled', 'yes'])
  const client = new Driver(node.port, '127.0.0.1')
  await client.call('cluster', 'addslotsrange', String(from), String(to))
  client.disconnect()
  return node
}
