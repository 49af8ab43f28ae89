import type { Money } from '@cellarhand/protocol/primitives'
import type { Commitment, Hold } from '@cellarhand/protocol/stock'
import { queryOptions } from '@tanstack/react-query'
import { ask, AskError, slugOf, type Answer } from '../shell/http.ts'
import { serverNow } from '../shell/clock.ts'

/** One wish to hold. Its key stays with it through every retry, so that however often it is sent, one hold is made. */
export interface HoldWish {
  readonly key: string
  readonly sku: string
  readonly quantity: number
  readonly channel: string
  readonly expectedPrice: Money
  /** Of bottles that are expected, and not there yet. */
  readonly from?: 'incoming'
}

/** Asks for a hold at the price that was shown, as a guest where nobody has signed in. How long it lasts is the merchant's to say. */
export function makeHold({ key, ...line }: HoldWish): Promise<Answer<Hold>> {
  const send = () => ask<Hold>('/v1/holds', { method: 'POST', key, body: { lines: [line] } })
  return import('../account/somebody.ts').then(
    ({ asSomebody }) => asSomebody(send),
    () => ({ kind: 'unheard' }),
  )
}

/** Asks for `seconds` of life from now on. */
export function extendHold(id: string, seconds: number, key: string): Promise<Answer<Hold>> {
  return ask<Hold>(holdUrl(id), { method: 'PATCH', key, body: { ttlSeconds: seconds } })
}

/** Puts the bottles back. */
export function releaseHold(id: string, key: string): Promise<Answer<Hold>> {
  return ask<Hold>(holdUrl(id), { method: 'DELETE', key })
}

/** Confirms the sale: the hold becomes a commitment. */
export function commitHold(id: string, key: string): Promise<Answer<Commitment>> {
  return ask<Commitment>(`${holdUrl(id)}/commit`, { method: 'POST', key, body: {} })
}

/** How often a live hold is looked at without a cause, and how often while its end is due, ms. */
const LOOK_MS = 20_000
const LOOK_DUE_MS = 700

/** A hold as the server has it; null when the server does not know it. Looked at again more often when its time is up. */
export const holdQuery = (id: string) =>
  queryOptions({
    queryKey: ['hold', id],
    queryFn: async ({ signal }): Promise<Hold | null> => {
      const answer = await ask<Hold>(holdUrl(id), { signal })
      if (answer.kind === 'ok') return answer.body
      if (answer.kind === 'refused' && slugOf(answer.problem) === 'not-found') return null
      throw new AskError(answer.kind === 'refused' ? answer.problem : undefined)
    },
    refetchInterval: ({ state }) => {
      if (state.data === null || (state.data && state.data.state !== 'active')) return false
      if (!state.data) return LOOK_MS
      const leftMs = Date.parse(state.data.expiresAt) - serverNow()
      return Math.max(LOOK_DUE_MS, Math.min(LOOK_MS, leftMs))
    },
    staleTime: 5_000,
    retry: 1,
  })

function holdUrl(id: string): string {
  return `/v1/holds/${encodeURIComponent(id)}`
}
