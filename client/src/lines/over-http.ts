import type { PollAnswer, ServerFrame, TopicRequest } from '@cellarhand/protocol/feed'
import type { World } from '../world.ts'
import type { Line, LineEvents, LineRequest } from './line.ts'

/** A proxy that gathers an answer until it is whole lets nothing through: not even the `welcome`. */
const FIRST_BYTE_MS = 5_000
/** Long-poll: the server answers within 25 s, and an answer takes its time. */
const QUIET_MS = 40_000
/** Long-poll: what a cursor has not seen is answered at once; so an answer that is not there by now has nothing to tell. */
const NOTHING_NEW_MS = 2_000
/** Statuses under which the same would be refused again. Under others (a token that has expired, a server that is away) it is tried again. */
const final = [400, 403, 422]

type Http = Pick<World, 'fetch' | 'after'>

/** Asks for the feed; gives the answer where there is one. */
type Ask = (cursor: string | undefined, accept: string) => Promise<Response | undefined>

/** The feed as Server-Sent Events, by a request whose body streams: not by EventSource, which takes no token and is not in Node. */
export function sse(http: Http, request: LineRequest, on: LineEvents): Line {
  return overHttp(http, request, on, async (ask) => {
    const off = http.after(FIRST_BYTE_MS, () => on.ended({ kind: 'lost', unfit: true }))
    try {
      const response = await ask(connectionCursor(request.topics), 'text/event-stream')
      if (!response) return
      if (!response.body) return on.ended({ kind: 'lost', unfit: true })
      await readEvents(
        response.body,
        () => {
          off()
          on.heard()
        },
        on.frame,
      )
      on.ended({ kind: 'lost' })
    } finally {
      off()
    }
  })
}

async function readEvents(
  body: ReadableStream<Uint8Array>,
  heard: () => void,
  take: LineEvents['frame'],
): Promise<void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  for (let text = ''; ;) {
    const { done, value } = await reader.read()
    if (done) return
    heard()
    const events = (text + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/)
    text = events.pop() ?? ''
    for (const event of events) {
      const data = /^data:(.*)/m.exec(event)?.[1]
      if (data) take(JSON.parse(data) as ServerFrame)
    }
  }
}

/** The feed by one request after another: where nothing else gets through, and where bodies do not stream (React Native). */
export function poll(http: Http, request: LineRequest, on: LineEvents): Line {
  const line = overHttp(http, request, on, async (ask) => {
    const off = http.after(NOTHING_NEW_MS, on.whole)
    for (let cursor = connectionCursor(request.topics); ;) {
      const response = await ask(cursor, 'application/json').finally(off)
      if (!response) return
      const answer = (await response.json()) as PollAnswer
      cursor = answer.cursor
      for (const frame of answer.frames) on.frame(frame)
      on.heard()
      on.whole()
    }
  })
  return { ...line, quietMs: QUIET_MS }
}

function overHttp({ fetch }: Http, request: LineRequest, on: LineEvents, follow: (ask: Ask) => Promise<void>): Line {
  const { url, channel, token, topics } = request
  const call = new AbortController()
  const query = new URLSearchParams({ channel })
  for (const { topic } of topics) query.append('topic', topic)
  const ask: Ask = async (cursor, accept) => {
    if (cursor) query.set('cursor', cursor)
    const headers = { accept, ...(token && { authorization: `Bearer ${token}` }) }
    const response = await fetch(`${url}/v1/feed?${query}`, { headers, signal: call.signal, cache: 'no-store' })
    if (response.ok) return response
    const { status } = response
    const afterMs = Number(response.headers.get('retry-after')) * 1_000 || undefined
    if (!final.includes(status)) return void on.ended({ kind: 'lost', afterMs })
    const problem = { type: 'about:blank', title: `HTTP ${status}`, status, detail: '' }
    on.ended({ kind: 'refused', problem: { ...problem, ...((await response.json().catch(() => {})) as object) } })
    return undefined
  }
  follow(ask).catch(() => on.ended({ kind: 'lost' }))
  return { close: () => call.abort() }
}

/**
 * The cursor of a connection, out of those of its topics: `EPOCH.N`, and behind it `,INDEX:N` for each that does not stand there, `,INDEX:-`
 * for each that has none. Undefined where none has. Pure.
 */
export function connectionCursor(topics: readonly TopicRequest[]): string | undefined {
  const base = topics.find(({ cursor }) => cursor)?.cursor
  const [epoch] = base?.split('.') ?? []
  return base?.concat(
    ...topics.map(({ cursor = '' }, index) => {
      const [own, number] = cursor.split('.')
      return cursor === base ? '' : `,${index}:${own === epoch ? number : '-'}`
    }),
  )
}
