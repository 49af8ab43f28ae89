/** What requests are counted as. */
const kinds = ['look', 'search', 'hold', 'write', 'enter', 'sign', 'refused'] as const
export type Kind = (typeof kinds)[number]

/** Requests a minute: from one address, where many may sit behind one, and of one caller. */
export interface Limit {
  readonly address: number
  readonly caller: number
}

/**
 * How many of a kind a minute. Somebody who clicks makes a hundred requests a minute at most; a shop, an office or a campus comes from one address.
 */
export const limits: Readonly<Record<Kind, Limit>> = {
  look: { address: 6_000, caller: 1_200 },
  // Each may sort thousands of wines.
  search: { address: 1_200, caller: 300 },
  // Takes bottles away from others.
  hold: { address: 300, caller: 60 },
  write: { address: 1_200, caller: 600 },
  // Makes a guest, or a pass to the feed.
  enter: { address: 300, caller: 60 },
  // Works a password out, which takes 150 ms of a processor.
  sign: { address: 60, caller: 20 },
  // Credentials that are none: each may be somebody who guesses.
  refused: { address: 120, caller: 120 },
}

/** A till, a service or an administrator's program: twice what one process can decide of holds, which stops a loop gone wild and no flash sale. What is counted of them is all one. */
export const PROGRAM_A_MINUTE = 1_200_000

const kindByOperation: Readonly<Record<string, Kind>> = {
  searchWines: 'search',
  holdBottles: 'hold',
  extendHold: 'hold',
  startSession: 'enter',
  takeTicket: 'enter',
  changePassword: 'sign',
  // What it costs is bounded by itself.
  graphql: 'look',
}

/** Looked at by whoever runs it, every few seconds and from one address. */
const uncounted = new Set(['getHealth', 'getReadiness', 'getMetrics'])

/** What an operation is counted as; undefined: it is not. */
export function kindOf(operation: string): Kind | undefined {
  if (uncounted.has(operation)) return undefined
  return kindByOperation[operation] ?? (reading.test(operation) ? 'look' : 'write')
}

/** How operations that change nothing are called. */
const reading = /^(get|list|search|follow|export)/
