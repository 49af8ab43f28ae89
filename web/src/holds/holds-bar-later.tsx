import { createLater } from '../shell/later.ts'

/** How long after the first view the bar is fetched where there are no holds yet, ms: it is ready before it can be needed. */
const IDLE_MS = 2_500

const useBar = createLater(() => import('./holds-bar.tsx'))

/** The bar of holds, once it is here: at once for a reader who has holds. */
export function HoldsBarLater({ wanted }: { wanted: boolean }) {
  const bar = useBar(wanted ? 0 : IDLE_MS)
  return bar ? <bar.HoldsBar /> : null
}
