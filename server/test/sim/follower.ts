import { createLive, createState, createTouched, type DrivenLive } from '../../src/replica/replica.ts'
import { putExpected, putLevel, putPrice, putSettings } from '../../src/replica/state.ts'
import { assertGapless } from '../../src/log/rows.ts'
import type { LogRow } from '../../src/log/log.ts'
import type { LevelState } from '../../src/stock/core/context.ts'
import { expectedRowsOf } from '../../src/stock/core/purchase.ts'
import { stateAccounts } from '../../src/stock/core/accounts.ts'
import type { Network } from './connection.ts'
import type { Store } from './store.ts'

/** The real replica, following a simulated log. */
export interface Follower {
  readonly live: DrivenLive
  /** Takes the next few rows; may lose its connection before or after, begin anew, or lag. */
  look(): void
  /** Rows it was handed that did not follow, in words. */
  readonly faults: string[]
}

const PAGE = 5

export function createFollower(store: Store, network: Network): Follower {
  const { chance, clock } = network
  const live = createLive({ nowMs: clock.nowMs, after: clock.after })
  const faults: string[] = []
  live.replace(snapshotOf(store))
  let lastSeen = live.positionNumber()
  return {
    live,
    faults,
    look: () => {
      const { tables, flaws } = store
      // A process that starts again has nothing; one that lost only its connection goes on from where it was.
      if (network.faults.lost > 0 && chance.percent(5)) live.replace(snapshotOf(store))
      const from = live.positionNumber()
      if (from < lastSeen) faults.push(`positions went from ${lastSeen} back to ${from}`)
      const rows: LogRow[] = []
      for (let position = from + 1; position <= Math.min(store.head(), from + PAGE); position++) {
        const row = tables.log.get(String(position))
        if (row) rows.push({ position: row.position, atMs: row.atUs / 1_000, changes: row.changes })
      }
      if (flaws.has('log-row-twice') && rows[0] && chance.percent(10)) rows.unshift(rows[0])
      if (flaws.has('log-row-lost') && rows.length > 2 && chance.percent(30)) rows.splice(1, 1)
      try {
        assertGapless(rows, from)
        live.apply(rows)
      } catch (error) {
        faults.push(String(error))
        live.replace(snapshotOf(store))
      }
      lastSeen = live.positionNumber()
    },
  }
}

/** Everything as it is committed now, at the head of the log. */
function snapshotOf(store: Store) {
  const position = store.head()
  const state = createState({ epoch: 'simulated', position, horizon: position })
  const touched = createTouched()
  putSettings(state, store.settings, position, touched)
  for (const level of store.tables.levels.values()) putLevel(state, rowOf(level), position, touched)
  for (const document of store.tables.documents.values()) {
    if (document.kind === 'purchaseOrder') for (const row of expectedRowsOf(document)) putExpected(state, row)
  }
  for (const { sku, channel, amountMinor, currency, taxIncluded, dutyIncluded } of store.tables.prices.values()) {
    putPrice(state, [sku, channel, amountMinor, currency, taxIncluded, dutyIncluded], position, touched)
  }
  return state
}

function rowOf(level: LevelState) {
  const [available, held, committed, allocated, quarantined, short, incoming, incomingCommitted] = stateAccounts.map(
    (state) => level[state],
  ) as [number, number, number, number, number, number, number, number]
  const { sku, location, version, revision } = level
  return [
    sku,
    location,
    available,
    held,
    committed,
    allocated,
    quarantined,
    short,
    incoming,
    incomingCommitted,
    version,
    revision,
  ] as const
}
