import { quantile } from '../report/statistics.ts'

/** When values were made, by their numbers: the number of the first, then one behind another; NaN for one that is not known. */
export interface Times {
  readonly first: number
  readonly atMs: readonly number[]
}

/** How long values took. */
export interface Latency {
  readonly p50Ms: number
  readonly p99Ms: number
  /** How old the oldest change was that a client had not seen, whenever it was sent something: what was conflated away is in it. For one SKU only. */
  readonly unseenP99Ms: number
  /** Of the first client that had it. */
  readonly firstP50Ms: number
  /** Of all others, behind the first one. */
  readonly behindP99Ms: number
}

/** What clients were sent, and when. */
export interface Tally {
  /** From now on values are recorded: `clients` are numbered from 0. */
  begin(clients: number): void
  /** A client has got a value of this number. */
  record(client: number, value: number, atMs: number): void
  /** Ends that; answers how many there were. */
  end(): number
  /** @param offsetMs what the times have more than the clock of the arrivals */
  latency(times: Times, offsetMs: number): Latency
}

/** Arrivals that are kept for quantiles: 40 seconds of the quickest server here. Those behind them are counted only. */
const arrivalsMax = 4_000_000

/** Arrivals go into plain memory as they come, and are looked at when all is over. */
export function createTally(max = arrivalsMax): Tally {
  const values = new Uint32Array(max)
  const before = new Uint32Array(max)
  const atMs = new Float64Array(max)
  let seen = new Uint32Array(0)
  let count = 0
  let isOpen = false
  const kept = () => Math.min(count, max)
  return {
    begin(clients) {
      seen = new Uint32Array(clients)
      count = 0
      isOpen = true
    },
    record(client, value, nowMs) {
      if (!isOpen) return
      if (count < max) {
        values[count] = value
        before[count] = seen[client] ?? 0
        atMs[count] = nowMs
      }
      seen[client] = value
      count += 1
    },
    end() {
      isOpen = false
      return count
    },
    latency: (times, offsetMs) => latencyOf({ values, before, atMs, length: kept() }, times, offsetMs),
  }
}

interface Arrivals {
  readonly values: Uint32Array
  /** the value that the same client had got last; 0: none since the beginning */
  readonly before: Uint32Array
  readonly atMs: Float64Array
  readonly length: number
}

function latencyOf(
  { values, before, atMs, length }: Arrivals,
  { first, atMs: wallMs }: Times,
  offsetMs: number,
): Latency {
  const madeMs = wallMs.map((ms) => ms - offsetMs)
  const firstMs = new Float64Array(madeMs.length).fill(Infinity)
  const all: number[] = []
  const unseen: number[] = []
  for (let at = 0; at < length; at++) {
    const index = (values[at] ?? 0) - first
    const made = madeMs[index]
    if (made === undefined || Number.isNaN(made)) continue
    const arrived = atMs[at] ?? 0
    all.push(arrived - made)
    firstMs[index] = Math.min(firstMs[index] ?? Infinity, arrived)
    const missed = before[at] === 0 ? undefined : madeMs[(before[at] ?? 0) + 1 - first]
    if (missed !== undefined && !Number.isNaN(missed)) unseen.push(arrived - missed)
  }
  const behind: number[] = []
  for (let at = 0; at < length; at++) {
    const index = (values[at] ?? 0) - first
    if (Number.isFinite(firstMs[index])) behind.push((atMs[at] ?? 0) - (firstMs[index] ?? 0))
  }
  const firsts = [...firstMs].flatMap((ms, index) => (Number.isFinite(ms) ? [ms - (madeMs[index] ?? 0)] : []))
  const of = (some: readonly number[], share: number) => quantile(Float64Array.from(some).toSorted(), share)
  return {
    p50Ms: of(all, 0.5),
    p99Ms: of(all, 0.99),
    unseenP99Ms: of(unseen, 0.99),
    firstP50Ms: of(firsts, 0.5),
    behindP99Ms: of(behind, 0.99),
  }
}
