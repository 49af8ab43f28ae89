import type { ServerFrame } from '@cellarhand/protocol/feed'
import type { Random } from '../random.ts'
import { openLine, type Line, type Transport } from './line.ts'
import { createView, type Said, type View } from './view.ts'

/** A client of the feed, as PROTOCOL.md has it, that comes back whatever happens to its line. */
export interface Follower {
  readonly name: string
  readonly transport: Transport
  readonly view: View
  topics(): readonly string[]
  /** How often it has opened a line, polls that were answered not counted. */
  lines(): number
  follow(topic: string): void
  leave(topic: string): void
  /** Takes no more off its line for so long. */
  rest(forMs: number): void
  /** Takes the line it has for dead, without a word to the other side, and opens another. */
  giveUp(): void
  stop(): void
}

export interface FollowerOptions {
  readonly name: string
  readonly transport: Transport
  readonly topics: readonly string[]
  /** Where the next line goes. */
  readonly where: () => string
  readonly random: Random
  /** What a client waits before it comes back, as a part of what PROTOCOL.md says: a torture has seconds where a client has minutes. */
  readonly haste: number
  readonly said: Said
  readonly blame: (what: string) => void
  /** Told of each line that is opened, and of each that ended, as its `ended` has it. */
  readonly onOpen?: () => void
  readonly onEnded?: (code: number) => void
}

interface State extends FollowerOptions {
  readonly topicsNow: Set<string>
  readonly view: View
  /** how many `unsubscribed` are still to come of a topic: what comes before is of the past */
  readonly leaving: Map<string, number>
  line: Line | undefined
  /** topics the line was opened with, in their order, and the cursor of all of them */
  asked: string
  cursor: string | undefined
  lines: number
  attempt: number
  timer: NodeJS.Timeout | undefined
  stopped: boolean
}

/** What the feed's clients wait at most before they come back. */
const BACK_MOST_MS = 30_000
const BACK_FIRST_MS = 1_000

export function createFollower(options: FollowerOptions): Follower {
  const view = createView(options.said, (what) => options.blame(`${options.name} (${options.transport}): ${what}`))
  const state: State = {
    ...options,
    topicsNow: new Set(options.topics),
    view,
    leaving: new Map(),
    line: undefined,
    asked: '',
    cursor: undefined,
    lines: 0,
    attempt: 0,
    timer: undefined,
    stopped: false,
  }
  open(state)
  const { name, transport } = options
  return {
    name,
    transport,
    view,
    topics: () => [...state.topicsNow],
    lines: () => state.lines,
    follow: (topic) => follow(state, topic),
    leave: (topic) => leave(state, topic),
    rest: (forMs) => rest(state, forMs),
    giveUp: () => {
      state.line = undefined
      open(state)
    },
    stop: () => {
      state.stopped = true
      clearTimeout(state.timer)
      state.line?.cut()
    },
  }
}

function open(state: State): void {
  if (state.stopped) return
  clearTimeout(state.timer)
  const topics = [...state.topicsNow]
  const asked = topics.join(' ')
  // A connection's cursor stands for the same topics in the same order.
  const cursor = state.asked === asked && state.transport !== 'websocket' ? state.cursor : undefined
  Object.assign(state, { asked, cursor })
  state.lines += 1
  state.leaving.clear()
  let begun = false
  state.onOpen?.()
  const requests = topics.map((topic) => requestOf(state.view, topic))
  const line: Line = openLine(
    state.transport,
    state.where(),
    { topics: requests, cursor },
    {
      frame: (frame) => {
        if (state.line !== line) return
        // What a client has stays whole until it is told otherwise: a poll may wait for long.
        if (!begun) state.view.begin(topics)
        begun = true
        hear(state, frame)
      },
      cursor: (text) => {
        if (state.line !== line || text === '') return
        state.cursor = text
        state.view.takeCursor(text, topics)
      },
      ended: (code) => {
        if (state.line === line) comeBack(state, code)
      },
    },
  )
  state.line = line
}

function requestOf({ kept }: View, topic: string) {
  const cursor = kept.get(topic)?.cursor
  return cursor === undefined ? { topic } : { topic, cursor }
}

function hear(state: State, frame: ServerFrame): void {
  state.attempt = 0
  if (frame.type === 'reconnect') {
    state.line?.cut()
    state.line = undefined
    state.timer = setTimeout(() => open(state), frame.afterMs * state.haste)
    return
  }
  const { leaving } = state
  if (frame.type === 'unsubscribed') return void leaving.set(frame.topic, (leaving.get(frame.topic) ?? 0) - 1)
  if ('topic' in frame && frame.topic !== undefined && (leaving.get(frame.topic) ?? 0) > 0) return
  state.view.take(frame)
}

/** Codes of WebSockets and of HTTP after which the same would be refused again. */
const isFinal = (code: number) => code >= 4_500 || (code >= 1_000 && [1002, 1003, 1007, 1008, 1009].includes(code))

function comeBack(state: State, code: number): void {
  state.line = undefined
  if (state.stopped) return
  state.onEnded?.(code)
  if (state.transport === 'poll' && code === 200) {
    state.lines -= 1
    return open(state)
  }
  if (isFinal(code) || (code >= 400 && code < 500 && code !== 429))
    state.blame(`${state.name} (${state.transport}) was sent away for good with ${code}`)
  const most = Math.min(BACK_MOST_MS, BACK_FIRST_MS * 2 ** state.attempt)
  state.attempt += 1
  state.timer = setTimeout(() => open(state), state.random.below(most) * state.haste)
}

function follow(state: State, topic: string): void {
  const { topicsNow, view, line, leaving } = state
  const known = topicsNow.has(topic)
  topicsNow.add(topic)
  if (line === undefined) return
  if (state.transport !== 'websocket') return change(state)
  // Who subscribes to what it follows leaves it first.
  if (known) leaving.set(topic, (leaving.get(topic) ?? 0) + 1)
  view.begin([topic])
  line.say({ type: 'subscribe', topics: [requestOf(view, topic)] })
}

function leave(state: State, topic: string): void {
  const { topicsNow, view, line, leaving } = state
  if (!topicsNow.has(topic) || topicsNow.size === 1) return
  topicsNow.delete(topic)
  view.kept.delete(topic)
  if (line === undefined) return
  if (state.transport !== 'websocket') return change(state)
  leaving.set(topic, (leaving.get(topic) ?? 0) + 1)
  line.say({ type: 'unsubscribe', topics: [topic] })
}

/** Topics are fixed while a stream or a poll is open: others take another. */
function change(state: State): void {
  const { line } = state
  state.line = undefined
  line?.cut()
  open(state)
}

function rest({ line }: State, forMs: number): void {
  if (line === undefined) return
  line.pause()
  setTimeout(() => line.resume(), forMs)
}
