import type { CloseCause } from '@cellarhand/protocol/feed'
import type { Frame } from './frame.ts'

/** Where a session's frames go: the one thing that a transport has to be. */
export interface Sink {
  /**
   * Takes the frame whole, at once.
   *
   * @param cursor what the connection could be gone on from behind this frame, for transports that say so: undefined where nothing may be said
   */
  write(frame: Frame, cursor: () => string | undefined): void
  /** Bytes that were written and that the network has not taken. */
  buffered(): number
  /** To be called whenever the network has taken all that was buffered. */
  onDrain(drained: () => void): void
  /** To be called once, when the other side is gone. */
  onGone(gone: () => void): void
  /** Ends the connection, and says why where the transport has a word for it. */
  close(cause: CloseCause): void
}
