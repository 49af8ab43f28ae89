import type pg from 'pg'
import { must } from '../src/platform/must.ts'
import { columnOf, isState, stateAccounts, type Account } from '../src/stock/core/accounts.ts'

/** A level's bottles on hand and by state, by `sku@location`. Levels without any movement are none. */
export type Shelf = Readonly<Record<string, Readonly<Record<string, number>>>>

/** The whole journal and all counts, as they lie in the tables, to be gone through by hand. */
export interface Ledger {
  readonly movements: readonly {
    readonly key: string
    readonly entry: number
    readonly from: string
    readonly to: string
    readonly quantity: number
    readonly physical: boolean
    readonly atUs: number
    readonly position: number
  }[]
}

const us = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint`

export async function readLedger(client: Pick<pg.Pool, 'query'>): Promise<Ledger> {
  const { rows } = await client.query(
    `select sku || '@' || location as key, entry, from_account as from, to_account as to, quantity, physical, ${us('occurred_at')} as "atUs"
     from stock.movements order by entry, line`,
  )
  // After them: what commits between is not looked for.
  const { rows: positions } = await client.query<{ batch: number; position: number }>(
    'select batch, position from log.batches',
  )
  const byBatch = new Map(positions.map(({ batch, position }) => [batch, position]))
  return {
    movements: rows.map((row) => ({
      ...row,
      position: must(byBatch.get(Math.floor(row.entry / 1_024)), 'the position of a movement'),
    })),
  }
}

/** What the shelves held up to a position, one movement after another. */
export function shelfAt({ movements }: Ledger, position: number): Shelf {
  const shelf: Record<string, Record<string, number>> = {}
  for (const { key, from, to, quantity, position: at } of movements) {
    if (at > position) continue
    const level = (shelf[key] ??= Object.fromEntries(['onHand', ...stateAccounts].map((state) => [state, 0])))
    for (const [account, sign] of [
      [from, -1],
      [to, 1],
    ] as const) {
      if (!isState(account as Account)) continue
      level[account] = (level[account] ?? 0) + sign * quantity
      if (!account.startsWith('incoming')) level['onHand'] = (level['onHand'] ?? 0) + sign * quantity
    }
  }
  return shelf
}

/** Levels as the server keeps them now, and the position that they are at: one look. */
export async function shelfNow(client: Pick<pg.Pool, 'query'>): Promise<{ position: number; shelf: Shelf }> {
  const { rows } = await client.query<{ position: number; levels: Record<string, never>[] | null }>(
    `select log.head() as position, (select json_agg(l) from stock.levels l where exists (
       select from stock.movements m where m.sku = l.sku and m.location = l.location)) as levels`,
  )
  const [row] = rows
  return {
    position: row?.position ?? 0,
    shelf: Object.fromEntries(
      (row?.levels ?? []).map((level) => {
        const states = Object.fromEntries(stateAccounts.map((state) => [state, Number(level[columnOf(state)])]))
        const onHand = stateAccounts
          .filter((state) => !state.startsWith('incoming'))
          .reduce((sum, state) => sum + (states[state] ?? 0), 0)
        return [`${level['sku']}@${level['location']}`, { onHand, ...states }]
      }),
    ),
  }
}
