import type { Level } from '@cellarhand/protocol/stock'
import { formatPosition } from '../log/log.ts'
import { textOf } from './names.ts'
import { sortedFrom } from './sorted.ts'
import type { State } from './state.ts'
import { none, quantitiesPerLevel } from './tables.ts'

/** A level as it is now. */
export function levelAt(state: State, row: number): Level {
  const { levels } = state
  const quantity = (index: number) => levels.quantities[row * quantitiesPerLevel + index] as number
  const states = {
    available: quantity(0),
    held: quantity(1),
    committed: quantity(2),
    allocated: quantity(3),
    quarantined: quantity(4),
    short: quantity(5),
  }
  return {
    sku: textOf(state.skus, levels.sku[row] as number),
    location: textOf(state.locations, levels.location[row] as number),
    onHand: Object.values(states).reduce((sum, bottles) => sum + bottles, 0),
    ...states,
    incoming: quantity(6),
    incomingCommitted: quantity(7),
    version: levels.version[row] as number,
    revision: levels.revision[row] as number,
    position: formatPosition(state.epoch, levels.position[row] as number),
  }
}

export interface LevelQuery {
  readonly sku?: string | undefined
  readonly location?: string | undefined
  /** the level after which the page begins */
  readonly after?: { readonly sku: string; readonly location: string } | undefined
  readonly limit: number
}

export interface LevelPage {
  readonly items: readonly Level[]
  /** where the next page begins; undefined: this was the last */
  readonly next: { readonly sku: string; readonly location: string } | undefined
}

/** A page of levels in the order of SKU codes and location ids. */
export function levelPage(state: State, query: LevelQuery): LevelPage {
  const items: Level[] = []
  for (const row of levelRows(state, query)) {
    const last = items.at(-1)
    if (last !== undefined && items.length === query.limit) {
      return { items, next: { sku: last.sku, location: last.location } }
    }
    items.push(levelAt(state, row))
  }
  return { items, next: undefined }
}

/** Rows that one page looks at at most: some 3 ms, so that a page never holds up the process. */
const scanMax = 5_000

export interface LevelKeyQuery {
  readonly location: string
  /** the SKU after which the page begins */
  readonly after: string | undefined
  /** only what changed after this position */
  readonly since: number | undefined
  readonly limit: number
}

export interface LevelKeys {
  readonly keys: readonly number[]
  /** where the next page begins; undefined: this was the last. A page may be short, or empty, and not the last. */
  readonly next: string | undefined
}

/** A page of the levels of a location, by their rows, in the order of SKU codes. */
export function levelKeys(state: State, { location, after, since = 0, limit }: LevelKeyQuery): LevelKeys {
  const order = state.levelOrders[state.locations.numbers.get(location) ?? -1]
  if (order === undefined) return { keys: [], next: undefined }
  const skuOf = (row: number) => textOf(state.skus, state.levels.sku[row] as number)
  const { rows, from, to } = sortedFrom(order, after, skuOf)
  const keys: number[] = []
  const until = Math.min(to, from + scanMax)
  let index = from
  for (; index < until && keys.length < limit; index++) {
    const row = rows[index] as number
    if ((state.levels.position[row] as number) > since) keys.push(row)
  }
  return { keys, next: index < to ? skuOf(rows[index - 1] as number) : undefined }
}

function levelRows(state: State, query: LevelQuery): Iterable<number> {
  if (query.sku !== undefined) return levelsOfSku(state, query.sku, query)
  return query.location === undefined ? levelsOfAll(state, query) : levelsOfLocation(state, query.location, query)
}

function* levelsOfAll(state: State, query: LevelQuery): Generator<number> {
  if (query.after) yield* levelsOfSku(state, query.after.sku, query)
  const { rows, from, to } = sortedFrom(state.skuOrder, query.after?.sku, (sku) => textOf(state.skus, sku))
  for (let index = from; index < to; index++)
    yield* levelsOfSku(state, textOf(state.skus, rows[index] as number), query)
}

function* levelsOfLocation(state: State, location: string, { after }: LevelQuery): Generator<number> {
  const order = state.levelOrders[state.locations.numbers.get(location) ?? -1]
  if (order === undefined) return
  const skuOf = (row: number) => textOf(state.skus, state.levels.sku[row] as number)
  // The level that the last page ended with may be of another location, after or before this one.
  const { rows, from, to } = sortedFrom(order, after?.sku, skuOf)
  const before = rows[from - 1]
  if (before !== undefined && skuOf(before) === after?.sku && location > after.location) yield before
  for (let index = from; index < to; index++) yield rows[index] as number
}

/** The levels of one SKU that the query asks for, beyond its `after`, in the order of location ids. */
function levelsOfSku(state: State, sku: string, { location, after }: LevelQuery): number[] {
  const number = state.skus.numbers.get(sku)
  if (number === undefined) return []
  const found: { row: number; location: string }[] = []
  for (let row = state.firstLevel[number] as number; row !== none; row = state.levels.next[row] as number) {
    found.push({ row, location: textOf(state.locations, state.levels.location[row] as number) })
  }
  return found
    .filter((level) => location === undefined || level.location === location)
    .filter((level) => !after || sku > after.sku || (sku === after.sku && level.location > after.location))
    .toSorted((a, b) => (a.location < b.location ? -1 : 1))
    .map((level) => level.row)
}
