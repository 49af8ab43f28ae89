import { Compile } from 'typebox/compile'
import { ClientFrame, FEED_VERSION } from '@cellarhand/protocol/feed'
import { unreachable } from '../platform/must.ts'
import type { Timers } from '../replica/replica.ts'
import type { Connection } from './connection.ts'

const isClientFrame = Compile(ClientFrame)

/** Who opens a line and says nothing is gone after this long. */
const helloWithinMs = 10_000
/** Who does not answer pings is gone: three of them, and time for the last. */
const silentAfterMs = 35_000
/** Frames a second, and at once: a page that changes its topics with every key pressed sends ten. */
const framesPerSecond = 50
const framesAtOnce = 200

/** The client's half of a line both may speak on. */
export interface Talk {
  /** Takes in a frame. A client that breaks the rules is sent away, with the rule. */
  hear(text: string): void
  /** Looks after a client that says nothing. */
  tend(): void
}

/** Listens to the client of a connection. */
export function createTalk(connection: Connection, timers: Timers): Talk {
  const state = { greeted: false, heardAtMs: timers.nowMs(), tokens: framesAtOnce, countedAtMs: timers.nowMs() }
  return {
    hear(text) {
      const nowMs = timers.nowMs()
      state.heardAtMs = nowMs
      state.tokens = Math.min(framesAtOnce, state.tokens + ((nowMs - state.countedAtMs) * framesPerSecond) / 1_000)
      state.countedAtMs = nowMs
      if ((state.tokens -= 1) < 0) return connection.end('rateExceeded')
      const frame = read(text)
      if (frame === undefined || (frame.type === 'hello') === state.greeted) return connection.end('badFrame')
      if (frame.type === 'hello' && frame.version !== FEED_VERSION) return connection.end('unsupportedVersion')
      state.greeted = true
      obey(connection, frame)
    },
    tend() {
      const silentMs = timers.nowMs() - state.heardAtMs
      if (silentMs >= (state.greeted ? silentAfterMs : helloWithinMs)) connection.end('silent')
    },
  }
}

function read(text: string): ClientFrame | undefined {
  try {
    const frame: unknown = JSON.parse(text)
    return isClientFrame.Check(frame) ? frame : undefined
  } catch {
    return undefined
  }
}

function obey(connection: Connection, frame: ClientFrame): void {
  switch (frame.type) {
    case 'hello':
      if (frame.token !== undefined && !connection.show(frame.token)) return
      return connection.follow(frame.topics)
    case 'subscribe':
      return connection.follow(frame.topics)
    case 'unsubscribe':
      return connection.unfollow(frame.topics)
    case 'auth':
      connection.show(frame.token)
      return
    case 'pong':
      return
    default:
      unreachable(frame)
  }
}
