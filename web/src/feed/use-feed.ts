import { createContext, useCallback, useContext, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { Feed, Line, RowOffer } from './feed.ts'

export const FeedContext = createContext<Feed | undefined>(undefined)

/** The page's feed. Throws outside its provider. */
export function useFeed(): Feed {
  const feed = useContext(FeedContext)
  if (!feed) throw new Error('useFeed is called outside FeedContext')
  return feed
}

/** A SKU's offer as it is now; the component renders again when this one changes. */
export function useOffer(sku: string): RowOffer {
  const feed = useFeed()
  const subscribe = useCallback((listener: () => void) => feed.onRow(sku, listener), [feed, sku])
  return useSyncExternalStore(subscribe, () => feed.offerOf(sku))
}

/** The state of the line. */
export function useLine(): Line {
  const feed = useFeed()
  return useSyncExternalStore(feed.onLine, feed.line)
}

/** How long the set of SKUs wanted must stand before the line is opened anew, ms: scrolling and typing change it in bursts. */
const SETTLE_MS = 250
/** How long a tab may be hidden before it lets its connection go, ms: browsers allow six to one server, over all tabs. */
const HIDDEN_MS = 20_000

/** Keeps the feed on these SKUs while the page can be seen. */
export function useWatch(channel: string, skus: readonly string[]): void {
  const feed = useFeed()
  const visible = useVisible()
  const joined = skus.join()
  const opened = useRef('')
  useEffect(() => {
    if (!visible) return feed.pause()
    const open = () => {
      opened.current = channel
      feed.watch(channel, joined === '' ? [] : joined.split(','))
    }
    if (opened.current !== channel) return open()
    const timer = setTimeout(open, SETTLE_MS)
    return () => clearTimeout(timer)
  }, [feed, visible, channel, joined])
}

function useVisible(): boolean {
  const [visible, setVisible] = useState(true)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = () => {
      clearTimeout(timer)
      if (document.visibilityState === 'visible') setVisible(true)
      else timer = setTimeout(() => setVisible(false), HIDDEN_MS)
    }
    document.addEventListener('visibilitychange', look)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [])
  return visible
}
