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
}

/** What came of one server with so many clients. */
export interface Visit {
  readonly hot: Window
  /** undefined where a line cannot follow several SKUs */
  readonly many: Window | undefined
  readonly kibEach: number | undefined
  /** Of one processor, with the changes and no clients. */
  readonly idleShare: number | undefined
  readonly openedMs: number
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
/** Until memory and queues are what they are at rest. */
const settleMs = 700

/** Measures a server that was just started, and leaves it without clients. */
export async function visit(contender: Contender, clients: Clients, options: VisitOptions): Promise<Visit> {
  const { kind, ports } = contender
  const { connections, seconds } = options
  await warmUp(contender)
  const before = memoryOf(contender)
  const { tookMs } = await clients.open({ kind, ports, first: 0, count: connections, shares: onHot })
  await sleep(settleMs)
  const after = memoryOf(contender)
  const ofHot = await measure(contender, clients, hot, seconds)
  const ofMany = kind === 'durable-streams' ? undefined : await measureMany(contender, clients, seconds)
  await clients.close(null)
  await sleep(settleMs)
  const idleShare = await idle(contender, seconds)
  return {
    hot: windowOf(ofHot, idleShare),
    many: ofMany && windowOf(ofMany, idleShare),
    kibEach: before === undefined || after === undefined ? undefined : ((after - before) * 1_024) / connections,
    idleShare,
    openedMs: tookMs,
  }
}

/** What is compiled and allocated by the first changes is not what clients cost. */
async function warmUp(contender: Contender): Promise<void> {
  await contender.start(hot, changesPerSecond)
  await sleep(warmUpMs)
  await contender.rest()
  await sleep(settleMs)
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
  readonly latency: Latency
}

/** Changes SKUs of a range for a while, and counts what clients get. */
export async function measure(contender: Contender, clients: Clients, range: Range, seconds: number): Promise<Raw> {
  await contender.start(range, changesPerSecond)
  await sleep(warmUpMs)
  const share = shareMeter(contender)
  const { values, seconds: counted, fromMs, untilMs } = await clients.count(seconds)
  const used = share()
  await contender.rest()
  const times = await contender.times()
  const latency = await clients.latency(times)
  const made = times.atMs.filter((ms) => ms >= fromMs && ms < untilMs).length
  return { values, seconds: counted, share: used, changes: made / counted, latency }
}

export function windowOf({ values, seconds, share, changes, latency }: Raw, idleShare: number | undefined): Window {
  const usEach =
    share === undefined || idleShare === undefined ? undefined : ((share - idleShare) * seconds * 1_000_000) / values
  return { ...latency, rate: values / seconds, usEach, changes }
}

/** What the changes cost where nobody follows them, as a share of one processor. */
export async function idle(contender: Contender, seconds: number): Promise<number | undefined> {
  await contender.start(hot, changesPerSecond)
  await sleep(settleMs)
  const share = shareMeter(contender)
  await sleep(seconds * 1_000)
  const used = share()
  await contender.rest()
  return used
}

/** From now on; the answer is the share of one processor that was used since. */
function shareMeter({ pids }: Contender): () => number | undefined {
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
