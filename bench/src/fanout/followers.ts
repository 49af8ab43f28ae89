import { setTimeout as sleep } from 'node:timers/promises'
import type { Clients } from './clients.ts'
import type { Contender } from './contender.ts'
import type { Share } from './share.ts'
import { idle, leave, measure, windowOf, type Window } from './visit.ts'

/** What a change costs that so many of so many clients follow. */
export interface Followed {
  readonly connections: number
  readonly followers: number
  readonly window: Window
  /** Processor time of the server for a change, microseconds, without what it costs where nobody follows it. */
  readonly usAChange: number | undefined
}

/** SKUs of the cellar: far more than a client could be asked about one by one. */
export const followedSkus = 100_000
/** A client follows 20: one that 200 follow, one that 20 follow, and 18 that hardly anybody follows. */
const groups = [
  { followers: 200, each: 1, first: 0 },
  { followers: 20, each: 1, first: 2_000 },
  { followers: 2, each: 18, first: 10_000 },
] as const
/** The same followers among so many fewer clients. */
const fewerBy = 10

/** Changes SKUs that 2, 20 and 200 clients follow, of few clients and of many. */
export async function measureFollowers(
  contender: Contender,
  clients: Clients,
  { connections, seconds }: { readonly connections: number; readonly seconds: number },
): Promise<Followed[]> {
  const found: Followed[] = []
  await idle(contender, 1)
  for (const count of [Math.ceil(connections / fewerBy), connections]) {
    const shares = groups.map((group): Share & { followers: number } => ({
      ...group,
      count: Math.max(group.each, Math.floor((count * group.each) / group.followers)),
    }))
    await clients.open({ kind: contender.kind, ports: contender.ports, first: 0, count, shares })
    await sleep(1_000)
    const raws = []
    for (const share of shares) raws.push({ share, raw: await measure(contender, clients, share, seconds) })
    await leave(contender, clients)
    const alone = await idle(contender, seconds)
    for (const { share, raw } of raws) {
      const window = windowOf(raw, alone)
      const followers = (count * share.each) / share.count
      found.push({ connections: count, followers, window, usAChange: window.usEach && window.usEach * followers })
    }
  }
  return found
}
