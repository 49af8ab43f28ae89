import type { ServerResponse } from 'node:http'
import { FEED_VERSION } from '@cellarhand/protocol/feed'
import { eventOf } from './frame.ts'
import type { Sink } from './sink.ts'

/** How soon an EventSource comes back after its connection ended. */
const retryMs = 1_000
/** An event stream is begun anew after so long, or a part of this less: clients that began together do not come back together. */
const lifetimeMs = 900_000
const jitter = 0.3

/** How long an event stream may last. */
export const streamLifetimeMs = (random: () => number): number => lifetimeMs * (1 - jitter * random())

/** Headers of an event stream: kept by nobody, changed by nobody, and passed on by proxies as it comes. */
const sseHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
} as const

/** An HTTP response as a sink of Server-Sent Events. The head is sent with the first frame, so that a refusal can still be answered before. */
export function sseSink(response: ServerResponse): Sink {
  response.on('error', () => response.destroy())
  return {
    write(frame, cursor) {
      if (!response.headersSent) {
        response.writeHead(200, sseHeaders)
        // A stream of HTTP/2 shares its socket, whose delay is off anyway.
        if (response.req.httpVersionMajor === 1) response.socket?.setNoDelay(true)
        response.write(`: Cellarhand's feed, version ${FEED_VERSION}\nretry: ${retryMs}\n\n`)
      }
      // A topic that is not whole yet has nothing to go on from: the id of before stays good.
      const id = frame.type === 'welcome' || frame.type === 'reset' ? undefined : cursor()
      if (id !== undefined) response.write(`id: ${id}\n`)
      response.write(eventOf(frame))
    },
    buffered: () => response.writableLength,
    onDrain: (drained) => void response.on('drain', drained),
    onGone: (gone) => void response.once('close', gone),
    close(cause) {
      // A slow client's last frames would wait in memory for it; it comes back with its cursor either way.
      if (cause === 'slow') response.destroy()
      else response.end()
    },
  }
}
