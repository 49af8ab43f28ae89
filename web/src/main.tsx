import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createRoot } from 'react-dom/client'
import { createFeed } from './feed/feed.ts'
import { FeedContext } from './feed/use-feed.ts'
import { HoldsProvider } from './holds/use-holds.tsx'
import { createAnnouncer } from './shell/announcer.ts'
import { Page } from './shell/page.tsx'
import { VoiceContext } from './shell/voice.tsx'
import './styles.css'

/** Wait before a part that could not be fetched is asked for again, ms. */
const FETCH_AGAIN_MS = 5_000

/** Which way of connecting works here is remembered, where that is allowed. */
const storage = {
  get: (key: string) => localStorage.getItem(key),
  set: (key: string, value: string) => localStorage.setItem(key, value),
  remove: (key: string) => localStorage.removeItem(key),
}
const ports = {
  now: () => Date.now(),
  after: (ms: number, run: () => void) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
const feed = createFeed()
/** Asked for beside the first list of wines, which is shown before any count. */
function fetchClient(): void {
  import('@cellarhand/client').then(
    ({ createCellarhand }) => feed.use(createCellarhand({ storage })),
    () => setTimeout(fetchClient, FETCH_AGAIN_MS),
  )
}
fetchClient()
const voice = createAnnouncer(ports)
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Asking again is the business of `ask`, with the waits that suit the server.
      retry: false,
      staleTime: 30_000,
      // A list never re-sorts under the pointer.
      refetchOnWindowFocus: false,
      // A machine without internet still reaches a cellar on itself.
      networkMode: 'always',
    },
  },
})

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
createRoot(root).render(
  <QueryClientProvider client={queries}>
    <FeedContext value={feed}>
      <VoiceContext value={voice}>
        <HoldsProvider>
          <Page />
        </HoldsProvider>
      </VoiceContext>
    </FeedContext>
  </QueryClientProvider>,
)
