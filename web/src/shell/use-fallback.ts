import { useEffect } from 'react'
import { useFeed } from '../feed/use-feed.ts'
import { readOffers } from '../search/queries.ts'

/** Most offers read at once. */
const READ_MAX = 100

/** While the feed is away, rows that have nothing to show are filled by a plain read, once; rows with a last value keep it. */
export function useFallback(channel: string, skus: readonly string[], stale: boolean): void {
  const feed = useFeed()
  const joined = skus.join()
  useEffect(() => {
    if (!stale || joined === '') return
    const empty = joined
      .split(',')
      .filter((sku) => feed.offerOf(sku) === 'unknown')
      .slice(0, READ_MAX)
    if (empty.length === 0) return
    let wanted = true
    readOffers(channel, empty).then(
      (offers) => wanted && feed.fill(channel, offers, empty),
      // The line is down already and the page says so; the feed fills the rows when it is back.
      () => {},
    )
    return () => {
      wanted = false
    }
  }, [feed, channel, joined, stale])
}
