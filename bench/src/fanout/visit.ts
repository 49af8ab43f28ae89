import { setTimeout as sleep } from 'node:timers/promises'
import { preciseCpuMsOf, residentMib } from '../cellar/processes.ts'
import type { Clients } from './clients.ts'
import type { Contender } from './contender.ts'
import { hot, many, type Range, type Share } from './share.ts'
import type { Latency } from './tally.ts'

/** What came of one load on one server with so many clients. */
export interface Window extends Latency {
  /** Values delivered to clients a second. */
  readonly rate: number
  /** Processor time of the server for each of them, microseconds, without what the same changes cost it with no clients. */
  readonly usEach: number | undefined
  /** Changes a second that came about, of 200 that were asked for. */
  readonly changes: number
  /** Of one processor, of the process that reads: near the whole of it, it is that one that is measured. */
  readonly readerShare: number | undefined
}

/** What came of one server with so many clients. */
export interface Visit {
  readonly hot: Window
  /** undefined where a line cannot follow several SKUs */
  readonly many: Window | undefined
  readonly kibEach: number | undefined
  /** Of one processor, with the changes and no clients. */
  readonly idleShare: number | undefined
}

export interface VisitOptions {
  readonly connections: number
  readonly seconds: number
}

/** A flash sale's worth of changes. */
const changesPerSecond = 200
/** SKUs of a page. */
const pageSkus = 20
export const onHot: readonly Share[] = [{ ...hot, each: 1 }]
const onPage: readonly Share[] = [{ ...many, each: pageSkus }]
/** Compiled code and sockets' windows are as they stay. */
const warmUpMs = 1_000
const warmUpS = 1
/** Until memory and queues are what they are at rest. */
const settleMs = 700
/** A server is at rest that uses so little of a processor for so long. One that never is has something else to do. */
const quietShare = 0.03
const quietMs = 300
const quietWithinMs = 6_000

/** Measures a server that was just started, and leaves it without clients. */
export async function visit(contender: Contender, clients: Clients, options: VisitOptions): Promise<Visit> {
  const { connections, seconds } = options
  // What the first changes compile and allocate is not what clients cost.
  const cold = await idle(contender, warmUpS)
  const kibEach = await openAll(contender, clients, connections)
  const ofHot = await measure(contender, clients, hot, seconds)
  const ofMany = contender.kind === 'durable-streams' ? undefined : await measureMany(contender, clients, seconds)
  await leave(contender, clients)
  // Following a log costs a process less when it has done so for a while. The others have next to nothing to do.
  const alone = contender.kind === 'cellarhand' ? await idle(contender, seconds) : cold
  return {
    hot: windowOf(ofHot, alone),
    many: ofMany && windowOf(ofMany, alone),
    kibEach,
    idleShare: alone.share,
  }
}

/**
 * Opens clients in two halves. Answers KiB of one of the second: a process has room left of what it did before, which the first ones fill.
 */
async function openAll(contender: Contender, clients: Clients, connections: number): Promise<number | undefined> {
  const { kind, ports } = contender
  const half = Math.ceil(connections / 2)
  await clients.open({ kind, ports, first: 0, count: half, shares: onHot })
  await sleep(settleMs)
  const before = memoryOf(contender)
  await clients.open({ kind, ports, first: half, count: connections - half, shares: onHot })
  await sleep(settleMs)
  const after = memoryOf(contender)
  const isKnown = before !== undefined && after !== undefined && connections > half
  return isKnown ? ((after - before) * 1_024) / (connections - half) : undefined
}

/** All clients go, and the server sees to that: some hundredths of a millisecond for each. */
export async function leave(contender: Contender, clients: Clients): Promise<void> {
  await clients.close(null)
  const endMs = performance.now() + quietWithinMs
  let share: number | undefined
  do {
    const meter = shareMeter(contender)
    await sleep(quietMs)
    share = meter()
  } while (share !== undefined && share > quietShare && performance.now() < endMs)
}

async function measureMany(contender: Contender, clients: Clients, seconds: number): Promise<Raw> {
  await clients.follow(onPage)
  return measure(contender, clients, many, seconds)
}

/** What was counted, before what the changes alone cost is taken off. */
export interface Raw {
  readonly values: number
  readonly seconds: number
  /** Share of one processor; undefined where the system does not tell. */
  readonly share: number | undefined
  readonly changes: number
  readonly readerShare: number | undefined
  readonly latency: Latency
}

/** Changes SKUs of a range for a while, and counts what clients get. */
export async function measure(contender: Contender, clients: Clients, range: Range, seconds: number): Promise<Raw> {
  await contender.start(range, changesPerSecond)
  await sleep(warmUpMs)
  const share = shareMeter(contender)
  const readerShare = shareMeter({ pids: [clients.pid] })
  const { values, seconds: counted, fromMs, untilMs } = await clients.count(seconds)
  const [used, usedByReader] = [share(), readerShare()]
  await contender.rest()
  const times = await contender.times()
  const latency = await clients.latency(times)
  const made = times.atMs.filter((ms) => ms >= fromMs && ms < untilMs).length
  return { values, seconds: counted, share: used, changes: made / counted, readerShare: usedByReader, latency }
}

/** What the changes cost where nobody follows them. */
export interface Idle {
  /** Of one processor; undefined where the system does not tell. */
  readonly share: number | undefined
  /** Changes a second. */
  readonly changes: number
}

/** What was counted, without what as many changes cost with nobody there: a server that has much to send may come to fewer of them. */
export function windowOf({ values, seconds, share, changes, readerShare, latency }: Raw, idle: Idle): Window {
  const rate = values / seconds
  const usEach =
    share === undefined || idle.share === undefined
      ? undefined
      : ((share - (idle.share * changes) / idle.changes) * 1_000_000) / rate
  return { ...latency, rate, usEach, changes, readerShare }
}

/** Changes the hot SKU for a while, with no clients. */
export async function idle(contender: Contender, seconds: number): Promise<Idle> {
  await contender.start(hot, changesPerSecond)
  await sleep(settleMs)
  const meter = shareMeter(contender)
  const fromMs = Date.now()
  await sleep(seconds * 1_000)
  const share = meter()
  const untilMs = Date.now()
  await contender.rest()
  const { atMs } = await contender.times()
  const made = atMs.filter((ms) => ms >= fromMs && ms < untilMs).length
  return { share, changes: (made * 1_000) / (untilMs - fromMs) }
}

/** From now on; the answer is the share of one processor that was used since. */
function shareMeter({ pids }: Pick<Contender, 'pids'>): () => number | undefined {
  const cpuMs = () => sumOf(pids.map(preciseCpuMsOf))
  const beganMs = performance.now()
  const began = cpuMs()
  return () => {
    const now = cpuMs()
    return now === undefined || began === undefined ? undefined : (now - began) / (performance.now() - beganMs)
  }
}

/** MiB of all of its processes. */
export function memoryOf({ pids }: Contender): number | undefined {
  return sumOf(pids.map(residentMib))
}

function sumOf(values: readonly (number | undefined)[]): number | undefined {
  return values.every((value) => value !== undefined) ? values.reduce<number>((sum, one) => sum + one, 0) : undefined
}
