import type { Cleanup } from '../cleanup.ts'
import type { Say } from '../report/say.ts'
import { median } from '../report/statistics.ts'
import type { Clients } from './clients.ts'
import { startBroadcast, startCellarhand, type Contender, type Source } from './contender.ts'
import type { ServerKind } from './speech.ts'
import { visit, type Visit, type Window } from './visit.ts'

/** What came of every server with so many clients. */
export interface Size {
  readonly connections: number
  readonly visits: ReadonlyMap<ServerKind, Visit>
}

export interface SizesOptions {
  readonly sizes: readonly number[]
  readonly rounds: number
  readonly seconds: number
}

/** How each is called in what is printed. */
export const names: Readonly<Record<ServerKind, string>> = {
  cellarhand: 'Cellarhand',
  ws: 'bare ws',
  'socket.io': 'socket.io',
  'durable-streams': 'durable-streams, SSE',
}

const closest = ['ws', 'cellarhand'] as const
const others = ['socket.io', 'durable-streams'] as const

/**
 * Each server with each number of clients, one after another in a process that was just started. The two that are closest take turns, every other round
 * backwards; the others are further away than the machine is noisy, and come once.
 */
export async function measureSizes(
  source: Source,
  clients: Clients,
  options: SizesOptions,
  { cleanup, say }: { readonly cleanup: Cleanup; readonly say: Say },
): Promise<Size[]> {
  const start = (kind: ServerKind): Promise<Contender> =>
    kind === 'cellarhand' ? startCellarhand(source, cleanup) : startBroadcast(kind, source, cleanup)
  const sizes: Size[] = []
  for (const connections of options.sizes) {
    const found = new Map<ServerKind, Visit[]>()
    for (let round = 1; round <= options.rounds; round++) {
      const order = [...(round % 2 === 1 ? closest : closest.toReversed()), ...(round === 1 ? others : [])]
      for (const kind of order) {
        const contender = await start(kind)
        const one = await visit(contender, clients, { connections, seconds: options.seconds })
        await contender.stop()
        found.set(kind, [...(found.get(kind) ?? []), one])
        say.line(lineOf(kind, connections, one))
      }
    }
    sizes.push({ connections, visits: new Map([...found].map(([kind, all]) => [kind, middleOf(all)])) })
  }
  return sizes
}

function lineOf(kind: ServerKind, connections: number, { hot }: Visit): string {
  const rate = Math.round(hot.rate).toLocaleString('en').padStart(8)
  const us = hot.usEach === undefined ? '' : `, ${hot.usEach.toFixed(1)} µs each`
  return `  ${connections.toLocaleString('en').padStart(6)} clients  ${names[kind].padEnd(22)} ${rate}/s, p99 ${hot.p99Ms.toFixed(1)} ms${us}`
}

function middleOf(visits: readonly Visit[]): Visit {
  const windows = visits.flatMap(({ many }) => (many === undefined ? [] : [many]))
  return {
    hot: middleWindow(visits.map(({ hot }) => hot)),
    many: windows.length === 0 ? undefined : middleWindow(windows),
    kibEach: known(visits.map(({ kibEach }) => kibEach)),
    idleShare: known(visits.map(({ idleShare }) => idleShare)),
  }
}

function middleWindow(windows: readonly Window[]): Window {
  const of = (pick: (window: Window) => number) => median(windows.map(pick))
  return {
    rate: of(({ rate }) => rate),
    usEach: known(windows.map(({ usEach }) => usEach)),
    changes: of(({ changes }) => changes),
    readerShare: known(windows.map(({ readerShare }) => readerShare)),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
    unseenP99Ms: of(({ unseenP99Ms }) => unseenP99Ms),
    firstP50Ms: of(({ firstP50Ms }) => firstP50Ms),
    behindP99Ms: of(({ behindP99Ms }) => behindP99Ms),
  }
}

function known(values: readonly (number | undefined)[]): number | undefined {
  const all = values.filter((value) => value !== undefined)
  return all.length === values.length ? median(all) : undefined
}
