import { get, type ClientRequest, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerFrame } from '@cellarhand/protocol/feed'
import type { GoneOffer, Offer } from '@cellarhand/protocol/offer'
import { numberOf } from './recorder.ts'
import { send } from './request.ts'
import type { ServerNode } from './server-node.ts'

/** Offers as they came, with the cursor of the frame where it had one. */
export interface FeedEvent {
  readonly frame: ServerFrame
  readonly id?: string
}

/** A client of the feed that believes nothing. */
export interface FeedJudge {
  readonly view: ReadonlyMap<string, Offer>
  /** What was not as promised since it was last asked. */
  complaints(): string[]
  cursor(): string | undefined
  /** A new connection: what comes now may repeat what was seen after the cursor. */
  connected(): void
  take(event: FeedEvent): void
}

/** Holds every frame against what a feed promises: cursors only rise, and no offer goes back or comes twice on one connection. */
export function createFeedJudge(): FeedJudge {
  const view = new Map<string, Offer>()
  const newest = new Map<string, number>()
  let complaints: string[] = []
  let onLine = new Map<string, number>()
  let cursor: string | undefined
  const blame = (what: string) => void (complaints.length < 20 && complaints.push(`feed: ${what}`))
  const takeOffer = (offer: Offer | GoneOffer) => {
    const number = numberOf(offer.position) ?? 0
    if (number < (newest.get(offer.sku) ?? 0))
      blame(`${offer.sku} went back from ${newest.get(offer.sku)} to ${number}`)
    if (number <= (onLine.get(offer.sku) ?? -1)) blame(`${offer.sku} came at ${number} after ${onLine.get(offer.sku)}`)
    newest.set(offer.sku, number)
    onLine.set(offer.sku, number)
    if ('gone' in offer) view.delete(offer.sku)
    else view.set(offer.sku, offer)
  }
  return {
    view,
    complaints: () => {
      const since = complaints
      complaints = []
      return since
    },
    cursor: () => cursor,
    connected: () => {
      onLine = new Map()
    },
    take: ({ frame, id }) => {
      if (frame.type === 'offers') frame.offers.forEach(takeOffer)
      if (frame.type === 'reset') {
        blame(`a reset (${frame.reason}) although nothing was restored`)
        view.clear()
        newest.clear()
        cursor = undefined
      }
      if (id === undefined) return
      if ((placeIn(id) ?? 0) < (placeIn(cursor) ?? 0)) blame(`the cursor went back from ${cursor} to ${id}`)
      cursor = id
    },
  }
}

/** Where the only topic of a connection stands by its cursor: at `EPOCH.N`, unless `,0:M` behind it says that it is elsewhere. */
function placeIn(cursor: string | undefined): number | undefined {
  const [, epoch, at] = /^(\w+)\.\d+,0:(\d+)$/.exec(cursor ?? '') ?? []
  return numberOf(at === undefined ? cursor : `${epoch}.${at}`)
}

/** A follower of the whole channel `web` over Server-Sent Events, which comes back with its cursor whenever it is cut off. */
export interface FeedFollower {
  readonly judge: FeedJudge
  /** How often it had to come back. */
  readonly reconnections: () => number
  /** Resolves when it has seen all up to a position; rejects after 20 s. */
  reached(position: string): Promise<void>
  stop(): Promise<void>
}

const BACK_AFTER_MS = 30
const REACHED_WITHIN_MS = 20_000

export function followFeed(choose: () => ServerNode): FeedFollower {
  const judge = createFeedJudge()
  const stopping = new AbortController()
  let connections = 0
  let line: ClientRequest | undefined
  const running = (async () => {
    while (!stopping.signal.aborted) {
      connections += 1
      judge.connected()
      await listen(choose().url, judge, (request) => (line = request))
      await sleep(BACK_AFTER_MS)
    }
  })()
  return {
    judge,
    reconnections: () => connections - 1,
    reached: async (position) => {
      const endsAt = performance.now() + REACHED_WITHIN_MS
      while ((placeIn(judge.cursor()) ?? -1) < (numberOf(position) ?? 0)) {
        if (performance.now() > endsAt) throw new Error(`the feed stays at ${judge.cursor()}, before ${position}`)
        await sleep(10)
      }
    },
    stop: async () => {
      stopping.abort()
      line?.destroy()
      await running
    },
  }
}

/** Takes frames until the line is lost. */
function listen(base: string, judge: FeedJudge, onLine: (request: ClientRequest) => void): Promise<void> {
  return new Promise((resolve) => {
    const cursor = judge.cursor()
    const headers = { accept: 'text/event-stream', ...(cursor === undefined ? {} : { 'last-event-id': cursor }) }
    const request = get(`${base}/v1/feed?topic=channel:web`, { agent: false, headers })
    onLine(request)
    request.once('error', () => resolve())
    request.once('close', () => resolve())
    request.once('response', (response: IncomingMessage) => {
      if (response.statusCode !== 200) return void request.destroy()
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const events = (text + chunk).split('\n\n')
        text = events.pop() ?? ''
        for (const event of events) judge.take(parse(event))
      })
      response.once('error', () => {})
    })
  })
}

function parse(event: string): FeedEvent {
  const fields = new Map(
    event.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  )
  const frame = { type: fields.get('event'), ...(JSON.parse(fields.get('data') ?? '{}') as object) } as ServerFrame
  const id = fields.get('id')
  return id === undefined ? { frame } : { frame, id }
}

/** Compares what a follower has with all offers as a server shows them, both once quiet; a sentence for each that differs. */
export async function compareViews(follower: FeedFollower, node: ServerNode): Promise<string[]> {
  const shown = await allOffers(node)
  await follower.reached(shown.position)
  const { view } = follower.judge
  const differing = [...new Set([...view.keys(), ...shown.offers.keys()])].filter(
    (sku) => JSON.stringify(view.get(sku)) !== JSON.stringify(shown.offers.get(sku)),
  )
  const sentences = differing
    .slice(0, 5)
    .map((sku) => `feed: ${sku} is ${JSON.stringify(view.get(sku))}, and read ${JSON.stringify(shown.offers.get(sku))}`)
  return [...follower.judge.complaints(), ...sentences]
}

async function allOffers(node: ServerNode): Promise<{ offers: Map<string, Offer>; position: string }> {
  const offers = new Map<string, Offer>()
  let next: string | undefined
  let position = ''
  do {
    const cursor = next === undefined ? '' : `&cursor=${encodeURIComponent(next)}`
    const { body } = await send(node.url, { method: 'GET', path: `/v1/offers?limit=500${cursor}` })
    const page = JSON.parse(body) as { items: Offer[]; next?: string; position: string }
    for (const offer of page.items) offers.set(offer.sku, offer)
    next = page.next
    position = page.position
  } while (next !== undefined)
  return { offers, position }
}
