import type pg from 'pg'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Finder } from '../feed/feed.ts'
import { parseWineQuery } from '../gateway/gateway.ts'
import { formatPosition } from '../log/log.ts'
import type { Replica } from '../replica/replica.ts'
import { readTrail, trailBegins } from '../report/report.ts'
import { readHold } from '../stock/stock.ts'

/** SKUs that one search topic holds: some ten screens of them, the best first. */
const searchSkusMax = 500

/** What a feed asks the catalogue. */
export function finderOver(catalogue: Catalogue, pool: pg.Pool, live: Pick<Replica, 'epoch'>): Finder {
  return {
    refuse(query, channel) {
      const parsed = parseWineQuery(query, channel)
      return typeof parsed === 'string' ? parsed : undefined
    },
    wine: async (id) => (await catalogue.getWine(id))?.wine.skus.map(({ sku }) => sku) ?? [],
    search: (query, channel) => search(catalogue, query, channel),
    async hold(id) {
      const { value, position } = await readHold(pool, id)
      return JSON.stringify({ ...(value ?? { id, gone: true }), position: formatPosition(live.epoch(), position) })
    },
    async entries(after, to) {
      const part = await readTrail(pool, { after, to, epoch: live.epoch() })
      const told = part.steps.filter(({ entries }) => entries.length > 0)
      const text = (entries: readonly object[]) => entries.map((entry) => JSON.stringify(entry)).join(',')
      return { steps: told.map(({ position, entries }) => ({ position, text: text(entries) })), to: part.to }
    },
    entriesFrom: () => trailBegins(pool),
  }
}

async function search(catalogue: Catalogue, text: string, channel: string): Promise<readonly string[]> {
  const query = parseWineQuery(text, channel)
  if (typeof query === 'string') return []
  const skus: string[] = []
  let next: string | undefined
  do {
    const cursor = next === undefined ? {} : { cursor: next }
    const page = await catalogue.searchWines({ ...query, ...cursor, facets: false })
    if (page.kind === 'bad-cursor') break
    skus.push(...page.items.flatMap((wine) => wine.skus.map(({ sku }) => sku)))
    next = page.next
  } while (next !== undefined && skus.length < searchSkusMax)
  return skus.slice(0, searchSkusMax)
}
