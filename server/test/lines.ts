import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { FEED_VERSION, type Closing, type ServerFrame, type TopicRequest } from '@cellarhand/protocol/feed'
import { io } from 'socket.io-client'
import { WebSocket } from 'ws'
import { until } from '../src/platform/postgres/processes.ts'

/** A client's line to the feed, over whichever transport: frames as they come, and the topics' cursors as PROTOCOL.md says to keep them. */
export interface FeedLine {
  readonly frames: ServerFrame[]
  /** of each topic, what it is gone on from */
  readonly cursors: ReadonlyMap<string, string>
  /** how it ended: a close code or an HTTP status; undefined while it is open */
  ended(): number | undefined
  /** Takes no more bytes off the line, or does again. */
  pause(): void
  resume(): void
  /** Cuts the line. */
  cut(): void
}

export type OpenLine = (base: string, topics: readonly TopicRequest[]) => FeedLine

/** A line's frames and cursors. */
function createBook() {
  const frames: ServerFrame[] = []
  const cursors = new Map<string, string>()
  const whole = new Set<string>()
  return {
    frames,
    cursors,
    take(frame: ServerFrame) {
      frames.push(frame)
      if (frame.type === 'reset') {
        cursors.delete(frame.topic)
        whole.delete(frame.topic)
      }
      if (frame.type === 'ready') whole.add(frame.topic)
      if (frame.type === 'progress') for (const topic of whole) cursors.set(topic, frame.cursor)
      if ('topic' in frame && 'cursor' in frame && frame.topic !== undefined && frame.cursor !== undefined)
        cursors.set(frame.topic, frame.cursor)
    },
  }
}

/** A WebSocket. */
export const openWebSocket: OpenLine = (base, topics) => {
  const book = createBook()
  const socket = new WebSocket(`${base.replace('http', 'ws')}/v1/feed`)
  let code: number | undefined
  socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', version: FEED_VERSION, topics })))
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as ServerFrame
    book.take(frame)
    if (frame.type === 'ping') socket.send('{"type":"pong"}')
  })
  socket.on('close', (closed) => (code = closed))
  socket.on('error', () => {})
  return {
    ...book,
    ended: () => code,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    cut: () => socket.terminate(),
  }
}

/** What the client's transports have, and do not tell of. */
interface Transport {
  readonly ws: { pause(): void; resume(): void }
  pause(paused: () => void): void
  readyState: string
  doOpen(): void
}

/** Socket.IO, as its own client speaks it. Its topics are in the handshake. */
const openIoOver =
  (name: 'websocket' | 'polling'): OpenLine =>
  (base, topics) => {
    const book = createBook()
    const auth = { type: 'hello', version: FEED_VERSION, topics }
    const socket = io(base, { transports: [name], forceNew: true, reconnection: false, auth })
    const transport = () => socket.io.engine.transport as unknown as Transport
    let code: number | undefined
    let hasPaused = false
    socket.onAny((event: string, frame: ServerFrame | Closing) => {
      if (event !== frame.type) throw new Error(`${event} is the event of a ${frame.type}`)
      if (frame.type === 'closing') code = frame.code
      else book.take(frame)
    })
    socket.on('disconnect', () => (code ??= 0))
    socket.on('connect_error', () => (code ??= 0))
    return {
      ...book,
      ended: () => code,
      pause: () => (name === 'polling' ? transport().pause(() => (hasPaused = true)) : transport().ws.pause()),
      resume() {
        if (name === 'websocket') return transport().ws.resume()
        transport().readyState = 'open'
        if (hasPaused) transport().doOpen()
      },
      cut: () => void socket.disconnect(),
    }
  }

export const openIo = openIoOver('websocket')
export const openIoPolls = openIoOver('polling')

const pathOf = (topics: readonly TopicRequest[]) => {
  const query = new URLSearchParams(topics.map(({ topic }) => ['topic', topic]))
  const cursor = connectionCursor(topics)
  return `/v1/feed?${query}${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`
}

