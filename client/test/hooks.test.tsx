// @vitest-environment happy-dom
import { renderToString } from 'react-dom/server'
import { hydrateRoot } from 'react-dom/client'
import { describe, expect, test, vi } from 'vitest'
import type { AuditEntry } from '@cellarhand/protocol/feed'
import { useConnection, useMovements, useOffer, useOffers, useStock } from '../src/react/react.ts'
import { around, openPage } from './render.tsx'
import { createScript, entryOf, offerOf, welcome, wholeWith } from './script.ts'

const topicOf = (sku: string) => `sku:${sku}@web`

function Bottle({ sku, channel }: { sku: string; channel?: string }) {
  const { status, data } = useOffer(sku, { channel })
  return <p>{`${sku} ${status} ${data?.available ?? 'none'}`}</p>
}

describe('useOffer', () => {
  test('is loading, then live, and renders what changes', async () => {
    const script = createScript()
    const page = await openPage(script)
    await page.render(<Bottle sku="A" />)
    expect(page.container.textContent).toBe('A loading none')
    await page.does(() => script.tell(welcome, ...wholeWith(topicOf('A'), offerOf('A', 5, 1))))
    expect(page.container.textContent).toBe('A live 5')
    await page.does(() => script.tell({ type: 'offers', topic: topicOf('A'), offers: [offerOf('A', 4, 2)] }))
    expect(page.container.textContent).toBe('A live 4')
    await page.does(() => script.line().on.ended({ kind: 'lost' }))
    expect(page.container.textContent).toBe('A stale 4')
  })

  test('of what is not offered is live, without data', async () => {
    const script = createScript()
    const page = await openPage(script)
    await page.render(<Bottle sku="A" channel="club" />)
    await page.does(() => script.tell(welcome, ...wholeWith('sku:A@club')))
    expect(page.container.textContent).toBe('A live none')
  })

  test('opens one line for a page, however many ask, and in StrictMode as well', async () => {
    const script = createScript()
    const page = await openPage(script, { isStrict: true })
    const many = [0, 1, 2].map((at) => <Bottle key={at} sku="A" />)
    await page.render([...many, <Bottle key="other" sku="B" />])
    expect(script.lines).toHaveLength(1)
    expect(script.line().request.topics.map(({ topic }) => topic)).toEqual(['sku:A@web', 'sku:B@web'])
    await page.does(() => script.pass(6_000))
    expect(script.line()).toMatchObject({ isClosed: false, said: [] })
  })

  test('that is mounted anew at once has what it had, and nobody is asked again', async () => {
    const script = createScript()
    const page = await openPage(script)
    await page.render(<Bottle sku="A" />)
    await page.does(() => script.tell(welcome, ...wholeWith(topicOf('A'), offerOf('A', 5, 1))))
    await page.render(<p>elsewhere</p>)
    await page.does(() => script.pass(3_000))
    await page.render(<Bottle sku="A" />)
    expect(page.container.textContent).toBe('A live 5')
    expect(script.line().said).toEqual([])
  })

  test('without a provider says what to do', async () => {
    const complain = vi.spyOn(console, 'error').mockImplementation(() => {})
    expect(() => renderToString(<Bottle sku="A" />)).toThrow('Put a CellarhandProvider around')
    complain.mockRestore()
  })
})

describe('useOffers', () => {
  const renders: ReadonlyMap<string, unknown>[] = []
  function Shelf({ skus }: { skus: readonly string[] }) {
    const { status, data, error } = useOffers(skus)
    renders.push(new Map(data))
    return (
      <p>{`${status} ${[...(data ?? [])].map(([sku, { available }]) => `${sku}:${available}`).join(' ')} ${error?.detail ?? ''}`}</p>
    )
  }

  test('is one subscription, and renders once for each key that changes', async () => {
    const script = createScript()
    const page = await openPage(script)
    await page.render(<Shelf skus={['A', 'B', 'C']} />)
    expect(script.lines).toHaveLength(1)
    await page.does(() =>
      script.tell(welcome, ...['A', 'B', 'C'].flatMap((sku) => wholeWith(topicOf(sku), offerOf(sku, 5, 1)))),
    )
    expect(page.container.textContent).toBe('live A:5 B:5 C:5 ')
    const before = renders.length
    await page.does(() =>
      script.tell({ type: 'offers', topic: topicOf('B'), offers: [offerOf('B', 3, 2)], cursor: 'aaaaaa.2' }),
    )
    expect(renders).toHaveLength(before + 1)
    expect(page.container.textContent).toBe('live A:5 B:3 C:5 ')
    expect(renders.at(-1)?.get('A')).toBe(renders.at(-2)?.get('A'))
    await page.does(() =>
      script.tell(
        { type: 'progress', cursor: 'aaaaaa.3' },
        { type: 'ping', head: 'aaaaaa.3', at: '2026-01-01T00:00:00.000Z' },
      ),
    )
    expect(renders).toHaveLength(before + 1)
  })

  test('of more than one connection takes says so as its status', async () => {
    const script = createScript()
    const page = await openPage(script)
    await page.render(<Shelf skus={Array.from({ length: 129 }, (_, at) => `S${at}`)} />)
    expect(page.container.textContent).toContain('error')
    expect(page.container.textContent).toContain('More than 128 topics')
  })
})

