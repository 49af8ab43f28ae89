import { useEffect, useRef, useState } from 'react'
import { useServerNow } from '../shell/tick.ts'
import { useVoice } from '../shell/voice.tsx'
import { formatLeft, WARN_MS } from './countdown.ts'
import { HoldItem } from './hold-item.tsx'
import { spokenEnd } from './hold-words.ts'
import { useHolds, type OwnHold } from './use-holds.tsx'

/** The reader's holds, at the foot of the page: a quiet line that opens. Absent when there are none. */
export function HoldsBar() {
  const holds = useHolds()
  const [open, setOpen] = useState(false)
  const live = holds.filter(({ hold }) => hold?.state === 'active')
  const now = useServerNow(live.length > 0)
  useWarnings(holds, now)
  if (holds.length === 0) return null
  return (
    <section
      ref={makeRoom}
      aria-label="Your holds"
      className="fixed inset-x-0 bottom-0 z-20 border-t border-rule bg-raised"
    >
      <div className="mx-auto max-w-[1240px] px-4 md:px-8">
        {open && (
          <ul id="holds" className="max-h-[min(60vh,480px)] overflow-y-auto" data-testid="holds">
            {holds.toReversed().map((own) => (
              <HoldItem key={own.kept.id} own={own} now={now} />
            ))}
          </ul>
        )}
        <button
          type="button"
          className="flex min-h-14 w-full items-center gap-3 text-left"
          aria-expanded={open}
          aria-controls={open ? 'holds' : undefined}
          onClick={() => setOpen(!open)}
          data-testid="holds-bar"
        >
          <Summary holds={holds} live={live} now={now} />
          <span aria-hidden="true" className="ml-auto text-sm text-accent underline underline-offset-4">
            {open ? 'Close' : 'Open'}
          </span>
        </button>
      </div>
    </section>
  )
}

function Summary({ holds, live, now }: { holds: readonly OwnHold[]; live: readonly OwnHold[]; now: number }) {
  if (live.length === 0) {
    const ended = holds.filter(({ hold }) => hold !== undefined).length
    return (
      <span>
        {ended === 0 ? 'Asking about your holds' : `${ended} ${ended === 1 ? 'hold has' : 'holds have'} ended`}
      </span>
    )
  }
  const leftMs = Math.min(...live.map(({ hold }) => Date.parse(hold?.expiresAt ?? ''))) - now
  const soon = leftMs < WARN_MS
  return (
    <>
      <span className="font-semibold">
        {live.length} {live.length === 1 ? 'hold' : 'holds'}
      </span>
      <span className={`tabular-nums ${soon ? 'text-low font-semibold' : 'text-muted'}`}>
        {live.length === 1 ? '' : 'first ends in '}
        {formatLeft(leftMs)}
        {live.length === 1 ? ' left' : ''}
        {soon ? ': confirm it or ask for more time' : ''}
      </span>
    </>
  )
}

/** Tells the style sheet how high the bar is, so that what is focused is never scrolled under it. */
function makeRoom(bar: HTMLElement): () => void {
  const page = document.documentElement.style
  const observer = new ResizeObserver(() => page.setProperty('--bar', `${bar.offsetHeight}px`))
  observer.observe(bar)
  return () => {
    observer.disconnect()
    page.removeProperty('--bar')
  }
}

/** Says aloud, once each, that a hold is about to end and how it ended. What had ended before the page was opened is not news. */
function useWarnings(holds: readonly OwnHold[], now: number): void {
  const voice = useVoice()
  const seenAlive = useRef(new Set<string>())
  const warned = useRef(new Set<string>())
  useEffect(() => {
    for (const { kept, hold } of holds) {
      if (!hold) continue
      const leftMs = Date.parse(hold.expiresAt) - now
      if (hold.state === 'active') {
        seenAlive.current.add(kept.id)
        if (leftMs > WARN_MS) warned.current.delete(kept.id)
        else if (leftMs > 0 && !warned.current.has(kept.id)) {
          warned.current.add(kept.id)
          voice.say(`hold ${kept.id}`, 'A hold ends in less than a minute. Confirm it or ask for more time.', {
            own: true,
          })
        }
      } else if (seenAlive.current.delete(kept.id)) {
        const words = spokenEnd(hold.state)
        if (words !== undefined) voice.say(`hold ${kept.id}`, words, { own: true })
      }
    }
  }, [holds, now, voice])
}
