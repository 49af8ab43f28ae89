import { formatMoney } from '@cellarhand/protocol/money'
import { useEffect } from 'react'
import { units, type Unit } from '../search/availability.ts'
import type { Refusal, Remedy } from './refusal.ts'

interface RefusalNoteProps {
  readonly refusal: Refusal
  readonly unit: Unit
  readonly onRemedy: (remedy: Remedy) => void
  readonly onDismiss: () => void
}

/** A refusal in words, what can be done, and a way to close it. It lies over the page, so nothing moves. */
export function RefusalNote({ refusal, unit, onRemedy, onDismiss }: RefusalNoteProps) {
  const { remedy } = refusal
  useEffect(() => {
    const leave = (event: KeyboardEvent) => event.key === 'Escape' && onDismiss()
    addEventListener('keydown', leave)
    return () => removeEventListener('keydown', leave)
  }, [onDismiss])
  return (
    <div ref={showWhole} className="refusal" data-testid="refusal">
      <p>{refusal.text}</p>
      <div className="mt-2 flex gap-2">
        {remedy && (
          <button type="button" className="button primary" onClick={() => onRemedy(remedy)}>
            {remedyWords(remedy, unit)}
          </button>
        )}
        <button type="button" className="button" onClick={onDismiss}>
          {remedy ? 'Leave it' : 'Close'}
        </button>
      </div>
    </div>
  )
}

function showWhole(note: HTMLElement | null): void {
  note?.scrollIntoView({ block: 'nearest' })
}

function remedyWords(remedy: Remedy, unit: Unit): string {
  switch (remedy.kind) {
    case 'retry':
      return 'Try again'
    case 'sign_in':
      return 'Sign in'
    case 'hold_fewer':
      return `Hold ${units(remedy.quantity, unit)}`
    case 'accept_price':
      return `Hold at ${formatMoney(remedy.price)}`
  }
}
