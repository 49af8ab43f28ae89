import type { Offer } from '@cellarhand/protocol/offer'
import type { Hold, Level } from '@cellarhand/protocol/stock'

/** The public API, as a till, a web shop and a cellar hand use it. */
export interface Shop {
  offer(sku: string): Promise<Offer | undefined>
  levels(location: string): Promise<Level[]>
  /** Resolves with the answer, or undefined when it was refused. */
  write(actor: string, path: string, body: object): Promise<unknown>
  hold(sku: string, quantity: number, ttlSeconds: number): Promise<Hold | undefined>
}

/** @param options.newKey a fresh idempotency key for each intent */
export function openShop(url: string, options: { newKey: () => string; signal: AbortSignal }): Shop {
  const { signal } = options

  async function list<T>(path: string): Promise<T[]> {
    const items: T[] = []
    for (let cursor: string | undefined; ;) {
      const from = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const response = await fetch(`${url}${path}&limit=500${from}`, { signal })
      if (!response.ok) throw new Error(`${path} was answered ${response.status}`)
      const page = (await response.json()) as { items: T[]; next?: string }
      items.push(...page.items)
      if (page.next === undefined) return items
      cursor = page.next
    }
  }

  async function write(actor: string, path: string, body: object): Promise<unknown> {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': options.newKey(), 'cellarhand-actor': actor },
      body: JSON.stringify(body),
      signal,
    })
    if (response.ok) return response.json()
    await response.body?.cancel()
    // A refusal is part of the day: the bottle was gone, the hold had lapsed.
    if (response.status < 500) return undefined
    throw new Error(`${path} was answered ${response.status}`)
  }

  return {
    offer: async (sku) => {
      const response = await fetch(`${url}/v1/offers/${sku}`, { signal })
      if (response.ok) return (await response.json()) as Offer
      await response.body?.cancel()
      return undefined
    },
    levels: (location) => list<Level>(`/v1/stock?location=${location}`),
    write,
    hold: (sku, quantity, ttlSeconds) =>
      write('web', '/v1/holds', { lines: [{ sku, quantity, channel: 'web' }], ttlSeconds }) as Promise<
        Hold | undefined
      >,
  }
}
