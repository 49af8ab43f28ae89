import type { Phase } from './machine.ts'
import type { Client } from './session.ts'

/** The connection as an application sees it. */
export interface ConnectionView {
  readonly state: Phase
  /** Since when, by the device's clock, ms since 1970; 0 before there was anything to do. */
  readonly since: number
  /** How often it was tried in vain since it was last live. */
  readonly retries: number
  readonly hasEverConnected: boolean
  /** Writes that are not answered yet. */
  readonly queued: number
  /** Whether the line that is open went on from where the last one ended. */
  readonly recovered: boolean
  /** How it is connected: `websocket`, `sse` or `poll`. */
  readonly way: string
}

export function connectionOf({ connection, since, session, writes, world }: Client): ConnectionView {
  const { phase, retries, hasEverConnected, rung } = connection
  const isLive = phase === 'live'
  return {
    state: phase,
    since,
    retries: isLive ? 0 : retries,
    hasEverConnected,
    queued: writes.length,
    recovered: isLive && session?.isResumed === true,
    way: world.ways[rung]?.name ?? '',
  }
}
