import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { FEED_VERSION, type ServerFrame, type TopicRequest } from '@cellarhand/protocol/feed'
import { WebSocket } from 'ws'

export const transports = ['websocket', 'sse', 'poll'] as const
export type Transport = (typeof transports)[number]

/** Who listens to a line. */
export interface Ear {
  frame(frame: ServerFrame): void
  /** What the whole connection could be gone on from: the id of an event, the cursor of an answer. */
  cursor(text: string): void
  /** It has ended: with a WebSocket's close code, the status of an answer that is whole, or 0 where it broke. */
  ended(code: number): void
}

/** A client's line to the feed. */
export interface Line {
  /** Over a WebSocket; elsewhere nothing can be said. */
  say(frame: object): void
  /** Takes no more bytes off the line, or does again. */
  pause(): void
  resume(): void
  cut(): void
}

/** What is asked for: topics with their cursors, or with the one cursor of a connection that stands for all of them. */
export interface Asked {
  readonly topics: readonly TopicRequest[]
  readonly cursor?: string | undefined
}

export function openLine(transport: Transport, base: string, asked: Asked, ear: Ear): Line {
  if (transport === 'websocket') return openWebSocket(base, asked, ear)
  return transport === 'sse' ? openEvents(base, asked, ear) : openPoll(base, asked, ear)
}

/** Frames that have come whole are read; one that cannot be is the server's fault, since TCP mends bytes. */
const parse = (text: string) => JSON.parse(text) as ServerFrame

function openWebSocket(base: string, { topics }: Asked, ear: Ear): Line {
  const socket = new WebSocket(`${base.replace('http', 'ws')}/v1/feed`, { perMessageDeflate: false })
  const unsaid: object[] = [{ type: 'hello', version: FEED_VERSION, topics }]
  const say = (frame: object) => {
    if (socket.readyState === socket.CONNECTING) unsaid.push(frame)
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame))
  }
  socket.on('open', () => unsaid.forEach(say))
  socket.on('message', (data: Buffer) => {
    const frame = parse(data.toString())
    if (frame.type === 'ping') say({ type: 'pong' })
    ear.frame(frame)
  })
  socket.on('error', () => {})
  socket.on('close', (code) => ear.ended(code === 1006 ? 0 : code))
  return {
    say,
    pause: () => {
      if (socket.readyState === socket.OPEN) socket.pause()
    },
    resume: () => socket.resume(),
    cut: () => socket.terminate(),
  }
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

function pathOf({ topics, cursor = connectionCursor(topics) }: Asked): string {
  const query = new URLSearchParams(topics.map(({ topic }): [string, string] => ['topic', topic]))
  if (cursor !== undefined && cursor !== '') query.set('cursor', cursor)
  return `/v1/feed?${query.toString()}`
}

function get(
  url: string,
  headers: Record<string, string>,
  ear: Ear,
  onAnswer: (answer: IncomingMessage) => void,
): Line {
  let answer: IncomingMessage | undefined
  let paused = false
  let isOver = false
  const end = (code: number) => {
    if (!isOver) ear.ended(code)
    isOver = true
  }
  const asked: ClientRequest = request(url, { headers, agent: false }, (response) => {
    answer = response
    response.setEncoding('utf8').on('error', () => {})
    onAnswer(response)
    if (paused) response.pause()
    response.on('close', () => end(response.complete ? (response.statusCode ?? 0) : 0))
  })
  asked.on('error', () => end(0))
  asked.end()
  return {
    say: () => {},
    pause: () => {
      paused = true
      answer?.pause()
    },
    resume: () => {
      paused = false
      answer?.resume()
    },
    cut: () => void asked.destroy(),
  }
}

/** An EventSource sends its last id as a header; the first time there is none. */
function openEvents(base: string, asked: Asked, ear: Ear): Line {
  const { cursor, ...rest } = asked
  const id: Record<string, string> = cursor === undefined ? {} : { 'last-event-id': cursor }
  const path = pathOf(cursor === undefined ? rest : { topics: rest.topics, cursor: '' })
  return get(`${base}${path}`, { accept: 'text/event-stream', ...id }, ear, (response) => {
    let text = ''
    response.on('data', (chunk: string) => {
      const events = (text + chunk).split('\n\n')
      text = events.pop() ?? ''
      if (response.statusCode === 200) for (const event of events) hearEvent(event, ear)
    })
  })
}

function hearEvent(event: string, ear: Ear): void {
  const fields = event.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])
  const data = fields.find(([name]) => name === 'data')?.[1]
  const id = fields.find(([name]) => name === 'id')?.[1]
  if (data !== undefined) ear.frame(parse(data))
  if (id !== undefined) ear.cursor(id)
}

/** One answer of a long-poll: of a part of it nothing is taken. */
function openPoll(base: string, asked: Asked, ear: Ear): Line {
  return get(`${base}${pathOf(asked)}`, { accept: 'application/json' }, ear, (response) => {
    let text = ''
    response.on('data', (chunk: string) => (text += chunk))
    response.on('end', () => {
      if (response.statusCode !== 200 || !response.complete) return
      const { frames, cursor } = JSON.parse(text) as { frames: ServerFrame[]; cursor: string }
      for (const frame of frames) ear.frame(frame)
      ear.cursor(cursor)
    })
  })
}
