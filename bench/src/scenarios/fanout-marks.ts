import type { Followed } from '../fanout/followers.ts'
import type { Size } from '../fanout/sizes.ts'
import type { ServerKind } from '../fanout/speech.ts'
import type { Stalled } from '../fanout/stalled.ts'
import type { Visit, Window } from '../fanout/visit.ts'
import { atMost, type Mark, type Report } from '../report/report.ts'
import type { Fanout } from './fanout-rows.ts'

/** With fewer messages a second what they cost drowns in what the changes cost. */
const tellingRate = 10_000
/** With fewer clients their memory drowns in that of the process. */
const tellingClients = 5_000
/** From so many on socket.io is held against more than its cost. */
const largeSize = 5_000

type Judged = Pick<Report, 'ratios' | 'marks'>

/** The ratios of what was measured, and the marks of the project for them. */
export function judgeFanout({ sizes, stalled, followers }: Fanout): Judged {
  const judged = [...sizes.map(judgeSize), judgeStalled(stalled), judgeFollowers(followers)]
  return {
    ratios: Object.assign({}, ...judged.map(({ ratios }) => ratios)) as Record<string, number>,
    marks: judged.flatMap(({ marks }) => marks),
  }
}

function judgeSize({ connections, visits }: Size): Judged {
  const where = `${connections.toLocaleString('en')} clients`
  const loads = (['hot', 'many'] as const).map((load) => {
    const of = (kind: ServerKind) => visits.get(kind)?.[load]
    return judgeWindow(of, `${load === 'hot' ? '1 SKU' : '1,000 SKUs'}, ${where}`, connections)
  })
  const kib = over(visits, (visit) => visit.kibEach)
  const name = `KiB a client / bare ws (${where})`
  const memory: Judged =
    kib === undefined || connections < tellingClients
      ? { ratios: {}, marks: [] }
      : { ratios: { [name]: kib }, marks: [atMost(1.4, name, kib)] }
  return {
    ratios: Object.assign({}, ...loads.map(({ ratios }) => ratios), memory.ratios) as Record<string, number>,
    marks: [...loads.flatMap(({ marks }) => marks), ...memory.marks],
  }
}

function over(visits: ReadonlyMap<ServerKind, Visit>, of: (visit: Visit) => number | undefined): number | undefined {
  const [ours, theirs] = [visits.get('cellarhand'), visits.get('ws')].map((visit) => visit && of(visit))
  return ours === undefined || theirs === undefined ? undefined : ours / theirs
}

function judgeWindow(of: (kind: ServerKind) => Window | undefined, where: string, connections: number): Judged {
  const ratios: Record<string, number> = {}
  const marks: Mark[] = []
  const ours = of('cellarhand')
  const hold = (
    theirs: ServerKind,
    name: string,
    mark: number | undefined,
    pick: (window: Window) => number | undefined,
  ) => {
    const other = of(theirs)
    const [a, b] = [ours && pick(ours), other && pick(other)]
    if (a === undefined || b === undefined) return
    const called = `${name} / ${theirs === 'ws' ? 'bare ws' : theirs} (${where})`
    ratios[called] = a / b
    if (mark !== undefined) marks.push(atMost(mark, called, a / b))
  }
  const isTelling = (ours?.rate ?? 0) >= tellingRate
  hold('ws', 'µs a message', isTelling ? 1 : undefined, ({ usEach }) => usEach)
  hold('socket.io', 'µs a message', isTelling ? 0.6 : undefined, ({ usEach }) => usEach)
  hold('durable-streams', 'µs a message', undefined, ({ usEach }) => usEach)
  hold('ws', 'p99', 1.3, ({ p99Ms }) => p99Ms)
  hold('ws', 'p99 behind the first client', undefined, ({ behindP99Ms }) => behindP99Ms)
  hold('socket.io', 'p99', connections >= largeSize ? 0.2 : undefined, ({ p99Ms }) => p99Ms)
  return { ratios, marks }
}

function judgeStalled(stalled: Stalled | undefined): Judged {
  if (stalled === undefined) return { ratios: {}, marks: [] }
  const { without, beside, beganMib, endedMib } = stalled
  const late = beside.p99Ms / without.p99Ms
  const name = `p99 beside ${stalled.stalled.toLocaleString('en')} stalled clients / alone`
  const marks = [atMost(1.5, name, late)]
  if (beganMib === undefined || endedMib === undefined) return { ratios: { [name]: late }, marks }
  const memory = 'memory beside stalled clients, at the end / at the beginning'
  const grown = endedMib / beganMib
  return { ratios: { [name]: late, [memory]: grown }, marks: [...marks, atMost(1.1, memory, grown)] }
}

/** The same followers among ten times as many clients: sockets that are less often touched are further from the processor, so it may cost somewhat more. */
const clientsMark = 2
/** A hundredth of the followers, and what a change costs beside them. */
const fewMark = 0.2

function judgeFollowers(followers: readonly Followed[]): Judged {
  const most = Math.max(...followers.map(({ connections }) => connections))
  const least = Math.min(...followers.map(({ connections }) => connections))
  const cost = (connections: number, pick: 'first' | 'last') => {
    const some = followers.filter((one) => one.connections === connections)
    return (pick === 'first' ? some[0] : some.at(-1))?.usAChange
  }
  const [wide, wideOfFewer, narrow] = [cost(most, 'first'), cost(least, 'first'), cost(most, 'last')]
  if (wide === undefined || wideOfFewer === undefined || narrow === undefined) return { ratios: {}, marks: [] }
  const clients = `µs a change of 200 followers, among ${most.toLocaleString('en')} clients / ${least.toLocaleString('en')}`
  const few = `µs a change of 2 followers / 200, among ${most.toLocaleString('en')} clients`
  return {
    ratios: { [clients]: wide / wideOfFewer, [few]: narrow / wide },
    marks: [atMost(clientsMark, clients, wide / wideOfFewer), atMost(fewMark, few, narrow / wide)],
  }
}
