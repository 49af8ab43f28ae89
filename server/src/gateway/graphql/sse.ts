import type { ServerResponse } from 'node:http'
import type { Answer } from './desk.ts'
import { LineEnded } from './line.ts'

/** A sign of life, for proxies that cut off what is silent for a minute. */
const ALIVE_EVERY_MS = 15_000

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
} as const

/**
 * Answers as Server-Sent Events, in the distinct connections mode of graphql-sse: each as `next`, `complete` at the end. Where the feed has ended the line the stream just
 * ends, and its client comes back. The next answer is asked for when the network has taken the last.
 */
export async function streamAnswers(response: ServerResponse, answers: AsyncIterator<Answer>): Promise<void> {
  // Nobody asks for something else behind a stream, and a server that stops would wait for them to.
  response.shouldKeepAlive = false
  response.writeHead(200, headers)
  response.socket?.setNoDelay(true)
  response.write(':\n\n')
  response.on('error', () => response.destroy())
  response.once('close', () => void answers.return?.())
  const alive = setInterval(() => response.write(':\n\n'), ALIVE_EVERY_MS)
  try {
    for (let next = await answers.next(); !next.done; next = await answers.next()) {
      await written(response, `event: next\ndata: ${JSON.stringify(next.value)}\n\n`)
    }
    response.end('event: complete\ndata:\n\n')
  } catch (error) {
    response.end()
    if (!(error instanceof LineEnded)) throw error
  } finally {
    clearInterval(alive)
  }
}

/** Resolves when the network has taken it, or nobody will. */
function written(response: ServerResponse, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve()
    response.write(text, () => resolve())
  })
}
