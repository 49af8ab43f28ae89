import type { ClientFrame, ServerFrame, TopicRequest } from '@cellarhand/protocol/feed'
import type { Problem } from '@cellarhand/protocol/problem'

/** What a line is opened with. */
export interface LineRequest {
  /** Of the server, without a slash at its end. */
  readonly url: string
  readonly channel: string
  readonly token: string | undefined
  readonly topics: readonly TopicRequest[]
}

/** Why a line is no more: it may be come back to, after `afterMs` where the server said so, or not. `unfit`: it cannot work here at all. */
export interface LineEnd {
  readonly kind: 'lost' | 'refused'
  readonly afterMs?: number | undefined
  readonly unfit?: boolean
  readonly problem?: Problem
}

/** What a line tells. Nobody listens any more after `ended`, or after the line was closed. */
export interface LineEvents {
  frame(frame: ServerFrame): void
  /** Something came that is no frame. */
  heard(): void
  ended(end: LineEnd): void
}

/** An open line. Without `send` its topics are fixed. */
export interface Line {
  readonly send?: (frame: ClientFrame) => void
  close(): void
}

/** A way to connect. Its name is remembered where it worked. Nothing is told of a line before it is there. */
export interface Way {
  readonly name: string
  open(request: LineRequest, on: LineEvents): Line | Promise<Line>
}
