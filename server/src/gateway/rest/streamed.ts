import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { sendProblem } from './problems.ts'

/** Streams under way at once in a process: each keeps one connection of the pool at work, and other reads need some too. */
const STREAMS_MAX = 4
/** What is wrong is nearly always wrong at the first look at the database, which the second piece has behind it. */
const PIECES_AHEAD = 2

let underWay = 0

/**
 * Answers with text in pieces, made as the client takes them, so that an answer of any length needs the memory of a few. What fails before anything was sent is
 * a problem; what fails later ends the connection, so that half an answer does not look like a whole one.
 */
export async function sendStreamed(reply: FastifyReply, make: () => AsyncGenerator<string>): Promise<FastifyReply> {
  if (underWay >= STREAMS_MAX) {
    return sendProblem(reply.header('retry-after', '5'), 'too-many-requests', `${STREAMS_MAX} reports are being sent.`)
  }
  underWay += 1
  const pieces = make()
  const ahead: string[] = []
  try {
    while (ahead.length < PIECES_AHEAD) {
      const { done, value } = await pieces.next()
      if (done) break
      ahead.push(value)
    }
  } catch (error) {
    underWay -= 1
    throw error
  }
  const stream = Readable.from(joined(ahead, pieces))
  stream.once('close', () => (underWay -= 1))
  return reply.send(stream)
}

async function* joined(ahead: readonly string[], rest: AsyncGenerator<string>): AsyncGenerator<string> {
  yield ahead.join('')
  yield* rest
}
