import type { ServerResponse } from 'node:http'
import type { OutFrame, Sink } from './sink.ts'

/** How soon an EventSource comes back after its connection ended. */
const retryMs = 1_000

/** Headers of an event stream: kept by nobody, and passed on by proxies as it comes. */
const sseHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
} as const

/** A frame as one event. Its JSON has no line breaks, so one `data` line is enough. */
export function sseText(frame: OutFrame): string {
  const id = frame.id === undefined ? '' : `id: ${frame.id}\n`
  const retry = frame.type === 'hello' ? `retry: ${retryMs}\n` : ''
  return `event: ${frame.type}\n${id}${retry}data: ${frame.text}\n\n`
}

/** An HTTP response as a sink. The head is sent with the first frame, so that a refusal can still be answered before. */
export function sseSink(response: ServerResponse, headers: Readonly<Record<string, string>> = {}): Sink {
  response.on('error', () => response.destroy())
  return {
    write(frame) {
      if (!response.headersSent) {
        response.writeHead(200, { ...sseHeaders, ...headers })
        response.socket?.setNoDelay(true)
      }
      return response.write(sseText(frame))
    },
    onDrain: (drained) => void response.on('drain', drained),
    onGone: (gone) => void response.once('close', gone),
    close(reason) {
      // A slow client's last frames would wait in memory for it; it comes back with its cursor either way.
      if (reason === 'slow') response.destroy()
      else response.end()
    },
  }
}
