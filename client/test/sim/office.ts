import type { Loop } from './loop.ts'
import type { Network } from './lines.ts'

/** Where writes arrive: each key is decided once, however often it is sent. */
export interface Office {
  /** How often a key was decided, and what was answered. */
  readonly decided: Map<string, 'done' | 'refused'>
  readonly fetch: typeof fetch
}

/** Requests and answers get lost; servers say "not now". */
export function createOffice(loop: Loop, network: Network): Office {
  const decided = new Map<string, 'done' | 'refused'>()
  const wait = (ms: number) => new Promise<void>((go) => loop.after(ms, go))
  return {
    decided,
    async fetch(_, init) {
      const key = new Headers(init?.headers).get('idempotency-key') ?? ''
      await wait(loop.below(200))
      if (!network.isUp || loop.percent(15)) throw new TypeError('fetch failed')
      if (loop.percent(10)) return new Response('', { status: loop.pick([429, 503]), headers: { 'retry-after': '1' } })
      const known = decided.get(key) ?? (loop.percent(80) ? 'done' : 'refused')
      decided.set(key, known)
      await wait(loop.below(200))
      if (loop.percent(15)) throw new TypeError('fetch failed')
      return known === 'done'
        ? Response.json({ id: key }, { status: 201 })
        : Response.json({ type: 'insufficient-stock' }, { status: 409 })
    },
  }
}
