import type { Hold } from '@cellarhand/protocol/stock'
import { useQueries, useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useMemo, useRef, type ReactNode } from 'react'
import { useFeed } from '../feed/use-feed.ts'
import type { Own } from '../search/availability.ts'
import { holdQuery } from './hold-api.ts'
import { useKept } from './kept-store.ts'
import type { KeptHold } from './kept.ts'

/** A hold of this reader: what the browser remembers, and the server's word: undefined until heard, null where it knows of none. */
export interface OwnHold {
  readonly kept: KeptHold
  readonly hold: Hold | null | undefined
}

const HoldsContext = createContext<readonly OwnHold[]>([])

/** Gives the page its reader's holds, and keeps them true: a change of a held wine's offer is a reason to look. */
export function HoldsProvider({ children }: { children: ReactNode }) {
  const kept = useKept()
  const holds = useQueries({
    queries: kept.map((one) => holdQuery(one.id)),
    combine: (results) => results.map((result) => result.data),
  })
  const own = useMemo(() => kept.map((one, index) => ({ kept: one, hold: holds[index] })), [kept, holds])
  useLookOnChange(own)
  return <HoldsContext value={own}>{children}</HoldsContext>
}

/** All holds of this reader, oldest first. */
export function useHolds(): readonly OwnHold[] {
  return useContext(HoldsContext)
}

/** How many of a SKU the reader holds in a channel, all holds together. */
export function useOwn(channel: string, sku: string): Own {
  const own = { held: 0, reserved: 0 }
  for (const { hold } of useHolds()) addOwn(own, hold, channel, sku)
  return own
}

function addOwn(
  own: { held: number; reserved: number },
  hold: Hold | null | undefined,
  channel: string,
  sku: string,
): void {
  if (hold?.state !== 'active' || hold.lines[0]?.channel !== channel) return
  // A hold of this page is of one SKU; that of a set has its components as lines.
  const { bundle } = hold.lines[0]
  if (bundle?.sku === sku) own.held += bundle.quantity
  for (const line of hold.lines) {
    if (line.sku !== sku) continue
    own.held += line.quantity - (line.pending ?? 0)
    own.reserved += line.pending ?? 0
  }
}

/** The SKUs that a hold is of: of a set, its components too. */
export function skusOf(hold: Hold): readonly string[] {
  return hold.lines.flatMap((line) => (line.bundle ? [line.sku, line.bundle.sku] : [line.sku]))
}

/** In a storm a hold is looked at this often at most, ms. */
const LOOK_AGAIN_MS = 1_500

function useLookOnChange(own: readonly OwnHold[]): void {
  const feed = useFeed()
  const queries = useQueryClient()
  const latest = useRef(own)
  useEffect(() => {
    latest.current = own
  }, [own])
  useEffect(() => {
    const timers = new Map<string, ReturnType<typeof setTimeout>>()
    const look = (id: string) => {
      if (timers.has(id)) return
      void queries.invalidateQueries({ queryKey: ['hold', id] })
      // Once more afterwards: what came while the first look was under way is not missed.
      timers.set(
        id,
        setTimeout(() => {
          timers.delete(id)
          void queries.invalidateQueries({ queryKey: ['hold', id] })
        }, LOOK_AGAIN_MS),
      )
    }
    const stop = feed.onChanges((changes) => {
      for (const { hold } of latest.current) {
        if (hold?.state !== 'active') continue
        if (skusOf(hold).some((sku) => changes.some((change) => change.before.sku === sku))) look(hold.id)
      }
    })
    return () => {
      stop()
      for (const timer of timers.values()) clearTimeout(timer)
    }
  }, [feed, queries])
}