describe('after server rendering', () => {
  test('there is no mismatch, no flash and no gap', async () => {
    const server = createScript()
    server.client.offers('sku:A').subscribe(() => {})
    await server.pass()
    server.tell(welcome, ...wholeWith(topicOf('A'), offerOf('A', 5, 3)))
    const initial = JSON.parse(JSON.stringify(server.client.dehydrate()))
    // What changes while the page is rendered is not on it.
    server.tell({ type: 'offers', topic: topicOf('A'), offers: [offerOf('A', 1, 4)], cursor: 'aaaaaa.4' })
    const html = renderToString(around(server, <Bottle sku="A" />))
    expect(html).toContain('A live 5')

    const complain = vi.spyOn(console, 'error')
    const script = createScript({ initial })
    const seen: (string | null)[] = []
    const page = await openPage(script, {
      html,
      hydrate(into) {
        new MutationObserver(() => seen.push(into.textContent)).observe(into, {
          subtree: true,
          childList: true,
          characterData: true,
        })
        return hydrateRoot(into, around(script, <Bottle sku="A" />))
      },
    })
    expect(script.line().request.topics).toEqual([{ topic: topicOf('A'), cursor: 'aaaaaa.3' }])
    await page.does(() =>
      script.tell(
        welcome,
        { type: 'offers', topic: topicOf('A'), offers: [offerOf('A', 1, 4)] },
        { type: 'ready', topic: topicOf('A'), resumed: true, cursor: 'aaaaaa.4' },
      ),
    )
    await vi.waitFor(() => expect(seen).toEqual(['A live 1']))
    expect(complain.mock.calls).toEqual([])
    complain.mockRestore()
  })
})

describe('for staff', () => {
  test('useStock has the levels of a location', async () => {
    const script = createScript()
    const page = await openPage(script)
    function Levels() {
      const { data, status } = useStock({ location: 'shop' })
      return <p>{`${status} ${data?.map(({ sku, onHand }) => `${sku}:${onHand}`).join(' ')}`}</p>
    }
    await page.render(<Levels />)
    const levels = [{ sku: 'A', location: 'shop', onHand: 7, position: 'aaaaaa.1' }] as never
    await page.does(() =>
      script.tell(
        welcome,
        { type: 'levels', topic: 'location:shop', levels },
        { type: 'ready', topic: 'location:shop', resumed: false, cursor: 'aaaaaa.1' },
      ),
    )
    expect(page.container.textContent).toBe('live A:7')
  })

  test('useMovements, while it is paused, counts what comes and shows none of it', async () => {
    const script = createScript()
    const page = await openPage(script)
    let movements: ReturnType<typeof useMovements> | undefined
    function Journal() {
      movements = useMovements()
      return (
        <p>{`${movements.data?.map(({ id }) => id).join(' ')}, ${movements.paused ? 'paused' : 'going'}, ${movements.pending} pending`}</p>
      )
    }
    const tell = (...entries: AuditEntry[]) =>
      page.does(() =>
        script.tell({ type: 'entries', topic: 'audit', entries, cursor: String(entries.at(-1)?.position) }),
      )
    await page.render(<Journal />)
    await page.does(() => script.tell(welcome, { type: 'ready', topic: 'audit', resumed: false, cursor: 'aaaaaa.0' }))
    await tell(entryOf('e1', 1))
    expect(page.container.textContent).toBe('e1, going, 0 pending')
    await page.does(() => movements?.pause())
    await tell(entryOf('e2', 2), entryOf('e3', 3))
    expect(page.container.textContent).toBe('e1, paused, 2 pending')
    await page.does(() => movements?.resume())
    expect(page.container.textContent).toBe('e1 e2 e3, going, 0 pending')
  })
})

test('useConnection says how the connection stands, and tries again when it is told to', async () => {
  const script = createScript()
  const page = await openPage(script)
  let connection: ReturnType<typeof useConnection> | undefined
  function Lamp() {
    connection = useConnection()
    useOffer('A')
    return null
  }
  await page.render(<Lamp />)
  expect(connection).toMatchObject({
    state: 'connecting',
    retries: 0,
    hasEverConnected: false,
    queued: 0,
    recovered: false,
  })
  await page.does(() => script.tell(welcome, ...wholeWith(topicOf('A'), offerOf('A', 5, 1))))
  expect(connection).toMatchObject({ state: 'live', hasEverConnected: true, way: 'websocket' })
  await page.does(() => script.line().on.ended({ kind: 'lost' }))
  expect(connection).toMatchObject({ state: 'waiting', retries: 1, hasEverConnected: true })
  await page.does(() => connection?.reconnect())
  expect(connection?.state).toBe('connecting')
  await page.does(() => script.tell(welcome))
  expect(connection).toMatchObject({ state: 'live', recovered: true })
  script.answer = () => new Promise(() => {})
  await page.does(() => void script.client.release('h1'))
  expect(connection?.queued).toBe(1)
})
