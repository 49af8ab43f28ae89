import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import { closeCodes, FEED_CLIENT_FRAME_MAX, type CloseCause } from '@cellarhand/protocol/feed'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Timers } from '../replica/replica.ts'
import type { ConnectOptions } from './connection.ts'
import type { Feed } from './feed.ts'
import { messageOf, type Frame } from './frame.ts'
import type { Sink } from './sink.ts'
import { createTalk, readFrame } from './talk.ts'

/** After a close frame the other side has so long to answer it. */
const closeWithinMs = 2_000

/** Takes over an HTTP connection that asks to be upgraded. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer, options: ConnectOptions) => void

/** WebSockets of a feed. */
export function createSockets(feed: Feed, timers: Timers): Upgrade {
  // Frames are small and mostly sent to thousands at once: compressing each for each would cost more than it saves.
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: FEED_CLIENT_FRAME_MAX,
    perMessageDeflate: false,
    clientTracking: false,
  })
  return (request, socket, head, options) => {
    server.handleUpgrade(request, socket, head, (line) => open(feed, timers, line, socket as Socket, options))
  }
}

function open(feed: Feed, timers: Timers, line: WebSocket, socket: Socket, options: ConnectOptions): void {
  // What is wrong with a frame is said by the close code that follows.
  line.on('error', () => {})
  const connection = feed.connect(new SocketSink(line, socket), options)
  if (typeof connection === 'string') return closeLine(line, closeCodes[connection])
  const talk = createTalk(connection, timers)
  line.on('message', (data: Buffer, isBinary) => {
    if (talk.comes()) talk.hear(isBinary ? undefined : readFrame(data.toString()))
  })
  line.once('close', talk.tend())
}

/**
 * Frames are written to the socket as they are, head and all, made once for all who are sent them: handing each to the library, which frames it anew, takes twice the time outside of the
 * kernel (decision 20). It writes only close and pong frames beside, each at once and whole, so that none comes between.
 *
 * A class, so that ten thousand share their methods: a closure for each is memory that a pass has to go through, too.
 */
class SocketSink implements Sink {
  readonly #line: WebSocket
  readonly #socket: Socket

  constructor(line: WebSocket, socket: Socket) {
    this.#line = line
    this.#socket = socket
  }

  write(frame: Frame): void {
    // Behind a close frame there is nothing.
    if (this.#line.readyState === this.#line.OPEN) this.#socket.write(messageOf(frame))
  }

  buffered(): number {
    return this.#socket.writableLength
  }

  onDrain(drained: () => void): void {
    this.#socket.on('drain', drained)
  }

  onGone(gone: () => void): void {
    this.#line.once('close', gone)
  }

  close(cause: CloseCause): void {
    closeLine(this.#line, closeCodes[cause])
  }
}

function closeLine(line: WebSocket, { code, reason }: { readonly code: number; readonly reason: string }): void {
  line.close(code, reason)
  setTimeout(() => line.terminate(), closeWithinMs).unref()
}
