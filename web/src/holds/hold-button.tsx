import type { Offer } from '@cellarhand/protocol/offer'
import { useState } from 'react'
import { signInAddress } from '../account/sign-in-address.ts'
import { expectedWords, units } from '../search/availability.ts'
import { Stepper } from './stepper.tsx'
import { useHoldWish, type Wanted } from './use-hold-wish.ts'
import { RefusalNote } from './refusal-note.tsx'

/** Most of a SKU one may ask for here at once: more is a conversation with the merchant. */
const ASK_MAX = 60

interface HoldButtonProps {
  readonly offer: Offer
  readonly wanted: Wanted
  /** Why nothing can be held now: '' where that is said elsewhere, undefined where something can. */
  readonly reason: string | undefined
}

/**
 * How many, and the button that holds them, or reserves what is expected. What was refused is said beside it, with what can be done, also where nothing
 * is left to hold: the row hears of that before the refusal comes, and its reader has pressed a button.
 */
export function HoldButton({ offer, wanted, reason }: HoldButtonProps) {
  const [quantity, setQuantity] = useState(1)
  const wish = useHoldWish(wanted)
  const settle = async (granted: Promise<boolean>) => {
    if (await granted) setQuantity(1)
  }
  return (
    <div>
      {reason === undefined ? (
        <Ask
          offer={offer}
          wanted={wanted}
          quantity={quantity}
          onQuantity={setQuantity}
          busy={wish.busy}
          onAsk={(asked) => void settle(wish.hold(offer, asked))}
        />
      ) : (
        <p className="text-sm text-muted">{reason}</p>
      )}
      {wish.refusal && (
        <RefusalNote
          refusal={wish.refusal}
          unit={wanted.unit}
          onDismiss={wish.dismiss}
          onRemedy={(remedy) => {
            if (remedy.kind === 'retry') void settle(wish.retry())
            else if (remedy.kind === 'sign_in') location.assign(signInAddress())
            else if (remedy.kind === 'hold_fewer') void settle(wish.hold(offer, remedy.quantity))
            else void settle(wish.hold(offer, wish.lastQuantity(), remedy.price))
          }}
        />
      )}
    </div>
  )
}

interface AskProps extends Omit<HoldButtonProps, 'reason'> {
  readonly quantity: number
  readonly onQuantity: (quantity: number) => void
  readonly busy: boolean
  readonly onAsk: (quantity: number) => void
}

function Ask({ offer, wanted, quantity, onQuantity, busy, onAsk }: AskProps) {
  const isComing = offer.status === 'coming'
  // How many are expected is nobody's business but the merchant's: who asks for too many is told how many there will be.
  const most = offer.capped || isComing ? ASK_MAX : Math.min(ASK_MAX, offer.available)
  const asked = Math.min(quantity, most)
  const what = `${units(asked, wanted.unit)} of ${wanted.title}`
  return (
    <>
      <Stepper value={asked} most={most} onChange={onQuantity} label={wanted.title} />
      <button
        type="button"
        className="button hold w-19 px-1"
        aria-disabled={busy}
        aria-label={isComing ? `Reserve ${what}. ${expectedWords(offer.expectedAt)}` : `Hold ${what}`}
        onClick={() => !busy && onAsk(asked)}
      >
        {busy ? 'Asking' : isComing ? 'Reserve' : 'Hold'}
      </button>
    </>
  )
}
