import { setTimeout as sleep } from 'node:timers/promises'
import type { Clients } from './clients.ts'
import type { Contender } from './contender.ts'
import { hot } from './share.ts'
import { idle, leave, measure, memoryOf, onHot, windowOf, type Window } from './visit.ts'

/** What clients that take nothing do to the others. */
export interface Stalled {
  readonly reading: number
  readonly stalled: number
  readonly without: Window
  readonly beside: Window
  /** MiB of the server: before they came, when their lines were full, and at the end. */
  readonly beforeMib: number | undefined
  readonly beganMib: number | undefined
  readonly endedMib: number | undefined
}

/** One in ten. */
const stalledShare = 0.1
/** Until the lines of those who take nothing are full: the system keeps some megabytes for each. */
const fillMs = 4_000
/** The server lets them go after 30 s; by then all is measured. */
const mostSeconds = 10

/**
 * A tenth of the clients asks for all offers of a channel, which is more than a line holds, and takes nothing. The others follow the hot SKU as before: first without
 * them, then beside them.
 */
export async function measureStalled(
  contender: Contender,
  clients: Clients,
  { connections, seconds }: { readonly connections: number; readonly seconds: number },
): Promise<Stalled> {
  const { kind, ports } = contender
  const stalled = Math.round(connections * stalledShare)
  const reading = connections - stalled
  const longer = Math.min(2 * seconds, mostSeconds)
  await idle(contender, 1)
  await clients.open({ kind, ports, first: 0, count: reading, shares: onHot })
  const without = await measure(contender, clients, hot, longer)
  const beforeMib = memoryOf(contender)
  await clients.open({ kind, ports, first: reading, count: stalled, shares: [], stalledOn: 'channel:web' })
  await sleep(fillMs)
  const beganMib = memoryOf(contender)
  const beside = await measure(contender, clients, hot, longer)
  const endedMib = memoryOf(contender)
  await leave(contender, clients)
  const alone = await idle(contender, seconds)
  const ofBoth = { without: windowOf(without, alone), beside: windowOf(beside, alone) }
  return { reading, stalled, ...ofBoth, beforeMib, beganMib, endedMib }
}
