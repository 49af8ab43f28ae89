import type { Wine } from '@cellarhand/protocol/catalogue'
import { useEffect, useRef } from 'react'
import { crossing } from '../feed/crossing.ts'
import { useFeed } from '../feed/use-feed.ts'
import { skusOf, useHolds } from '../holds/use-holds.tsx'
import { seenNow } from '../search/on-screen.ts'
import { skuTitle, titleOf } from '../search/wine-words.ts'
import { useVoice } from './voice.tsx'

/** Speaks of thresholds crossed, for wines on the screen or held. */
export function useSpeech(wines: readonly Wine[]): void {
  const feed = useFeed()
  const voice = useVoice()
  const holds = useHolds()
  const latest = useRef({ wines, holds })
  useEffect(() => {
    latest.current = { wines, holds }
  }, [wines, holds])
  useEffect(
    () =>
      feed.onChanges((changes) => {
        const { wines: known, holds: own } = latest.current
        const held = new Set(own.flatMap(({ hold }) => (hold?.state === 'active' ? skusOf(hold) : [])))
        for (const change of changes) {
          const code = change.before.sku
          const wine = known.find((one) => one.skus.some((sku) => sku.sku === code))
          const sku = wine?.skus.find((one) => one.sku === code)
          if (!wine || !sku || !(held.has(code) || seenNow().has(wine.id))) continue
          const words = crossing(`${titleOf(wine)} ${skuTitle(sku)}`, change)
          if (words !== undefined) voice.say(code, words)
        }
      }),
    [feed, voice],
  )
}
