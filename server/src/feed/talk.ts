import { Compile } from 'typebox/compile'
import { ClientFrame, FEED_VERSION } from '@cellarhand/protocol/feed'
import { unreachable } from '../platform/must.ts'
import { hasTwins } from '../platform/twins.ts'
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
const tendEveryMs = 5_000

/** The client's half of a line both may speak on. */
export interface Talk {
  /** Something has come, whatever it is: a sign of life, and it is counted. Answers whether it is to be heard; if not, it was one too many, and the client is sent away. */
  comes(): boolean
  /** Takes in a frame, undefined where it could not be read. A client that breaks the rules is sent away, with the rule. */
  hear(frame: unknown): void
  /** Looks after a client that says nothing. The answer ends that. */
  tend(): () => void
}

/** Listens to the client of a connection. */
export function createTalk(connection: Connection, timers: Timers): Talk {
  const state = {
    greeted: false,
    heardAtMs: timers.nowMs(),
    tokens: framesAtOnce,
    countedAtMs: timers.nowMs(),
    busy: undefined as Promise<void> | undefined,
  }
  const look = () => {
    const silentMs = timers.nowMs() - state.heardAtMs
    if (silentMs >= (state.greeted ? silentAfterMs : helloWithinMs)) connection.end('silent')
  }
  return {
    comes() {
      const nowMs = timers.nowMs()
      state.heardAtMs = nowMs
      state.tokens = Math.min(framesAtOnce, state.tokens + ((nowMs - state.countedAtMs) * framesPerSecond) / 1_000)
      state.countedAtMs = nowMs
      if ((state.tokens -= 1) >= 0) return true
      connection.end('rateExceeded')
      return false
    },
    hear(frame) {
      if (!isClientFrame.Check(frame) || (frame.type === 'hello') === state.greeted) return connection.end('badFrame')
      if (frame.type === 'hello' && frame.version !== FEED_VERSION) return connection.end('unsupportedVersion')
      state.greeted = true
      state.busy = inTurn(state.busy, () => obey(connection, frame))
    },
    tend() {
      let callOff = timers.after(tendEveryMs, function again() {
        look()
        callOff = timers.after(tendEveryMs, again)
      })
      return () => callOff()
    },
  }
}

/** A frame of JSON text; undefined where it is none, or says something twice. */
export function readFrame(text: string): unknown {
  try {
    const frame: unknown = JSON.parse(text)
    return hasTwins(text, frame) ? undefined : frame
  } catch {
    return undefined
  }
}

/** Does something behind what is under way: at once, where nothing is. */
function inTurn(busy: Promise<void> | undefined, work: () => void | Promise<void>): Promise<void> | undefined {
  const done = busy ? busy.then(work) : work()
  return done instanceof Promise ? done : undefined
}

/** While a token is looked at, what comes behind it waits. */
function obey(connection: Connection, frame: ClientFrame): void | Promise<void> {
  switch (frame.type) {
    case 'hello':
      return greet(connection, frame)
    case 'subscribe':
      return connection.follow(frame.topics)
    case 'unsubscribe':
      return connection.unfollow(frame.topics)
    case 'auth':
      return then(connection.show(frame.token), () => {})
    case 'pong':
      return
    default:
      unreachable(frame)
  }
}

function greet(
  connection: Connection,
  { token, topics }: Extract<ClientFrame, { type: 'hello' }>,
): void | Promise<void> {
  if (token === undefined) return connection.follow(topics)
  return then(connection.show(token), (isTaken) => {
    if (isTaken) connection.follow(topics)
  })
}

const then = <T>(value: T | Promise<T>, work: (value: T) => void): void | Promise<void> =>
  value instanceof Promise ? value.then(work) : work(value)
