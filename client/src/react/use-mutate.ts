import type { Offer } from '@cellarhand/protocol/offer'
import type { Problem } from '@cellarhand/protocol/problem'
import { useState } from 'react'
import type { Cellarhand, Outcome } from '../client.ts'
import { useCellarhand } from './live.ts'

/** How a write is shown before it is decided, and how it is taken back after. */
export interface MutateOptions<Input, Done> {
  /** The offer that it will change, and how. */
  readonly optimistic?: (input: Input) => { sku: string; channel?: string; change: (offer: Offer) => Offer }
  /** The write that takes it back. */
  readonly undo?: (client: Cellarhand, done: Done, input: Input) => Promise<Outcome<unknown>>
}

/** How long a change that was decided is shown where the feed does not tell of it. */
const SHOWN_MS = 5_000

/** A write of any kind: shown at once, taken back where it is refused (`conflict` says why), and undone on demand. */
export function useMutate<Input, Done extends { readonly position: string }>(
  send: (client: Cellarhand, input: Input) => Promise<Outcome<Done>>,
  { optimistic, undo }: MutateOptions<Input, Done> = {},
) {
  const client = useCellarhand()
  const [state, set] = useState<{ pending: number; conflict?: Problem; undo?: () => Promise<Outcome<unknown>> }>({
    pending: 0,
  })
  async function mutate(input: Input): Promise<Outcome<Done>> {
    const shown = optimistic?.(input)
    const settle = shown && client.patch(shown.sku, shown.channel ?? client.channel, shown.change)
    set(({ pending }) => ({ pending: pending + 1 }))
    const outcome = await send(client, input)
    const done = outcome.kind === 'done' ? outcome.value : undefined
    settle?.(done?.position)
    if (settle && done) setTimeout(settle, SHOWN_MS)
    set(({ pending }) => ({
      pending: pending - 1,
      ...(outcome.kind === 'refused' && { conflict: outcome.problem }),
      ...(done && undo && { undo: () => undo(client, done, input) }),
    }))
    return outcome
  }
  return { ...state, pending: state.pending > 0, mutate }
}
