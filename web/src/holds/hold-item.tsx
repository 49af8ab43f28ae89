import { useQuery } from '@tanstack/react-query'
import { signInAddress } from '../account/sign-in-address.ts'
import { useWho } from '../account/who.ts'
import { units, type Unit } from '../search/availability.ts'
import { wineQuery } from '../search/queries.ts'
import { partWords, skuTitle, titleOf, unitOf } from '../search/wine-words.ts'
import { formatLeft, formatLife, WARN_MS } from './countdown.ts'
import { endWords, keptPrice, pendingWords, quantityOf } from './hold-words.ts'
import { forgetHold } from './kept-store.ts'
import { useHoldChange, type Change } from './use-hold-change.ts'
import type { OwnHold } from './use-holds.tsx'

interface HoldItemProps {
  readonly own: OwnHold
  /** Server time, ms. */
  readonly now: number
}

/** One hold: what it is of, how long it lasts, what can be done with it; or how it ended. */
export function HoldItem({ own, now }: HoldItemProps) {
  const { kept, hold } = own
  const wine = useQuery(wineQuery(kept.wineId)).data
  const [line] = hold?.lines ?? []
  const sku = wine?.skus.find((one) => one.sku === (line?.bundle?.sku ?? line?.sku))
  const unit = sku ? unitOf(sku) : 'bottle'
  const title = wine ? titleOf(wine) : 'Your hold'
  return (
    <li
      className="grid gap-x-4 gap-y-2 border-t border-rule py-3 first:border-t-0 sm:grid-cols-[1fr_auto]"
      data-testid="hold"
    >
      <div className="min-w-0">
        <p className="font-semibold">{title}</p>
        {sku && (
          <p className="text-sm text-muted">
            {sku.madeOf ? sku.madeOf.parts.map(partWords).join(', ') : skuTitle(sku)}
          </p>
        )}
      </div>
      <Body own={own} unit={unit} now={now} title={title} />
    </li>
  )
}

function Body({ own, unit, now, title }: HoldItemProps & { unit: Unit; title: string }) {
  const { kept, hold } = own
  if (hold === undefined) return <Unheard />
  if (hold === null) return <Ended id={kept.id} words="The cellar no longer knows this hold. Hold the bottles again." />
  const words = endWords(hold, unit)
  if (words !== undefined) return <Ended id={kept.id} words={words} />
  return <Live own={own} unit={unit} now={now} title={title} />
}

function Unheard() {
  if (useWho()?.kind !== 'nobody') return <p className="text-sm text-muted">Asking the cellar</p>
  return (
    <p className="text-sm text-muted">
      It is somebody’s. <SignIn /> to see it.
    </p>
  )
}

function SignIn() {
  return (
    <a className="link" href={signInAddress()}>
      Sign in
    </a>
  )
}

/** Who may say that bottles are sold: those who sell them. */
const sellers = new Set(['shop', 'admin', 'machine'])

function Confirm({ busy, onConfirm }: { busy: boolean; onConfirm: () => void }) {
  if (!useWho()?.roles.some((role) => sellers.has(role))) return null
  return (
    <button type="button" className="button primary" aria-disabled={busy} onClick={onConfirm}>
      Confirm
    </button>
  )
}

function Ended({ id, words }: { id: string; words: string }) {
  return (
    <div className="flex items-start justify-between gap-4 sm:col-span-2">
      <p className="text-sm" data-testid="hold-ended">
        {words}
      </p>
      <button type="button" className="button shrink-0" onClick={() => forgetHold(id)}>
        Dismiss
      </button>
    </div>
  )
}

function Live({ own, unit, now, title }: HoldItemProps & { unit: Unit; title: string }) {
  const { kept, hold } = own
  const { busy, refusal, change, retry } = useHoldChange(kept, title)
  if (!hold) return null
  const leftMs = Date.parse(hold.expiresAt) - now
  const pending = pendingWords(hold, kept.expectedAt)
  const act = (what: Change) => () => void (busy || change(what))
  return (
    <>
      <p className="sm:text-right">
        <span role="timer" className={`text-lg tabular-nums ${leftMs < WARN_MS ? 'text-low font-semibold' : ''}`}>
          {formatLeft(leftMs)}
        </span>
        <span className="text-sm text-muted"> {leftMs < WARN_MS ? 'left: about to go back' : 'left'}</span>
      </p>
      {pending !== '' && (
        <p className="text-sm font-semibold tone-quiet sm:col-span-2" data-testid="pending">
          {pending}
        </p>
      )}
      <p className="text-sm tabular-nums">
        {units(quantityOf(hold), unit)} <span className="text-muted">at the price kept:</span> {keptPrice(hold)}
      </p>
      <div className="flex flex-wrap gap-2 sm:justify-end">
        <button type="button" className="button" aria-disabled={busy} onClick={act('release')}>
          Put back
        </button>
        <button type="button" className="button" aria-disabled={busy} onClick={act('extend')}>
          Keep {formatLife(kept.lifeSeconds)} more
        </button>
        <Confirm busy={busy} onConfirm={act('commit')} />
      </div>
      {refusal && (
        <div className="flex items-center gap-3 text-sm text-out sm:col-span-2">
          <p>{refusal.text}</p>
          {refusal.remedy?.kind === 'retry' && (
            <button type="button" className="button" onClick={() => void retry()}>
              Try again
            </button>
          )}
          {refusal.remedy?.kind === 'sign_in' && <SignIn />}
        </div>
      )}
    </>
  )
}
