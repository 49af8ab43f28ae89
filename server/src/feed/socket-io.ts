import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { Server as Engine, type Socket as EngineLine } from 'engine.io'
import { Server, type Socket } from 'socket.io'
import { closeCodes, FEED_CLIENT_FRAME_MAX, type CloseCause, type Closing } from '@cellarhand/protocol/feed'
import { must } from '../platform/must.ts'
import { hasTwinsWithin } from '../platform/twins.ts'
import type { Timers } from '../replica/replica.ts'
import type { Connection, ConnectOptions } from './connection.ts'
import type { Feed } from './feed.ts'
import { encodePacket, packetOf, type Packet } from './frame.ts'
import type { Sink } from './sink.ts'
import { createTalk, type Talk } from './talk.ts'

/** Its own heartbeat, which finds lines that are dead: as often as the feed's, and given up as late as a silent client is. */
const pingEveryMs = 10_000
const pongWithinMs = 25_000
/** Who opens a line and does not join within this is gone. */
const joinWithinMs = 10_000
/** After it was told, the other side has so long to close. */
const closeWithinMs = 2_000
/** Before it stand the packet's type and number. */
const JSON_BEGINS = /[[{]|$/

export interface SocketIoOptions {
  /** Takes polling too, which needs every request of a client to come to the same process. */
  readonly polling: boolean
  /** Who connects, from where; or why not, in a word for the one who asks. */
  readonly connectOptions: (request: IncomingMessage) => Promise<ConnectOptions | string>
}

/** Socket.IO, which takes what it is given and listens to no server by itself. */
export interface SocketIo {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  request(request: IncomingMessage, response: ServerResponse): void
}

/** A client's line: an engine's connection, and on it the one namespace, once it is joined. */
interface Line {
  readonly engine: EngineLine
  joined: Socket | undefined
  /** what was to be sent before it was */
  readonly held: Packet[]
  /** bytes that were handed to the engine and that the network has not taken */
  pending: number
  drained: () => void
}

interface Heard {
  readonly line: Line
  readonly connection: Connection
  readonly talk: Talk
}

export function createSocketIo(feed: Feed, timers: Timers, { polling, connectOptions }: SocketIoOptions): SocketIo {
  const engine = new Engine({
    transports: polling ? ['polling', 'websocket'] : ['websocket'],
    maxHttpBufferSize: FEED_CLIENT_FRAME_MAX,
    pingInterval: pingEveryMs,
    pingTimeout: pongWithinMs,
    // As for WebSockets: frames are small, and mostly sent to thousands at once.
    perMessageDeflate: false,
    httpCompression: false,
    allowRequest: (request, done) => {
      const answer = (refusal: string | undefined) => done(refusal, refusal === undefined)
      void admit(request).then(answer, () => answer('unavailable'))
    },
  })
  const admitted = new WeakMap<IncomingMessage, ConnectOptions>()
  async function admit(request: IncomingMessage): Promise<string | undefined> {
    const options = await connectOptions(request)
    if (typeof options === 'string') return options
    const cause = feed.closedTo(options.address)
    if (cause === undefined) admitted.set(request, options)
    return cause && closeCodes[cause].reason
  }
  const heard = new WeakMap<EngineLine, Heard>()
  engine.on('connection', (line: EngineLine) => {
    const opened = open(feed, timers, line, must(admitted.get(line.request), 'the one who was let in'))
    if (opened) heard.set(line, opened)
  })
  const io = new Server({ serveClient: false, connectTimeout: joinWithinMs })
  io.bind(engine)
  io.on('connection', (socket) => {
    const opened = heard.get(socket.conn)
    if (opened) join(opened, socket)
  })
  return {
    upgrade: (request, socket, head) => engine.handleUpgrade(request, socket, head),
    request: (request, response) => engine.handleRequest(request, response),
  }
}

/** What has come is counted and looked at before Socket.IO sees it. */
function open(feed: Feed, timers: Timers, engine: EngineLine, options: ConnectOptions): Heard | undefined {
  const line: Line = { engine, joined: undefined, held: [], pending: 0, drained: () => {} }
  const connection = feed.connect(sinkOf(line), options)
  if (typeof connection === 'string') {
    engine.close()
    return undefined
  }
  // Who polls no more is not waited for to be told that it was closed.
  Object.assign(engine.transport, { closeTimeout: closeWithinMs })
  const talk = createTalk(connection, timers)
  engine.on('packet', ({ type, data }: { type: string; data?: unknown }) => {
    if (!talk.comes() || type !== 'message') return
    // Another namespace would be answered with its whole name; bytes are no frame.
    const isPlain = typeof data === 'string' && data.charAt(1) !== '/'
    if (!isPlain || hasTwinsWithin(data.slice(data.search(JSON_BEGINS)))) connection.end('badFrame')
  })
  // A probe of an upgrade from polling, which the engine answers by itself, as often as it comes.
  engine.on('upgrading', () => void talk.comes())
  engine.once('close', talk.tend())
  return { line, connection, talk }
}

function join({ line, connection, talk }: Heard, socket: Socket): void {
  line.joined = socket
  for (const packet of line.held.splice(0)) send(line, packet)
  const { auth } = socket.handshake
  if (Object.keys(auth).length > 0) talk.hear(auth)
  socket.onAny((name: string, ...args: unknown[]) => {
    const [frame] = args
    talk.hear(args.length === 1 && typeOf(frame) === name ? frame : undefined)
  })
  // What cannot be read as Socket.IO, or is called `error`.
  socket.on('error', () => connection.end('badFrame'))
  socket.on('disconnect', () => line.engine.close())
}

const typeOf = (frame: unknown): unknown =>
  typeof frame === 'object' && frame !== null && 'type' in frame ? frame.type : undefined

function sinkOf(line: Line): Sink {
  return {
    write(frame) {
      if (line.joined) send(line, packetOf(frame))
      else line.held.push(packetOf(frame))
    },
    buffered: () => line.pending,
    onDrain: (drained) => void (line.drained = drained),
    onGone: (gone) => void line.engine.once('close', gone),
    close: (cause) => close(line, cause),
  }
}

function send(line: Line, { text, bytes, options }: Packet): void {
  line.pending += bytes
  line.engine.write(text, options, () => {
    line.pending -= bytes
    if (line.pending === 0) line.drained()
  })
}

/**
 * Socket.IO has no close codes: the cause is told in an event of its own. A client comes back by itself where its line breaks, and does not where it was
 * dismissed from the namespace: each as its code says.
 */
function close(line: Line, cause: CloseCause): void {
  const { engine, joined } = line
  if (cause === 'slow') return cut(line)
  const { code, reason } = closeCodes[cause]
  const closing: Closing = { type: 'closing', code, reason }
  if (joined) send(line, encodePacket(closing.type, JSON.stringify(closing)))
  if (code >= 4_500) joined?.disconnect()
  engine.close()
  setTimeout(() => cut(line), closeWithinMs).unref()
}

/** What the network has not taken by now is not waited for. The engine would wait half a minute for the other side's answer. */
function cut({ engine }: Line): void {
  engine.close(true)
  const { socket } = engine.transport as unknown as { readonly socket?: { terminate(): void } }
  socket?.terminate()
}
