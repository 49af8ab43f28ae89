import type { ClientFrame, ServerFrame } from '@cellarhand/protocol/feed'
import { bareProblem } from '../answer.ts'
import type { LineEnd, Way } from './line.ts'

/** What is read of its events: `data` of a message, `code` and `reason` of the close. */
interface SocketEvent {
  readonly data: unknown
  readonly code: number
  readonly reason: string
}

/** As much of a WebSocket as is used here. */
interface WebSocketLike {
  addEventListener(type: string, listener: (event: SocketEvent) => void): void
  send(text: string): void
  close(): void
}
export type WebSocketClass = new (url: string) => WebSocketLike

/** Codes of the standard under which the same would be refused again. */
const fatal = [1002, 1003, 1007, 1008, 1009]
const afterMs: Readonly<Record<number, number>> = { 4003: 5_000, 4006: 0 }

/** What a close code means. Pure. */
export function endOf(code: number, reason: string): LineEnd {
  if (code < 4500 && !fatal.includes(code)) return { kind: 'lost', afterMs: afterMs[code] }
  return { kind: 'refused', problem: bareProblem(code, reason) }
}

/** The feed over a WebSocket: topics come and go while it is open. */
export function webSocketWay(WebSocketClass: WebSocketClass): Way {
  return {
    name: 'websocket',
    open({ url, channel, token, topics }, on) {
      const socket = new WebSocketClass(`${url.replace('http', 'ws')}/v1/feed?channel=${channel}`)
      const early: ClientFrame[] = [{ type: 'hello', version: 2, topics: [...topics], token }]
      const say = (frame: ClientFrame) => socket.send(JSON.stringify(frame))
      let send = (frame: ClientFrame): unknown => early.push(frame)
      const when = (type: string, then: (event: SocketEvent) => void) => socket.addEventListener(type, then)
      when('open', () => {
        send = say
        early.forEach(say)
      })
      when('message', ({ data }) => on.frame(JSON.parse(String(data)) as ServerFrame))
      when('close', ({ code, reason }) => on.ended(endOf(code, reason)))
      // Why, only the close says, which comes behind it; but where nobody listens, the WebSocket of `ws` throws.
      when('error', () => {})
      return { send: (frame) => send(frame), close: () => socket.close() }
    },
  }
}
