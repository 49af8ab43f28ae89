import type { FeedFrame } from '@cellarhand/protocol/feed-one'

/** A frame on its way out. Its text is the frame as JSON, in one line. */
export interface OutFrame {
  readonly type: FeedFrame['type']
  readonly text: string
  /** the cursor to resume from after this frame; without one the last stays good */
  readonly id?: string
}

/** Why a connection is ended from this side. Each is one to come back from. */
export type CloseReason = 'slow' | 'shutdown'

/**
 * Where a session's frames go: the one thing a transport has to be. Server-Sent Events are in sse.ts; WebSocket, long-poll and Socket.IO are each
 * another sink on the same session.
 */
export interface Sink {
  /** Takes the frame whole. False: write no more until the drain. */
  write(frame: OutFrame): boolean
  /** To be called each time that more can be written after a `false`. */
  onDrain(drained: () => void): void
  /** To be called once, when the other side is gone. */
  onGone(gone: () => void): void
  /** Ends the connection so that the client comes back by itself, with its cursor. */
  close(reason: CloseReason): void
}
