import { formatMoney } from '@cellarhand/protocol/money'
import type { Money } from '@cellarhand/protocol/primitives'
import type { Problem } from '@cellarhand/protocol/problem'
import { units, type Unit } from '../search/availability.ts'
import { slugOf, type Answer } from '../shell/http.ts'

/** What can be done about a refusal, offered as a button. */
export type Remedy =
  | { readonly kind: 'retry' }
  | { readonly kind: 'sign_in' }
  | { readonly kind: 'hold_fewer'; readonly quantity: number }
  | { readonly kind: 'accept_price'; readonly price: Money }

export interface Refusal {
  readonly text: string
  readonly remedy: Remedy | undefined
}

/** Why a hold was not made, in words for its reader, and what to do next. `from` where it was of what is expected. Pure. */
export function holdRefusal(answer: Exclude<Answer<unknown>, { kind: 'ok' }>, unit: Unit, from?: 'incoming'): Refusal {
  if (answer.kind === 'unheard') return unheard
  const { problem } = answer
  switch (slugOf(problem)) {
    case 'insufficient-stock':
      return tooFew(availableIn(problem), unit, from)
    case 'price-changed': {
      const price = priceIn(problem)
      if (!price) return { text: 'The price has just changed. Look at the new one and hold again.', remedy: undefined }
      return { text: `The price is now ${formatMoney(price)}.`, remedy: { kind: 'accept_price', price } }
    }
    case 'not-for-sale':
      return { text: 'This is no longer sold here. Another channel may have it.', remedy: undefined }
    default:
      return generalRefusal(problem)
  }
}

/** Why a hold could not be changed, in words, and what to do next. Pure. */
export function changeRefusal(answer: Exclude<Answer<unknown>, { kind: 'ok' }>): Refusal {
  if (answer.kind === 'unheard') return unheard
  const { problem } = answer
  switch (slugOf(problem)) {
    case 'hold-ended':
      return { text: 'This hold has already ended.', remedy: undefined }
    case 'hold-life-exceeded':
      return { text: 'A hold cannot be kept longer than this. Confirm it, or put it back.', remedy: undefined }
    case 'not-found':
      return { text: 'The cellar no longer knows this hold. Hold the bottles again.', remedy: undefined }
    default:
      return generalRefusal(problem)
  }
}

const unheard: Refusal = {
  text: 'The cellar could not be reached. Trying again is safe: nothing is held twice.',
  remedy: { kind: 'retry' },
}

function generalRefusal(problem: Problem): Refusal {
  if (problem.status === 401) return { text: 'Your session has ended. Sign in to go on.', remedy: { kind: 'sign_in' } }
  // Not in the words of a form: the cellar says what it asks for.
  if (problem['signIn']) return { text: problem.detail, remedy: { kind: 'sign_in' } }
  if (problem.status === 503 || problem.status === 504 || problem.status === 429)
    return {
      text: 'The cellar is too busy to answer. Wait a moment and try again: nothing is held twice.',
      remedy: { kind: 'retry' },
    }
  if (problem.status >= 500)
    return { text: 'Something went wrong in the cellar. Trying again is safe.', remedy: { kind: 'retry' } }
  return { text: problem.detail || problem.title || 'That was not possible. Reload the page.', remedy: undefined }
}

function tooFew(available: number | undefined, unit: Unit, from: 'incoming' | undefined): Refusal {
  if (available === undefined)
    return { text: 'There are not so many left. Choose fewer and hold again.', remedy: undefined }
  if (available === 0) {
    const why = from ? 'all that is expected is promised by now' : 'none are free now. Held bottles may return'
    return { text: `Somebody was quicker: ${why}.`, remedy: undefined }
  }
  const left = units(available, unit)
  const text = from
    ? `Of what is expected only ${left} ${available === 1 ? 'is' : 'are'} free.`
    : `Only ${left} left now.`
  return { text, remedy: { kind: 'hold_fewer', quantity: available } }
}

function availableIn(problem: Problem): number | undefined {
  const lines: unknown = problem['lines']
  const line: unknown = Array.isArray(lines) ? lines[0] : undefined
  if (typeof line !== 'object' || line === null || !('available' in line)) return undefined
  return typeof line.available === 'number' ? Math.max(0, line.available) : undefined
}

function priceIn(problem: Problem): Money | undefined {
  const price: unknown = problem['price']
  if (typeof price !== 'object' || price === null || !('amountMinor' in price) || !('currency' in price))
    return undefined
  const { amountMinor, currency } = price
  return typeof amountMinor === 'number' && typeof currency === 'string' ? { amountMinor, currency } : undefined
}
