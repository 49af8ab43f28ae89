import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import { closeCodes, FEED_CLIENT_FRAME_MAX } from '@cellarhand/protocol/feed'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Timers } from '../replica/replica.ts'
import type { ConnectOptions } from './connection.ts'
import type { Feed } from './feed.ts'
import { messageOf } from './frame.ts'
import type { Sink } from './sink.ts'
import { createTalk } from './talk.ts'

/** After a close frame the other side has so long to answer it. */
const closeWithinMs = 2_000
const tendEveryMs = 5_000

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
  const connection = feed.connect(socketSink(line, socket), options)
  if (typeof connection === 'string') return closeLine(line, closeCodes[connection])
  const talk = createTalk(connection, timers)
  line.on('message', (data: Buffer, isBinary) => {
    if (isBinary) connection.end('badFrame')
    else talk.hear(data.toString())
  })
  let callOff = timers.after(tendEveryMs, function look() {
    talk.tend()
    callOff = timers.after(tendEveryMs, look)
  })
  line.once('close', () => callOff())
}

/**
 * Frames are written to the socket as they are, head and all, made once for all who are sent them: handing each to the library, which frames it anew, took a quarter of the time. It writes
 * only close and pong frames beside, each at once and whole, so that none comes between.
 */
function socketSink(line: WebSocket, socket: Socket): Sink {
  return {
    write(frame) {
      // Behind a close frame there is nothing.
      if (line.readyState === line.OPEN) socket.write(messageOf(frame))
    },
    buffered: () => socket.writableLength,
    onDrain: (drained) => void socket.on('drain', drained),
    onGone: (gone) => void line.once('close', gone),
    close: (cause) => closeLine(line, closeCodes[cause]),
  }
}

function closeLine(line: WebSocket, { code, reason }: { readonly code: number; readonly reason: string }): void {
  line.close(code, reason)
  setTimeout(() => line.terminate(), closeWithinMs).unref()
}
