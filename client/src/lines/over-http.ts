import type { PollAnswer, ServerFrame, TopicRequest } from '@cellarhand/protocol/feed'
import { bearer, problemOf, retryAfterMs } from '../answer.ts'
import type { World } from '../world.ts'
import type { Line, LineEvents, LineRequest } from './line.ts'

/** A proxy that gathers an answer until it is whole lets nothing through: not even the `welcome`. */
const FIRST_BYTE_MS = 5_000
/** Long-poll: the server answers within 25 s, and an answer takes its time. */
const QUIET_MS = 40_000
/** Long-poll: what a cursor has not seen is answered at once; so an answer that is not there by now has nothing to tell. */
const NOTHING_NEW_MS = 2_000
/** Statuses under which the same would be refused again. Under others (a token that has expired, a server that is away) it is tried again. */
const final = [400, 403, 404, 422]
const JSON_TYPE = 'application/json'

type Http = Pick<World, 'fetch' | 'after'>

/** Asks for the feed. */
type Ask = (accept: string, cursor?: string) => Promise<Response>

/** The feed as Server-Sent Events, by a request whose body streams: not by EventSource, which takes no token and is not in Node. */
export function sse(http: Http, request: LineRequest, on: LineEvents): Line {
  return overHttp(http, request, on, async (ask) => {
    const unfit = () => on.ended({ kind: 'lost', unfit: true })
    const off = http.after(FIRST_BYTE_MS, unfit)
    const answer = await ask('text/event-stream')
    if (!answer.ok) return answer
    if (answer.body) await readEvents(answer.body, on, off)
    else unfit()
    return undefined
  })
}

async function readEvents(body: ReadableStream<Uint8Array>, on: LineEvents, off: () => void): Promise<void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  for (let text = ''; ;) {
    const { done, value } = await reader.read()
    if (done) return
    off()
    on.heard()
    const events = (text + decoder.decode(value, { stream: true })).split('\n\n')
    text = events.pop() ?? ''
    for (const event of events) {
      const data = /^data: ?(.*)/m.exec(event)?.[1]
      if (data) on.frame(JSON.parse(data) as ServerFrame)
    }
  }
}

/**
 * The feed by one request after another: where nothing else gets through, and where bodies do not stream (React Native). There is no `welcome` in its answers, and where
 * nothing has changed there is none for long: what those would have said is said here.
 */
export function poll(http: Http, request: LineRequest, on: LineEvents): Line {
  const { topics } = request
  let begin = () => {
    begin = () => {}
    on.frame({ type: 'welcome', version: 2, epoch: '', head: '', pingMs: QUIET_MS / 2 })
  }
  const nothingNew = () => {
    begin()
    for (const { topic, cursor } of topics) if (cursor) on.frame({ type: 'ready', topic, resumed: true, cursor })
  }
  return overHttp(http, request, on, async (ask) => {
    const off = http.after(NOTHING_NEW_MS, nothingNew)
    for (let cursor: string | undefined; ;) {
      const answer = await ask(JSON_TYPE, cursor)
      if (!answer.ok) return answer
      const told = (await answer.json()) as PollAnswer
      off()
      begin()
      cursor = told.cursor
      for (const frame of told.frames) on.frame(frame as ServerFrame)
      on.heard()
    }
  })
}

/** Follows until that ends, with an answer that refuses it or with none. One topic that is refused refuses all: then the others are followed without it. */
function overHttp(
  { fetch }: Http,
  { url, channel, token, topics }: LineRequest,
  on: LineEvents,
  follow: (ask: Ask) => Promise<Response | undefined>,
): Line {
  const call = new AbortController()
  const get = (some: readonly TopicRequest[], accept: string, cursor = connectionCursor(some)) => {
    const query = new URLSearchParams({ channel })
    for (const { topic } of some) query.append('topic', topic)
    if (cursor) query.append('cursor', cursor)
    const headers = { accept, ...bearer(token) }
    return fetch(`${url}/v1/feed?${query}`, { headers, signal: call.signal, cache: 'no-store' })
  }
  const run = async (some: readonly TopicRequest[]): Promise<void> => {
    const answer = await follow((accept, cursor) => get(some, accept, cursor))
    if (!answer || !final.includes(answer.status))
      return on.ended({ kind: 'lost', afterMs: answer && retryAfterMs(answer) })
    const allowed: TopicRequest[] = []
    for (const one of some.length > 1 ? some : []) {
      const { topic } = one
      const alone = await get([{ topic }], JSON_TYPE)
      if (alone.ok) {
        allowed.push(one)
        void alone.body?.cancel()
      } else {
        const { type, detail } = await problemOf(alone)
        on.frame({ type: 'error', topic, problem: type, detail })
      }
    }
    if (allowed.length > 0 && allowed.length < some.length) return run(allowed)
    on.ended({ kind: 'refused', problem: await problemOf(answer) })
  }
  run(topics).catch(() => on.ended({ kind: 'lost' }))
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
