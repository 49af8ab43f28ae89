import type { Followed } from '../fanout/followers.ts'
import { names, type Size } from '../fanout/sizes.ts'
import type { Stalled } from '../fanout/stalled.ts'
import type { Visit, Window } from '../fanout/visit.ts'
import type { Row } from '../report/table.ts'

/** What came of the parts that were run. */
export interface Fanout {
  readonly sizes: readonly Size[]
  readonly stalled: Stalled | undefined
  readonly followers: readonly Followed[]
}

/** All of it as one table. */
export function rowsOf({ sizes, stalled, followers }: Fanout): Row[] {
  return [
    ...sizes.flatMap(({ connections, visits }) =>
      [...visits].flatMap(([kind, visit]) => [
        rowOf(names[kind], '1 SKU', connections, visit.hot, visit),
        ...(visit.many === undefined ? [] : [rowOf(names[kind], '1,000 SKUs', connections, visit.many)]),
      ]),
    ),
    ...(stalled === undefined
      ? []
      : [
          rowOf('Cellarhand, alone', '1 SKU', stalled.reading, stalled.without),
          rowOf(`beside ${stalled.stalled.toLocaleString('en')} stalled`, '1 SKU', stalled.reading, stalled.beside),
        ]),
    ...followers.map(({ connections, followers, window }) =>
      rowOf('Cellarhand', `${followers} followers`, connections, window),
    ),
  ]
}

function rowOf(what: string, load: string, clients: number, window: Window, visit?: Visit): Row {
  return {
    what,
    load,
    clients,
    'changes/s': window.changes,
    'messages/s': window.rate,
    'p50 ms': window.p50Ms,
    'p99 ms': window.p99Ms,
    'unseen p99': load === '1 SKU' && !Number.isNaN(window.unseenP99Ms) ? window.unseenP99Ms : undefined,
    'first p50': window.firstP50Ms,
    'behind p99': window.behindP99Ms,
    'µs each': window.usEach,
    'reader %': window.readerShare === undefined ? undefined : window.readerShare * 100,
    'idle %': visit?.idleShare === undefined ? undefined : visit.idleShare * 100,
    'KiB each': visit?.kibEach,
  }
}
