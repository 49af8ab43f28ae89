import type { Problem } from '@cellarhand/protocol/problem'
import type { Commitment, Hold } from '@cellarhand/protocol/stock'
import { useCallback, useEffect, useState } from 'react'
import type { Outcome } from '../client.ts'
import { compare } from '../position.ts'
import { useCellarhand, useTopics } from './live.ts'

/** Bottles that are held for whoever looks. */
export interface HeldBottles {
  readonly id: string
  readonly quantity: number
  readonly expiresAt: string
  /** By the server's clock; renewed every second. */
  readonly remainingMs: number
}

const TICK_MS = 1_000

/** Holding bottles of one SKU: place, extend, release, commit; and the hold as the server has it, also when it ends there. */
export function useHold(sku: string, { channel }: { readonly channel?: string } = {}) {
  const client = useCellarhand()
  const [placed, setPlaced] = useState<Hold>()
  const [refused, setRefused] = useState<Problem>()
  const [pending, setPending] = useState(false)
  const id = placed?.id
  const told = useTopics<Hold>(id ?? '', (one) => (id ? [one.follow(`hold:${id}`)] : [])).data?.[0]
  const hold = told && !(placed && compare(placed.position, told.position) > 0) ? told : placed
  const isActive = hold?.state === 'active'
  useTick(isActive)

  const run = useCallback(async <T extends Hold | Commitment>(asked: Promise<Outcome<T>>): Promise<Outcome<T>> => {
    setPending(true)
    setRefused(undefined)
    const outcome = await asked
    setPending(false)
    if (outcome.kind === 'refused') setRefused(outcome.problem)
    else if (outcome.kind === 'done' && 'expiresAt' in outcome.value) setPlaced(outcome.value)
    return outcome
  }, [])

  const nothing = Promise.resolve({ kind: 'unheard' } as const)
  return {
    hold: isActive ? heldBottles(hold, client.serverNow()) : undefined,
    /** How the last hold stands: `active`, `expired`, `revoked`, `released`, `committed`. */
    state: hold?.state,
    pending,
    refused,
    place: (quantity: number, ttlSeconds?: number) =>
      run(
        client.hold({
          lines: [{ sku, quantity, channel: channel ?? client.channel }],
          ...(ttlSeconds && { ttlSeconds }),
        }),
      ),
    extend: (ttlSeconds: number) => (id ? run(client.extend(id, ttlSeconds)) : nothing),
    release: () => (id ? run(client.release(id)) : nothing),
    commit: (reference?: string) => (id ? run(client.commit(id, reference)) : nothing),
  }
}

function heldBottles({ id, lines, expiresAt }: Hold, now: number): HeldBottles {
  const quantity = lines.reduce((sum, line) => sum + line.quantity, 0)
  return { id, quantity, expiresAt, remainingMs: Math.max(0, Date.parse(expiresAt) - now) }
}

/** Renders again every second. */
function useTick(isOn: boolean): void {
  const [, tick] = useState(0)
  useEffect(() => {
    if (!isOn) return
    const timer = setInterval(() => tick((count) => count + 1), TICK_MS)
    return () => clearInterval(timer)
  }, [isOn])
}