/** The one cursor of a connection that stands for those of its topics. */
function connectionCursor(topics: readonly TopicRequest[]): string | undefined {
  const base = topics.find(({ cursor }) => cursor !== undefined)?.cursor
  if (base === undefined) return undefined
  const exceptions = topics.map(({ cursor }, place) =>
    cursor === base ? '' : `,${place}:${cursor === undefined ? '-' : cursor.slice(cursor.indexOf('.') + 1)}`,
  )
  return base + exceptions.join('')
}

interface Answering {
  request: ClientRequest | undefined
  response: IncomingMessage | undefined
  code: number | undefined
  paused: boolean
}

function ask(
  base: string,
  path: string,
  accept: string,
  answering: Answering,
  onText: (text: string, whole: boolean) => void,
) {
  const asked = request(`${base}${path}`, { headers: { accept }, agent: false }, (response) => {
    answering.response = response
    if (answering.paused) response.pause()
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => onText((text += chunk), false))
    response.on('error', () => {})
    response.on('end', () => onText(text, true))
    response.on('close', () => (answering.code = response.statusCode ?? 0))
  })
  answering.request = asked
  asked.on('error', () => (answering.code ??= 0))
  asked.end()
}

const handle = (answering: Answering) => ({
  ended: () => answering.code,
  pause() {
    answering.paused = true
    answering.response?.pause()
  },
  resume() {
    answering.paused = false
    answering.response?.resume()
  },
  cut: () => void answering.request?.destroy(),
})

/** Server-Sent Events. */
export const openEvents: OpenLine = (base, topics) => {
  const book = createBook()
  const answering: Answering = { request: undefined, response: undefined, code: undefined, paused: false }
  let seen = 0
  ask(base, pathOf(topics), 'text/event-stream', answering, (text) => {
    for (let end = text.indexOf('\n\n', seen); end >= 0; end = text.indexOf('\n\n', seen)) {
      const data = text
        .slice(seen, end)
        .split('\n')
        .find((line) => line.startsWith('data: '))
      seen = end + 2
      if (data !== undefined) book.take(JSON.parse(data.slice(6)) as ServerFrame)
    }
  })
  return { ...book, ...handle(answering) }
}

/** Long-polls, one after another until it is cut. */
export const openPolls: OpenLine = (base, topics) => {
  const book = createBook()
  const answering: Answering = { request: undefined, response: undefined, code: undefined, paused: false }
  let cut = false
  const poll = (path: string) => {
    const ends = { code: undefined } as { code: number | undefined }
    ask(base, path, 'application/json', Object.assign(answering, ends), (text, whole) => {
      if (!whole || cut || answering.response?.statusCode !== 200) return
      const { frames, cursor } = JSON.parse(text) as { frames: ServerFrame[]; cursor: string }
      for (const frame of frames) book.take(frame)
      const query = new URLSearchParams([...topics.map(({ topic }) => ['topic', topic]), ['cursor', cursor]])
      poll(`/v1/feed?${query}`)
    })
  }
  poll(pathOf(topics))
  const line = handle(answering)
  return {
    ...book,
    ...line,
    ended: () => (answering.response?.statusCode === 200 ? undefined : answering.code),
    cut() {
      cut = true
      line.cut()
    },
  }
}

/** Waits until the line has a frame that fits, behind the one at `from`. */
export async function frameOn<T extends ServerFrame['type']>(
  line: FeedLine,
  type: T,
  fits: (frame: Extract<ServerFrame, { type: T }>) => boolean = () => true,
): Promise<Extract<ServerFrame, { type: T }>> {
  const find = () =>
    line.frames.find((frame): frame is Extract<ServerFrame, { type: T }> => frame.type === type && fits(frame as never))
  await until(() => find() !== undefined, { withinMs: 10_000, everyMs: 5 })
  const found = find()
  if (found === undefined) throw new Error(`no ${type} came, but ${JSON.stringify(line.frames).slice(0, 1_000)}`)
  return found
}
