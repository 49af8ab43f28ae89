import { expect, onTestFinished, test } from 'vitest'
import type { ServerFrame } from '@cellarhand/protocol/feed'
import { WebSocket } from 'ws'
import { runCommand } from '../../test/command.ts'
import { createTestDatabase } from '../../test/postgres.ts'
import { holdOf, openTestStock, type TestStock } from '../../test/stock.ts'
import { freePort } from '../platform/postgres/postmaster.ts'
import { until } from '../platform/postgres/processes.ts'

/** The client that PROTOCOL.md names, as its page says it is used. */
interface Example {
  follow(
    url: string,
    topics: readonly string[],
    options: { WebSocket: typeof WebSocket; onFrame: (frame: ServerFrame) => void },
  ): { view(topic: string): Record<string, unknown>[]; isWhole(): boolean; close(): void }
}

const example = new URL('../../../protocol/client.example.mjs', import.meta.url).href

interface Listed {
  readonly items: Record<string, unknown>[]
  readonly next?: string
}

/** All of a list, page by page. */
async function listed(url: string, path: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = []
  let next: string | undefined
  do {
    const more = next === undefined ? '' : `&cursor=${encodeURIComponent(next)}`
    const page = (await (await fetch(`${url}${path}${more}`)).json()) as Listed
    items.push(...page.items)
    next = page.next
  } while (next !== undefined)
  return items
}

const inOrder = (values: readonly Record<string, unknown>[]) =>
  values.toSorted((one, other) => (String(one['sku']) < String(other['sku']) ? -1 : 1))

const priced = (sku: string, amountMinor: number) =>
  ({
    kind: 'setPrice',
    lines: [{ sku, channel: 'web', price: { amountMinor, currency: 'EUR', taxIncluded: true, dutyIncluded: true } }],
  }) as const

/** Holds, deliveries and prices of SKUs: those of one wine become too dear for the search, and the others cheap enough. */
async function trade(stock: TestStock, skus: readonly string[], dear: readonly string[]): Promise<string> {
  let position = ''
  for (const [round, sku] of skus.entries()) {
    await stock.done(priced(sku, (dear.includes(sku) ? 90_000 : 1_000) + round))
    await stock.done({ kind: 'receive', location: 'shop', lines: [{ sku, quantity: 5 }] })
    ;({ position } = await stock.done(holdOf(sku, 2)))
  }
  return position
}

/** The SKUs that the search finds, by wine. */
const foundBy = async (url: string) =>
  (await listed(url, `/v1/wines?${search}&limit=100`)).map(({ skus }) =>
    (skus as readonly { sku: string }[]).map(({ sku }) => sku),
  )

async function ready(url: string, server: ReturnType<typeof runCommand>): Promise<void> {
  const isReady = async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.status === 200
  if (!(await until(isReady, { withinMs: 60_000 }))) throw new Error(server.said())
}

const isGoing = (frame: ServerFrame) => frame.type === 'offers' && frame.offers.some((offer) => 'gone' in offer)

const search = 'q=riesling&price=-4000'
const inSearch = `search:${search}@web`
const topics = ['channel:web', inSearch, 'location:shop']
type Client = ReturnType<Example['follow']>

/** What the client has is what the server answers. */
async function expectTruth(url: string, client: Client, position: string): Promise<void> {
  const offers = await listed(url, `/v1/offers?channel=web&limit=500&minPosition=${position}`)
  const found = new Set((await foundBy(url)).flat())
  expect(offers.length).toBeGreaterThan(500)
  const truth = {
    'channel:web': inOrder(offers),
    [inSearch]: inOrder(offers.filter(({ sku }) => found.has(String(sku)))),
    'location:shop': inOrder(await listed(url, '/v1/stock?location=shop&limit=500')),
  }
  const seen = () => Object.fromEntries(topics.map((topic) => [topic, inOrder(client.view(topic))]))
  await until(() => JSON.stringify(seen()) === JSON.stringify(truth), { withinMs: 40_000, everyMs: 100 })
  expect(seen()).toEqual(truth)
}

test('a client of a page, written from PROTOCOL.md alone, ends up with what the database says, through a kill of the server', async () => {
  const { follow } = (await import(example)) as Example
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const serve = () => runCommand('serve', '--port', String(port), '--database-url', database.url, '--auth', 'off')
  const first = serve()
  await ready(url, first)
  const stock = openTestStock(database.url)
  onTestFinished(() => stock.close())

  const frames: ServerFrame[] = []
  const client = follow(url, topics, { WebSocket, onFrame: (frame) => void frames.push(frame) })
  onTestFinished(() => client.close())
  await until(() => client.isWhole(), { withinMs: 20_000 })
  const found = (await foundBy(url)).slice(0, 4)
  expect(found).toHaveLength(4)
  await trade(stock, found.flat(), found[0] ?? [])
  // What has become dearer leaves the search within a second.
  const tooDear = () => client.view(inSearch).filter(({ sku }) => found[0]?.includes(String(sku)))
  await until(() => frames.some(isGoing) && tooDear().length === 0, { withinMs: 10_000 })
  expect(tooDear()).toEqual([])
  first.child.kill('SIGKILL')
  await first.ended
  await trade(stock, found.flat(), found[1] ?? [])
  const told = frames.length
  const second = serve()
  await ready(url, second)
  const position = await trade(stock, found.flat(), found[2] ?? [])

  await expectTruth(url, client, position)
  const after = frames.slice(told)
  expect(after.filter((frame) => frame.type === 'ready').map(({ topic, resumed }) => [topic, resumed])).toEqual(
    expect.arrayContaining([
      ['channel:web', true],
      ['location:shop', true],
      [inSearch, false],
    ]),
  )
  const sent = after.flatMap((frame) => (frame.type === 'offers' && frame.topic === 'channel:web' ? frame.offers : []))
  expect(sent.length).toBeLessThan(100)
}, 180_000)
