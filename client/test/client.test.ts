import { describe, expect, test } from 'vitest'
import { TooManyTopics } from '../src/client.ts'
import type { AuditEntry } from '@cellarhand/protocol/feed'
import { createScript, entryOf, offerOf, welcome, wholeWith } from './script.ts'

const topic = 'sku:A@web'
const nothing = () => {}

describe('following', () => {
  test('opens nothing by itself', async () => {
    const { client, lines, pass } = createScript()
    client.offers('sku:A')
    await pass(60_000)
    expect(lines).toEqual([])
    expect(client.connection()).toMatchObject({ state: 'idle', hasEverConnected: false })
  })

  test('asks for the topics of one moment together, whole, in the client’s channel', async () => {
    const { client, line, pass } = createScript({ channel: 'shop' })
    for (const name of ['sku:A', 'sku:B@club', 'search:q=red', 'channel:web']) client.offers(name).subscribe(nothing)
    await pass()
    expect(line().request.topics.map((one) => one.topic)).toEqual([
      'sku:A@shop',
      'sku:B@club',
      'search:q=red@shop',
      'channel:web',
    ])
    expect(line().request.channel).toBe('shop')
  })

  test('a topic is loading, live, stale when the line is gone, and live again, with data from the first on', async () => {
    const { client, line, tell, pass } = createScript()
    const offers = client.offers('sku:A')
    const seen: unknown[] = []
    offers.subscribe(() => seen.push([offers.view().status, offers.view().data?.[0]?.available]))
    expect(offers.view().status).toBe('loading')
    await pass()
    tell(welcome, ...wholeWith(topic, offerOf('A', 5, 1)))
    line().on.ended({ kind: 'lost' })
    await pass(1_000)
    expect(line().request.topics).toEqual([{ topic, cursor: 'aaaaaa.1' }])
    tell(welcome, { type: 'ready', topic, resumed: true, cursor: 'aaaaaa.1' })
    tell({ type: 'offers', topic, offers: [offerOf('A', 4, 2)], cursor: 'aaaaaa.2' })
    expect(seen).toEqual([
      ['live', 5],
      ['stale', 5],
      ['live', 5],
      ['live', 4],
    ])
    expect(client.connection()).toMatchObject({ state: 'live', recovered: true, retries: 0 })
  })

  test('an older value changes nothing, and the view stays the same object', async () => {
    const { client, tell, pass } = createScript()
    const offers = client.offers('sku:A')
    offers.subscribe(nothing)
    await pass()
    tell(welcome, ...wholeWith(topic, offerOf('A', 5, 7)))
    const view = offers.view()
    tell({ type: 'offers', topic, offers: [offerOf('A', 9, 6)], cursor: 'aaaaaa.7' })
    expect(offers.view().data).toEqual(view.data)
    tell({ type: 'progress', cursor: 'aaaaaa.9' })
    const quiet = offers.view()
    tell({ type: 'progress', cursor: 'aaaaaa.10' })
    expect(offers.view()).toBe(quiet)
  })

  test('what is gone leaves that topic alone, however old its position; it comes back as it was', async () => {
    const { client, tell, pass } = createScript()
    const search = client.offers('search:q=red')
    const all = client.offers('channel:web')
    search.subscribe(nothing)
    all.subscribe(nothing)
    await pass()
    const offer = offerOf('A', 5, 7)
    const found = 'search:q=red@web'
    tell(welcome, ...wholeWith(found, offer), ...wholeWith('channel:web', offer))
    tell({
      type: 'offers',
      topic: found,
      offers: [{ sku: 'A', channel: 'web', gone: true, position: 'aaaaaa.3' }],
      cursor: 'aaaaaa.7',
    })
    expect(search.view().data).toEqual([])
    expect(all.view().data).toEqual([offer])
    tell({ type: 'offers', topic: found, offers: [offer], cursor: 'aaaaaa.7' })
    expect(search.view().data).toEqual([offer])
  })

  test('after a reset the old is shown, as stale, until all of the new is there', async () => {
    const { client, tell, pass } = createScript()
    const all = client.offers('channel:web')
    all.subscribe(nothing)
    await pass()
    tell(welcome, ...wholeWith('channel:web', offerOf('A', 5, 8), offerOf('B', 5, 9)))
    tell({ type: 'reset', topic: 'channel:web', reason: 'epoch' })
    const restored = { ...offerOf('B', 1, 1), position: 'bbbbbb.1' }
    tell({ type: 'offers', topic: 'channel:web', offers: [restored] })
    expect(all.view()).toMatchObject({ status: 'stale', data: [{ sku: 'A' }, { sku: 'B' }] })
    tell({ type: 'ready', topic: 'channel:web', resumed: false, cursor: 'bbbbbb.1' })
    expect(all.view()).toMatchObject({ status: 'live', data: [restored] })
  })

  test('who comes back in the midst of what a reset began has no cursor to come back with', async () => {
    const { client, line, tell, pass } = createScript()
    client.offers('sku:A').subscribe(nothing)
    await pass()
    tell(welcome, ...wholeWith(topic, offerOf('A', 5, 8)), { type: 'reset', topic, reason: 'rebuilt' })
    line().on.ended({ kind: 'lost' })
    await pass(1_000)
    expect(line().request.topics).toEqual([{ topic, cursor: undefined }])
  })

  test('a journal that begins anew, and breaks before it is whole, begins anew once more: it has no gap', async () => {
    const { client, line, tell, pass } = createScript()
    const entries = client.follow<AuditEntry>('audit')
    entries.subscribe(nothing)
    await pass()
    tell(welcome, { type: 'ready', topic: 'audit', resumed: false, cursor: 'aaaaaa.1' })
    tell({ type: 'entries', topic: 'audit', entries: [entryOf('e2', 2)], cursor: 'aaaaaa.2' })
    tell({ type: 'reset', topic: 'audit', reason: 'expired' })
    tell({ type: 'entries', topic: 'audit', entries: [entryOf('e9', 9)], cursor: 'aaaaaa.9' })
    line().on.ended({ kind: 'lost' })
    await pass(1_000)
    expect(line().request.topics).toEqual([{ topic: 'audit', cursor: undefined }])
    tell(welcome, { type: 'ready', topic: 'audit', resumed: false, cursor: 'aaaaaa.11' })
    expect(entries.view().data).toEqual([])
  })

  test('journal entries are gone on with behind the last, also before the topic is whole', async () => {
    const { client, line, tell, pass } = createScript()
    client.follow('audit').subscribe(nothing)
    await pass()
    tell(welcome, { type: 'ready', topic: 'audit', resumed: false, cursor: 'aaaaaa.1' })
    line().on.ended({ kind: 'lost' })
    await pass(1_000)
    tell(welcome, { type: 'entries', topic: 'audit', entries: [], cursor: 'aaaaaa.5' })
    line().on.ended({ kind: 'lost' })
    await pass(2_000)
    expect(line().request.topics).toEqual([{ topic: 'audit', cursor: 'aaaaaa.5' }])
  })

  test('a topic that is given up lingers for 5 s; followed again behind that, it is asked for when the first has ended', async () => {
    const { client, line, tell, pass } = createScript()
    const offers = client.offers('sku:A')
    client.offers('sku:B').subscribe(nothing)
    const off = offers.subscribe(nothing)
    await pass()
    tell(welcome, ...wholeWith(topic, offerOf('A', 5, 1)))
    off()
    await pass(4_900)
    offers.subscribe(nothing)()
    await pass(4_900)
    expect(line().said).toEqual([])
    expect(offers.view().data).toHaveLength(1)
    await pass(200)
    expect(line().said).toEqual([{ type: 'unsubscribe', topics: [topic] }])
    offers.subscribe(nothing)
    await pass()
    // On its way from before.
    tell({ type: 'offers', topic, offers: [offerOf('A', 9, 2)], cursor: 'aaaaaa.2' })
    expect(line().said).toHaveLength(1)
    expect(offers.view()).toMatchObject({ status: 'loading', data: undefined })
    tell({ type: 'unsubscribed', topic })
    await pass()
    expect(line().said[1]).toEqual({ type: 'subscribe', topics: [{ topic, cursor: undefined }] })
    tell(...wholeWith(topic, offerOf('A', 4, 3)))
    expect(offers.view().data).toMatchObject([{ available: 4 }])
  })

  test('asked for anew, a topic begins anew, whatever of its old life is still on its way', async () => {
    const { client, line, tell, pass } = createScript()
    const all = client.offers('channel:web')
    all.subscribe(nothing)
    await pass()
    tell(welcome, ...wholeWith('channel:web', offerOf('A', 5, 1), offerOf('B', 5, 2)))
    all.refetch()
    expect(line().said).toEqual([{ type: 'unsubscribe', topics: ['channel:web'] }])
    tell({ type: 'offers', topic: 'channel:web', offers: [offerOf('C', 5, 3)], cursor: 'aaaaaa.3' })
    tell({ type: 'progress', cursor: 'aaaaaa.4' }, { type: 'unsubscribed', topic: 'channel:web' })
    await pass()
    expect(line().said.slice(1)).toEqual([{ type: 'subscribe', topics: [{ topic: 'channel:web', cursor: undefined }] }])
    expect(all.view().data).toMatchObject([{ sku: 'A' }, { sku: 'B' }])
    tell(...wholeWith('channel:web', offerOf('B', 5, 2), offerOf('C', 5, 3)))
    expect(all.view()).toMatchObject({ status: 'live', data: [{ sku: 'B' }, { sku: 'C' }] })
  })

  test('more topics than one connection takes are refused, and those that linger make room', async () => {
    const { client, pass } = createScript()
    const offs = Array.from({ length: 128 }, (_, at) => client.offers(`sku:S${at}`).subscribe(nothing))
    await pass()
    expect(() => client.offers('sku:ONE-MORE').subscribe(nothing)).toThrow(TooManyTopics)
    offs[0]?.()
    expect(() => client.offers('sku:ONE-MORE').subscribe(nothing)).not.toThrow()
  })

  test('what one refusal says is that topic’s error alone', async () => {
    const { client, tell, pass } = createScript()
    const wrong = client.offers('sku:A@nowhere')
    const right = client.offers('sku:A')
    const got = wrong.get()
    right.subscribe(nothing)
    await pass()
    tell(
      welcome,
      { type: 'error', problem: 'unknown-channel', detail: 'There is no channel nowhere.', topic: 'sku:A@nowhere' },
      ...wholeWith(topic, offerOf('A', 5, 1)),
    )
    await expect(got).rejects.toMatchObject({
      message: 'There is no channel nowhere.',
      cause: { type: 'unknown-channel' },
    })
    expect(right.view().status).toBe('live')
  })

  test('iterating gives the newest, not everything between', async () => {
    const { client, tell, pass } = createScript()
    const seen: unknown[] = []
    const reading = (async () => {
      for await (const { data } of client.offers('sku:A')) seen.push(data?.[0]?.available)
    })()
    await pass()
    tell(welcome, ...wholeWith(topic, offerOf('A', 5, 1)))
    await pass()
    for (let at = 2; at < 9; at += 1) tell({ type: 'offers', topic, offers: [offerOf('A', at * 10, at)] })
    await pass()
    client.close()
    await reading
    expect(seen).toEqual([undefined, 5, 80])
  })
})

