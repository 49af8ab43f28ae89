import { describe, expect, test } from 'vitest'
import { createScript, offerOf, welcome, wholeWith } from './script.ts'

const topic = 'sku:A@web'
const nothing = () => {}

describe('the line', () => {
  const following = async (options: Parameters<typeof createScript>[0] = {}) => {
    const script = createScript(options)
    const offers = script.client.offers('sku:A')
    offers.subscribe(nothing)
    await script.pass()
    return { ...script, offers }
  }

  test('falls from one way to the next, remembers which one worked, and finds its way back up without a gap', async () => {
    const kept = new Map<string, string>()
    const storage = {
      get: (key: string) => kept.get(key),
      set: (key: string, value: string) => kept.set(key, value),
      remove: (key: string) => kept.delete(key),
    }
    const { client, lines, line, tell, pass, offers } = await following({ ways: ['websocket', 'sse', 'poll'], storage })
    line().on.ended({ kind: 'lost' })
    await pass(1_000)
    line().on.ended({ kind: 'lost' })
    await pass(2_000)
    expect(lines.map(({ way }) => way)).toEqual(['websocket', 'websocket', 'sse'])
    tell(welcome, ...wholeWith(topic, offerOf('A', 5, 1)))
    expect(client.connection().way).toBe('sse')
    expect(kept.get('cellarhand.way')).toBe('sse')
    const statuses: string[] = []
    offers.subscribe(() => statuses.push(offers.view().status))
    for (let passed = 0; passed < 300_000; passed += 5_000) {
      tell({ type: 'ping', head: 'aaaaaa.1', at: '2026-01-01T00:00:00.000Z' })
      await pass(5_000)
    }
    // The better way is tried beside the line there is.
    const [, , streaming, probe] = lines
    expect(probe).toMatchObject({ way: 'websocket' })
    expect(streaming?.isClosed).toBe(false)
    probe?.on.frame(welcome)
    await pass()
    expect(streaming?.isClosed).toBe(true)
    expect(line()).toMatchObject({ way: 'websocket', request: { topics: [{ topic, cursor: 'aaaaaa.1' }] } })
    tell(welcome, { type: 'ready', topic, resumed: true, cursor: 'aaaaaa.1' })
    expect(client.connection()).toMatchObject({ state: 'live', way: 'websocket' })
    expect(statuses).toEqual([])
  })

  test('begins with the way that worked the last time', async () => {
    const storage = { get: async () => 'poll', set: nothing, remove: nothing }
    const script = createScript({
      ways: ['websocket', 'sse', 'poll'],
      storage: { ...storage, get: (key) => (key === 'cellarhand.way' ? 'poll' : null) },
    })
    await script.pass()
    script.client.offers('sku:A').subscribe(nothing)
    await script.pass()
    expect(script.line().way).toBe('poll')
  })

  test('of a way whose topics are fixed is opened anew when they change, and nothing blinks', async () => {
    const { client, lines, tell, pass, offers } = await following({ ways: ['sse'] })
    tell(welcome, ...wholeWith(topic, offerOf('A', 5, 1)))
    const statuses: string[] = []
    offers.subscribe(() => statuses.push(offers.view().status))
    client.offers('sku:B').subscribe(nothing)
    await pass()
    expect(lines[0]?.isClosed).toBe(true)
    expect(lines[1]?.request.topics).toEqual([
      { topic, cursor: 'aaaaaa.1' },
      { topic: 'sku:B@web', cursor: undefined },
    ])
    // The line of before has nothing to say any more.
    lines[0]?.on.frame({ type: 'offers', topic, offers: [offerOf('A', 99, 50)] })
    lines[0]?.on.ended({ kind: 'lost' })
    expect(offers.view().data).toMatchObject([{ available: 5 }])
    // As of a search, which is gone on with by nobody.
    tell(welcome, { type: 'reset', topic, reason: 'too_old' }, ...wholeWith(topic, offerOf('A', 5, 1)))
    expect(statuses).toEqual([])
    expect(client.connection().state).toBe('live')
  })

  test('that is silent for twice the time of its pings is given up; one that answers is not', async () => {
    const { client, line, tell, pass } = await following()
    tell(welcome)
    await pass(19_000)
    tell({ type: 'ping', head: 'aaaaaa.0', at: '2026-01-01T00:00:00.000Z' })
    expect(line().said).toEqual([{ type: 'pong' }])
    await pass(19_000)
    expect(client.connection().state).toBe('live')
    await pass(1_001)
    expect(client.connection()).toMatchObject({ state: 'waiting', retries: 1 })
  })

  test('whose cursor stays behind the log though it answers has lost something: another one is opened', async () => {
    const { client, tell, pass } = await following()
    tell(welcome, ...wholeWith(topic, offerOf('A', 5, 1)))
    for (let pings = 0; pings < 5; pings += 1) {
      expect(client.connection().state).toBe('live')
      tell({ type: 'ping', head: 'aaaaaa.9', at: '2026-01-01T00:00:00.000Z' })
      await pass(10_000)
    }
    expect(client.connection().state).not.toBe('live')
  })

  test('of a machine that slept is opened anew at once when it wakes', async () => {
    const { client, lines, loop, tell, pass } = await following()
    tell(welcome)
    loop.sleep(600_000)
    await pass()
    expect(lines).toHaveLength(2)
    expect(client.connection().state).toBe('connecting')
  })

  test('is tried at once when there is a network again, and when the page is looked at again', async () => {
    const { client, lines, line, signal, pass } = await following()
    signal('offline')
    expect(client.connection().state).toBe('offline')
    signal('online')
    await pass()
    expect(lines).toHaveLength(2)
    line().on.ended({ kind: 'lost' })
    signal('shown')
    await pass()
    expect(lines).toHaveLength(3)
  })

  test('comes back when the server says, and not before', async () => {
    const { lines, tell, pass } = await following()
    tell(welcome, { type: 'reconnect', afterMs: 1_700 })
    expect(lines[0]?.isClosed).toBe(true)
    await pass(1_699)
    expect(lines).toHaveLength(1)
    await pass(1)
    expect(lines).toHaveLength(2)
  })

  test('that is refused is not tried again before somebody says so, and says why', async () => {
    const { client, lines, line, pass, offers } = await following()
    const problem = { type: 'about:blank', title: 'no', status: 4501, detail: 'this version is not spoken here' }
    line().on.ended({ kind: 'refused', problem })
    await pass(600_000)
    expect(lines).toHaveLength(1)
    expect(offers.view()).toMatchObject({ status: 'error', error: problem })
    client.reconnect()
    await pass()
    expect(lines).toHaveLength(2)
  })

  test('shows another token half a minute before the one it has expires', async () => {
    let tokens = 0
    const { line, tell, pass } = await following({ getToken: async () => `token-${(tokens += 1)}` })
    expect(line().request.token).toBe('token-1')
    tell(welcome, { type: 'ping', head: 'aaaaaa.0', at: '2026-01-01T00:00:00.000Z' })
    tell({ type: 'authorised', expiresAt: '2026-01-01T00:00:35.000Z' })
    await pass(4_900)
    expect(line().said).toEqual([{ type: 'pong' }])
    await pass(100)
    expect(line().said).toContainEqual({ type: 'auth', token: 'token-2' })
  })

  test('is closed when nothing is followed any more', async () => {
    const script = createScript()
    const off = script.client.offers('sku:A').subscribe(nothing)
    await script.pass()
    script.tell(welcome)
    off()
    await script.pass(5_001)
    expect(script.line().isClosed).toBe(true)
    expect(script.client.connection().state).toBe('idle')
  })
})
