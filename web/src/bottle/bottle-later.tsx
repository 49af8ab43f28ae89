import type { Wine } from '@cellarhand/protocol/catalogue'
import { createLater } from '../shell/later.ts'

const useDrawing = createLater(() => import('./bottle.tsx'))

/** A wine's bottle, once the drawing is here; its place is reserved by whoever shows it. */
export function BottleLater({ wine, vintage }: { wine: Wine; vintage: string }) {
  const drawing = useDrawing(0)
  return drawing ? <drawing.Bottle wine={wine} vintage={vintage} /> : null
}

/** A format's silhouette, once the drawing is here. */
export function SilhouetteLater({ wine, formatMl }: { wine: Wine; formatMl: number }) {
  const drawing = useDrawing(0)
  return <span className="silhouette">{drawing && <drawing.Silhouette wine={wine} formatMl={formatMl} />}</span>
}