describe('the server’s time', () => {
  test('is what it said, whatever the device’s clock shows and however it jumps', async () => {
    let wall = 0
    const script = createScript({ world: { wall: () => wall } })
    script.client.offers('sku:A').subscribe(nothing)
    await script.pass()
    script.tell(welcome, { type: 'ping', head: 'aaaaaa.0', at: '2026-01-01T00:00:10.000Z' })
    wall = 999_999_999_999
    await script.pass(5_000)
    expect(new Date(script.client.serverNow()).toISOString()).toBe('2026-01-01T00:00:15.000Z')
  })
})

describe('what a server read for the first page', () => {
  test('is shown before anything is heard, as live, and gone on with from its cursor', async () => {
    const server = createScript()
    server.client.offers('sku:A').subscribe(nothing)
    await server.pass()
    server.tell(welcome, ...wholeWith(topic, offerOf('A', 5, 3)))
    const text = JSON.stringify(server.client.dehydrate())

    const { client, line, tell, pass } = createScript({ initial: JSON.parse(text) })
    const offers = client.offers('sku:A')
    expect(offers.view()).toMatchObject({ status: 'live', data: [{ sku: 'A', available: 5 }], position: 'aaaaaa.3' })
    expect(offers.viewAtFirst()).toBe(offers.view())
    const statuses: string[] = []
    offers.subscribe(() => statuses.push(offers.view().status))
    await pass()
    expect(line().request.topics).toEqual([{ topic, cursor: 'aaaaaa.3' }])
    tell(welcome, { type: 'ready', topic, resumed: true, cursor: 'aaaaaa.3' })
    expect(statuses).toEqual([])
    line().on.ended({ kind: 'lost' })
    expect(statuses).toEqual(['stale'])
  })
})
