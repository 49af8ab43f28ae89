import type { ServerResponse } from 'node:http'
import type { Timers } from '../replica/replica.ts'
import type { Connection } from './connection.ts'
import type { Frame } from './frame.ts'
import type { Sink } from './sink.ts'

/** An answer waits for news so long at most, and a part of this less: clients that began together do not come back together. */
const waitMs = 25_000
const jitter = 0.2

/** Frames that say nothing to who asks again and again. */
const silent: ReadonlySet<Frame['type']> = new Set(['welcome', 'ping', 'progress'])

interface Poll {
  readonly response: ServerResponse
  /** frames that were written, news among them or not */
  count: number
  hasNews: boolean
  ending: boolean
  cursor: () => string | undefined
  connection: Connection | undefined
}

/** One answer to a long-poll: a sink that ends its connection as soon as there is news, and all of it is there. */
export interface PollSink extends Sink {
  /** Waits from now on, for what the connection brings. */
  begin(connection: Connection): void
}

/** An HTTP response as a sink of a long-poll: a JSON object that is written as its frames come, so that a whole channel takes no memory. */
export function pollSink(response: ServerResponse, timers: Timers, random: () => number): PollSink {
  const poll: Poll = {
    response,
    count: 0,
    hasNews: false,
    ending: false,
    cursor: () => undefined,
    connection: undefined,
  }
  let callOff = () => {}
  response.on('error', () => response.destroy())
  return {
    write(frame, cursor) {
      poll.cursor = cursor
      if (silent.has(frame.type) || frame.type === 'reconnect') return
      writeFrame(poll, frame)
      endIfWhole(poll, timers)
    },
    buffered: () => response.writableLength,
    onDrain: (drained) => void response.on('drain', drained),
    onGone: (gone) => void response.once('close', gone),
    close(cause) {
      callOff()
      if (cause === 'slow') response.destroy()
      else endAnswer(poll)
    },
    begin(connection) {
      poll.connection = connection
      callOff = timers.after(waitMs * (1 - jitter * random()), () => connection.end('rotated'))
      endIfWhole(poll, timers)
    },
  }
}

function writeFrame(poll: Poll, frame: Frame): void {
  if (poll.count === 0) beginAnswer(poll)
  poll.response.write(poll.count === 0 ? frame.text : `,${frame.text}`)
  poll.count += 1
  // That nothing has changed is no news; that there is nothing is.
  poll.hasNews ||= frame.type !== 'ready' || !frame.text.includes('"resumed":true')
}

function beginAnswer({ response }: Poll): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
  response.write('{"frames":[')
}

/** What comes in the same turn goes along. */
function endIfWhole(poll: Poll, timers: Timers): void {
  const { connection } = poll
  if (poll.ending || !poll.hasNews || connection?.isWhole() !== true) return
  poll.ending = true
  timers.soon(() => connection.end('rotated'))
}

function endAnswer(poll: Poll): void {
  if (poll.response.writableEnded) return
  if (poll.count === 0) beginAnswer(poll)
  const cursor = poll.cursor()
  poll.response.end(`],"cursor":${JSON.stringify(cursor ?? '')}}`)
}
