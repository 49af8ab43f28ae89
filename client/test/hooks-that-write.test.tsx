// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Hold } from '@cellarhand/protocol/stock'
import { useHold, useMutate, useOffer, useWineSearch } from '../src/react/react.ts'
import { openPage } from './render.tsx'
import { createScript, offerOf, welcome, wholeWith, type Script } from './script.ts'

const topic = 'sku:A@web'
const refusal = { type: 'https://x/insufficient-stock', title: 't', status: 409, detail: 'There are 2.' }

const holdOf = (more: Partial<Hold> = {}) =>
  ({
    id: 'h1',
    state: 'active',
    expiresAt: '2026-01-01T00:10:00.000Z',
    lines: [{ sku: 'A', quantity: 2 }],
    position: 'aaaaaa.5',
    ...more,
  }) as Hold

beforeEach(() => {
  // The countdown and what is shown for a while; the test's own clock is the script's.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
})

afterEach(() => {
  vi.useRealTimers()
})

/** Answers writes with what they are to get, in order, each when it is let go. */
function answering(script: Script, ...answers: Response[]): { letGo: () => void } {
  let release = () => {}
  script.answer = () =>
    new Promise((go) => {
      release = () => go(answers.shift() ?? new Response('', { status: 503 }))
    })
  return { letGo: () => release() }
}

describe('useHold', () => {
  let held: ReturnType<typeof useHold>
  function Hands() {
    held = useHold('A')
    const { hold, state, pending, refused } = held
    return (
      <p>
        {`${hold ? `${hold.id} ${hold.quantity} ${hold.remainingMs}` : 'none'} ${state ?? ''} ${pending ? 'pending' : ''} ${refused?.detail ?? ''}`.trim()}
      </p>
    )
  }

  test('holds bottles, counts down by the server’s clock, for longer, and gives them back', async () => {
    const script = createScript()
    const page = await openPage(script)
    await page.render(<Hands />)
    expect(page.container.textContent).toBe('none')
    const first = answering(
      script,
      Response.json(holdOf(), { status: 201, headers: { date: 'Thu, 01 Jan 2026 00:00:00 GMT' } }),
    )
    await page.does(() => void held.place(2, 600))
    expect(page.container.textContent).toBe('none  pending')
    await page.does(first.letGo)
    expect(JSON.parse(script.requests[0]?.init?.body as string)).toEqual({
      lines: [{ sku: 'A', quantity: 2, channel: 'web' }],
      ttlSeconds: 600,
    })
    expect(page.container.textContent).toBe('h1 2 600000 active')

    script.loop.sleep(61_000)
    await page.does(() => vi.advanceTimersByTime(1_000))
    expect(page.container.textContent).toBe('h1 2 539000 active')

    const second = answering(
      script,
      Response.json(holdOf({ expiresAt: '2026-01-01T00:20:00.000Z', position: 'aaaaaa.6' })),
    )
    await page.does(() => void held.extend(1_200))
    await page.does(second.letGo)
    expect(page.container.textContent).toBe('h1 2 1139000 active')

    const third = answering(script, Response.json(holdOf({ state: 'released', position: 'aaaaaa.7' })))
    await page.does(() => void held.release())
    await page.does(third.letGo)
    expect(page.container.textContent).toBe('none released')
    expect(script.requests.map(({ init, path }) => `${init?.method} ${path}`)).toEqual([
      'POST /v1/holds',
      'PATCH /v1/holds/h1',
      'DELETE /v1/holds/h1',
    ])
  })

  test('that is refused says why', async () => {
    const script = createScript()
    const page = await openPage(script)
    await page.render(<Hands />)
    const { letGo } = answering(script, Response.json(refusal, { status: 409 }))
    await page.does(() => void held.place(9))
    await page.does(letGo)
    expect(page.container.textContent).toBe('none   There are 2.')
  })

  test('that ends at the server ends here: it is followed by its id; an older state of it changes nothing', async () => {
    const script = createScript()
    const page = await openPage(script)
    await page.render(<Hands />)
    const { letGo } = answering(script, Response.json(holdOf(), { status: 201 }))
    await page.does(() => void held.place(2))
    await page.does(letGo)
    expect(script.line().request.topics).toEqual([{ topic: 'hold:h1', cursor: undefined }])
    const tell = (state: Hold['state'], number: number) =>
      page.does(() =>
        script.tell({ type: 'hold', topic: 'hold:h1', hold: holdOf({ state, position: `aaaaaa.${number}` }) }),
      )
    await page.does(() => script.tell(welcome))
    await tell('expired', 4)
    await page.does(() => script.tell({ type: 'ready', topic: 'hold:h1', resumed: false, cursor: 'aaaaaa.4' }))
    expect(held.state).toBe('active')
    await tell('revoked', 9)
    expect(page.container.textContent).toBe('none revoked')
  })
})

