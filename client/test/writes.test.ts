import { describe, expect, test } from 'vitest'
import { createScript, welcome, type Script } from './script.ts'

const one = { lines: [{ sku: 'A', quantity: 1 }] }
const held = () => Response.json({ id: 'h1', state: 'active', position: 'aaaaaa.5' }, { status: 201 })
const notNow = (status: number, headers?: Record<string, string>) =>
  new Response('', { status, ...(headers && { headers }) })
const nothing = () => {}

/** Answers one after another, the last again and again. A string: the network fails. */
function answering(script: Script, ...answers: (() => Response | Promise<Response>)[]): void {
  let at = -1
  script.answer = () => {
    at = Math.min(at + 1, answers.length - 1)
    return answers[at]?.() ?? notNow(500)
  }
}
const fails = () => Promise.reject(new TypeError('fetch failed'))
const keysOf = ({ requests }: Script) => requests.map(({ init }) => new Headers(init?.headers).get('idempotency-key'))

function storageOf(kept = new Map<string, string>()) {
  return {
    kept,
    get: (key: string) => kept.get(key),
    set: (key: string, value: string) => kept.set(key, value),
    remove: (key: string) => kept.delete(key),
  }
}

describe('a write', () => {
  test('is sent under one key until it is answered, however often the line breaks', async () => {
    const script = createScript()
    answering(
      script,
      fails,
      () => notNow(503),
      () => notNow(502),
      () => notNow(408),
      held,
    )
    const outcome = script.client.hold(one)
    expect(script.client.connection().queued).toBe(1)
    await script.pass(60_000)
    expect(await outcome).toEqual({ kind: 'done', value: { id: 'h1', state: 'active', position: 'aaaaaa.5' } })
    expect(keysOf(script)).toEqual(['key-1', 'key-1', 'key-1', 'key-1', 'key-1'])
    expect(script.client.connection().queued).toBe(0)
  })

  test('of another intent has another key, and waits for the one before it', async () => {
    const script = createScript()
    let release = nothing
    script.answer = () => new Promise((go) => (release = () => go(held())))
    void script.client.hold(one)
    void script.client.hold(one)
    await script.pass()
    expect(keysOf(script)).toEqual(['key-1'])
    release()
    await script.pass()
    expect(keysOf(script)).toEqual(['key-1', 'key-2'])
  })

  test('names the client’s channel where a line names none', async () => {
    const script = createScript({ channel: 'shop' })
    answering(script, held)
    await script.client.hold({ lines: [...one.lines, { sku: 'B', quantity: 2, channel: 'club' }] })
    expect(JSON.parse(script.requests[0]?.init?.body as string)).toEqual({
      lines: [
        { sku: 'A', quantity: 1, channel: 'shop' },
        { sku: 'B', quantity: 2, channel: 'club' },
      ],
    })
  })

  test('that is refused is a value, and is not sent again', async () => {
    const script = createScript()
    const problem = {
      type: 'https://x/insufficient-stock',
      title: 't',
      status: 409,
      detail: 'There are 2.',
      available: 2,
    }
    answering(script, () => Response.json(problem, { status: 409 }))
    expect(await script.client.hold(one)).toEqual({ kind: 'refused', problem })
    await script.pass(60_000)
    expect(script.requests).toHaveLength(1)
  })

  test('that a proxy refuses with a page of its own is refused with the status', async () => {
    const script = createScript()
    answering(script, () => new Response('<html>', { status: 403 }))
    expect(await script.client.release('h1')).toMatchObject({
      kind: 'refused',
      problem: { status: 403, title: 'HTTP 403' },
    })
  })

  test('waits as long as the server says, even if there is a network again before', async () => {
    const script = createScript()
    answering(script, () => notNow(429, { 'retry-after': '7' }), held)
    void script.client.hold(one)
    await script.pass(6_000)
    script.signal('online')
    await script.pass(999)
    expect(script.requests).toHaveLength(1)
    await script.pass(1)
    expect(script.requests).toHaveLength(2)
  })

  test('that waits for a network is tried at once when there is one', async () => {
    const script = createScript()
    answering(script, fails, fails, fails, fails, held)
    void script.client.hold(one)
    await script.pass(4_000)
    const tried = script.requests.length
    script.signal('online')
    await script.pass()
    expect(script.requests).toHaveLength(tried + 1)
  })

  test('that nobody heard of for a quarter of an hour is given up, and says so', async () => {
    const script = createScript()
    answering(script, fails)
    const outcome = script.client.hold(one)
    await script.pass(1_000_000)
    expect(await outcome).toEqual({ kind: 'unheard' })
  })

  test('goes out before the line is opened again, and before anything is read', async () => {
    const script = createScript()
    let release = nothing
    script.answer = (path) => (path === '/v1/holds' ? new Promise((go) => (release = () => go(held()))) : held())
    void script.client.hold(one)
    script.client.offers('sku:A').subscribe(nothing)
    const read = script.client.read('/v1/wines')
    await script.pass(2_000)
    expect(script.requests.map(({ path }) => path)).toEqual(['/v1/holds'])
    expect(script.lines).toHaveLength(0)
    release()
    expect(await read).toMatchObject({ kind: 'done' })
    await script.pass()
    expect(script.requests.map(({ path }) => path)).toEqual(['/v1/holds', '/v1/wines'])
    expect(script.lines).toHaveLength(1)
  })

  test('that cannot get through does not keep the line waiting for longer than 3 s', async () => {
    const script = createScript()
    script.answer = () => new Promise(nothing)
    void script.client.hold(one)
    script.client.offers('sku:A').subscribe(nothing)
    await script.pass(2_999)
    expect(script.lines).toHaveLength(0)
    await script.pass(1)
    expect(script.lines).toHaveLength(1)
    script.tell(welcome)
    expect(script.client.connection()).toMatchObject({ state: 'live', queued: 1 })
  })

  test('survives a reload, under its key; not for longer than a quarter of an hour', async () => {
    const storage = storageOf()
    const before = createScript({ storage })
    answering(before, fails)
    void before.client.hold(one)
    await before.pass(5_000)
    before.client.close()
    expect(JSON.parse(storage.kept.get('cellarhand.writes') ?? '')).toMatchObject([{ key: 'key-1', path: '/v1/holds' }])

    const rest = new Map(storage.kept)
    const after = createScript({ storage: storageOf(rest), world: { wall: () => 700_000 } })
    answering(after, held)
    await after.pass()
    expect(keysOf(after)).toEqual(['key-1'])
    expect(rest.has('cellarhand.writes')).toBe(false)
    expect(after.client.connection().queued).toBe(0)

    const late = createScript({ storage: storageOf(new Map(storage.kept)), world: { wall: () => 1_000_000 } })
    answering(late, held)
    await late.pass()
    expect(late.requests).toEqual([])
  })

  test('is sent where nothing can be kept, and where what was kept is no more to be read', async () => {
    const broken = {
      get: () => '{',
      set: () => Promise.reject(new Error('full')),
      remove() {
        throw new Error('forbidden')
      },
    }
    const script = createScript({ storage: broken })
    answering(script, held)
    expect(await script.client.hold(one)).toMatchObject({ kind: 'done' })
  })

  test('carries the token of the moment it is sent', async () => {
    let tokens = 0
    const script = createScript({ getToken: () => `token-${(tokens += 1)}` })
    answering(script, fails, held)
    void script.client.extend('h 1', 60)
    await script.pass(10_000)
    expect(script.requests.map(({ init }) => new Headers(init?.headers).get('authorization'))).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ])
    expect(script.requests[0]).toMatchObject({
      path: '/v1/holds/h%201',
      init: { method: 'PATCH', body: '{"ttlSeconds":60}' },
    })
  })

  test('beyond a hundred that wait is a mistake of the program', () => {
    const script = createScript()
    script.answer = () => new Promise(nothing)
    for (let count = 0; count < 100; count += 1) void script.client.hold(one)
    expect(() => script.client.hold(one)).toThrow('Too many writes are waiting.')
  })
})

test('who waits when the client is closed is told that nobody heard; timers end', async () => {
  const script = createScript()
  answering(script, fails)
  const outcome = script.client.hold(one)
  await script.pass(100)
  script.client.close()
  expect(await outcome).toEqual({ kind: 'unheard' })
  await script.pass()
  expect(script.loop.pending()).toBe(0)
})
