import type { Offer } from '@cellarhand/protocol/offer'
import type { Money } from '@cellarhand/protocol/primitives'
import type { Hold } from '@cellarhand/protocol/stock'
import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { expectedWords, units, type Unit } from '../search/availability.ts'
import { serverNow } from '../shell/clock.ts'
import { useVoice } from '../shell/voice.tsx'
import { holdQuery, makeHold, type HoldWish } from './hold-api.ts'
import { rememberHold } from './kept-store.ts'
import { holdRefusal, type Refusal } from './refusal.ts'

/** A life is rounded to this, s: the server's clock is known to half a second, and 601 s may be one more than a hold may ask for. */
const ROUND_S = 5

export interface Wanted {
  readonly wineId: string
  readonly title: string
  readonly unit: Unit
}

/** Holding bottles of one SKU: whether it is under way, why it was refused, and what can be done then. */
export function useHoldWish(wanted: Wanted) {
  const voice = useVoice()
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal>()
  const last = useRef<{ readonly wish: HoldWish; readonly expectedAt: string | undefined }>(undefined)

  async function send(wish: HoldWish, expectedAt: string | undefined): Promise<boolean> {
    last.current = { wish, expectedAt }
    setBusy(true)
    setRefusal(undefined)
    const answer = await makeHold(wish)
    setBusy(false)
    if (answer.kind === 'ok') {
      queries.setQueryData(holdQuery(answer.body.id).queryKey, answer.body)
      rememberHold(keptOf(answer.body, wanted.wineId, expectedAt))
      voice.say(`hold ${wish.sku}`, heldWords(answer.body, wish, wanted, expectedAt), { own: true })
      return true
    }
    const refused = holdRefusal(answer, wanted.unit, wish.from)
    setRefusal(refused)
    voice.say(`hold ${wish.sku}`, `${wanted.title} was not held. ${refused.text}`, { own: true })
    return false
  }

  return {
    busy,
    refusal,
    dismiss: () => setRefusal(undefined),
    /** A new wish: its key is its own. Answers whether it was granted. */
    hold: (offer: Offer, quantity: number, price: Money = offer.price) =>
      send(
        {
          key: crypto.randomUUID(),
          sku: offer.sku,
          quantity,
          channel: offer.channel,
          expectedPrice: { amountMinor: price.amountMinor, currency: price.currency },
          ...(offer.status === 'coming' ? { from: 'incoming' } : {}),
        },
        offer.expectedAt,
      ),
    /** The same wish again, under the same key. */
    retry: () => (last.current ? send(last.current.wish, last.current.expectedAt) : Promise.resolve(false)),
    /** The quantity last wished for. */
    lastQuantity: () => last.current?.wish.quantity ?? 1,
  }
}

function keptOf(hold: Hold, wineId: string, expectedAt: string | undefined) {
  const expiresAt = Date.parse(hold.expiresAt)
  const lifeSeconds = Math.max(ROUND_S, Math.round((expiresAt - serverNow()) / (ROUND_S * 1_000)) * ROUND_S)
  return { id: hold.id, wineId, expiresAt, lifeSeconds, ...(expectedAt === undefined ? {} : { expectedAt }) }
}

function heldWords(hold: Hold, wish: HoldWish, { title, unit }: Wanted, expectedAt: string | undefined): string {
  const until = new Date(hold.expiresAt).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
  const what = `${units(wish.quantity, unit)} of ${title}`
  return wish.from ? `Reserved ${what} until ${until}. ${expectedWords(expectedAt)}.` : `Held ${what} until ${until}.`
}