describe('useMutate', () => {
  let changing: ReturnType<typeof useMutate<number, Hold>>
  function Shelf() {
    const { data } = useOffer('A')
    changing = useMutate<number, Hold>((client, quantity) => client.hold({ lines: [{ sku: 'A', quantity }] }), {
      optimistic: (quantity) => ({
        sku: 'A',
        change: (offer) => ({ ...offer, available: offer.available - quantity }),
      }),
      undo: (client, { id }) => client.release(id),
    })
    return <p>{`${data?.available} ${changing.pending ? 'pending' : ''} ${changing.conflict?.detail ?? ''}`.trim()}</p>
  }
  const openShelf = async () => {
    const script = createScript()
    const page = await openPage(script)
    await page.render(<Shelf />)
    await page.does(() => script.tell(welcome, ...wholeWith(topic, offerOf('A', 5, 1))))
    return { script, page, text: () => page.container.textContent }
  }

  test('shows what a write will do at once, until the feed tells of it', async () => {
    const { script, page, text } = await openShelf()
    const { letGo } = answering(script, Response.json(holdOf(), { status: 201 }))
    await page.does(() => void changing.mutate(2))
    expect(text()).toBe('3 pending')
    // Somebody else’s bottle: what is shown is on top of what is.
    await page.does(() => script.tell({ type: 'offers', topic, offers: [offerOf('A', 4, 3)] }))
    expect(text()).toBe('2 pending')
    await page.does(letGo)
    expect(text()).toBe('2')
    await page.does(() => script.tell({ type: 'offers', topic, offers: [offerOf('A', 2, 5)] }))
    expect(text()).toBe('2')
    await page.does(() => vi.advanceTimersByTime(10_000))
    expect(text()).toBe('2')
  })

  test('takes it back where it is refused, and says why; the next one forgets that', async () => {
    const { script, page, text } = await openShelf()
    const { letGo } = answering(
      script,
      Response.json(refusal, { status: 409 }),
      Response.json(holdOf(), { status: 201 }),
    )
    await page.does(() => void changing.mutate(9))
    expect(text()).toBe('-4 pending')
    await page.does(letGo)
    expect(text()).toBe('5  There are 2.')
    await page.does(() => void changing.mutate(1))
    expect(text()).toBe('4 pending')
  })

  test('does not show for long what the feed never tells of', async () => {
    const { script, page, text } = await openShelf()
    const { letGo } = answering(script, Response.json(holdOf(), { status: 201 }))
    await page.does(() => void changing.mutate(2))
    await page.does(letGo)
    expect(text()).toBe('3')
    await page.does(() => vi.advanceTimersByTime(5_000))
    expect(text()).toBe('5')
  })

  test('is undone on demand', async () => {
    const { script, page } = await openShelf()
    const { letGo } = answering(script, Response.json(holdOf(), { status: 201 }))
    expect(changing.undo).toBeUndefined()
    await page.does(() => void changing.mutate(2))
    await page.does(letGo)
    await page.does(() => void changing.undo?.())
    expect(script.requests.at(-1)).toMatchObject({ path: '/v1/holds/h1', init: { method: 'DELETE' } })
  })
})

describe('useWineSearch', () => {
  let search: ReturnType<typeof useWineSearch>
  function Found({ q, initial }: { q: string; initial?: Parameters<typeof useWineSearch>[0]['initial'] }) {
    search = useWineSearch({ q, facets: { colour: ['red', 'white'] }, sort: 'price', initial })
    const { data, status, error } = search
    return (
      <p>
        {`${status} ${data?.wines.map(({ id }) => id).join(' ')} ${data?.offers.get('A')?.available} ${error?.detail ?? ''}`.trim()}
      </p>
    )
  }
  const listOf = (...ids: string[]) => ({ items: ids.map((id) => ({ id })), total: ids.length, facets: {} }) as never
  const query = (q: string) => `q=${q}&sort=price&colour=red&colour=white`

  test('reads the wines, and follows their offers; the last is shown as stale while the next is read', async () => {
    const script = createScript()
    const page = await openPage(script)
    script.answer = (path) => Response.json(listOf(path.includes('q=latour') ? 'W1' : 'W2'))
    await page.render(<Found q="latour" />)
    expect(script.requests[0]?.path).toBe(`/v1/wines?${query('latour')}&channel=web&facets=true`)
    const found = `search:${query('latour')}@web`
    expect(script.line().request.topics).toEqual([{ topic: found, cursor: undefined }])
    expect(page.container.textContent).toBe('loading W1 undefined')
    await page.does(() => script.tell(welcome, ...wholeWith(found, offerOf('A', 5, 1))))
    expect(page.container.textContent).toBe('live W1 5')

    let letGo = () => {}
    script.answer = () => new Promise((go) => (letGo = () => go(Response.json(listOf('W2')))))
    await page.render(<Found q="mouton" />)
    expect(page.container.textContent).toBe('stale W1 undefined')
    await page.does(() => letGo())
    await page.does(() => script.tell(...wholeWith(`search:${query('mouton')}@web`, offerOf('A', 5, 1))))
    expect(page.container.textContent).toBe('live W2 5')
  })

  test('tries again where nobody heard, and says what is refused', async () => {
    const script = createScript()
    const page = await openPage(script)
    await page.render(<Found q="latour" />)
    expect(page.container.textContent).toBe('loading undefined undefined')
    script.answer = () => Response.json({ ...refusal, detail: 'That is no search.' }, { status: 400 })
    await page.does(() => vi.advanceTimersByTime(2_000))
    expect(page.container.textContent).toBe('error undefined undefined That is no search.')
    script.answer = () => Response.json(listOf('W1'))
    await page.does(() => search.refetch())
    expect(page.container.textContent).toContain('W1')
  })

  test('begins with what a server read', async () => {
    const script = createScript()
    const page = await openPage(script)
    await page.render(<Found q="latour" initial={listOf('W7')} />)
    expect(page.container.textContent).toBe('loading W7 undefined')
  })
})
