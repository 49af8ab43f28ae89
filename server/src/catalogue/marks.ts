import type { LogRow } from '../log/log.ts'

/** Topics that are told apart; beyond, all count as touched now: some megabytes, and no catalogue changes so many wines in a minute. */
const topicsMax = 50_000

/**
 * At which position the log last touched what a search or a page shows, as far as this process has followed it. What was read at a later position than that
 * is still true at the newest one.
 */
export interface Marks {
  epoch(): string
  /** the newest position followed; undefined before there is any */
  position(): number | undefined
  /** The last position that may have touched any of the topics. */
  touched(topics: readonly string[]): number
  /** A new beginning: of what was before nothing is known. */
  begins(epoch: string, position: number): void
  follows(rows: readonly LogRow[]): void
}

/** What is touched, by the rows of the log. Any wine or SKU touches `catalogue` beside its own. */
export const topics = {
  catalogue: 'catalogue',
  /** which SKUs are made of others, or are lots of others, among them */
  settings: 'settings',
  prices: (channel: string) => `prices ${channel}`,
  wine: (id: string) => `wine ${id}`,
  sku: (sku: string) => `sku ${sku}`,
} as const

export function createMarks(): Marks {
  const last = new Map<string, number>()
  const state = { epoch: '', position: undefined as number | undefined, floor: 0 }
  const forget = (position: number) => {
    last.clear()
    state.floor = position
  }
  return {
    epoch: () => state.epoch,
    position: () => state.position,
    touched: (wanted) => wanted.reduce((most, topic) => Math.max(most, last.get(topic) ?? 0), state.floor),
    begins(epoch, position) {
      Object.assign(state, { epoch, position })
      forget(position)
    },
    follows(rows) {
      for (const row of rows) {
        for (const topic of topicsOf(row)) last.set(topic, row.position)
        state.position = row.position
        if (last.size > topicsMax) forget(row.position)
      }
    },
  }
}

function topicsOf({ changes }: LogRow): Set<string> {
  const touched = new Set<string>()
  if (changes.settings) touched.add(topics.settings)
  for (const [, channel] of changes.prices ?? []) touched.add(topics.prices(channel))
  for (const [, channel] of changes.withdrawn ?? []) touched.add(topics.prices(channel))
  for (const [sku, wine] of changes.skus ?? []) {
    touched.add(topics.catalogue).add(topics.sku(sku)).add(topics.wine(wine))
  }
  return touched
}
