/**
 * The server's clock, estimated from the `Date` headers of its answers. A header has whole seconds and was written while the request
 * was under way, so each answer narrows an interval the difference must lie in.
 */
export interface ClockEstimate {
  /** Bounds of server time minus local time, ms. */
  readonly lowMs: number
  readonly highMs: number
}

export interface DateSample {
  readonly sentAt: number
  readonly receivedAt: number
  /** The `Date` header, ms since 1970. */
  readonly serverDate: number
}

/** Narrows the estimate by one answer. An answer that contradicts it (a clock was set) replaces it. Pure. */
export function narrow(estimate: ClockEstimate | undefined, sample: DateSample): ClockEstimate {
  const lowMs = sample.serverDate - sample.receivedAt
  const highMs = sample.serverDate + 1_000 - sample.sentAt
  if (!estimate) return { lowMs, highMs }
  const both = { lowMs: Math.max(lowMs, estimate.lowMs), highMs: Math.min(highMs, estimate.highMs) }
  return both.lowMs <= both.highMs ? both : { lowMs, highMs }
}

/** Server time minus local time, ms. */
export function offsetMs(estimate: ClockEstimate | undefined): number {
  return estimate ? (estimate.lowMs + estimate.highMs) / 2 : 0
}

let estimate: ClockEstimate | undefined

/** Takes what an answer tells of the server's clock. */
export function sampleClock(response: Response, sentAt: number): void {
  const serverDate = Date.parse(response.headers.get('date') ?? '')
  if (!Number.isNaN(serverDate)) estimate = narrow(estimate, { sentAt, receivedAt: Date.now(), serverDate })
}

/** Now by the server's clock, ms since 1970. */
export function serverNow(): number {
  return Date.now() + offsetMs(estimate)
}
