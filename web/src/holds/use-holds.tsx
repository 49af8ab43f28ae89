import type { Hold } from '@cellarhand/protocol/stock'
import { useQueries, useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useMemo, useRef, type ReactNode } from 'react'
import { useFeed } from '../feed/use-feed.ts'
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
export function useOwnQuantity(channel: string, sku: string): number {
  return useHolds().reduce((sum, { hold }) => sum + heldIn(hold, channel, sku), 0)
}

function heldIn(hold: Hold | null | undefined, channel: string, sku: string): number {
  if (hold?.state !== 'active') return 0
  const lines = hold.lines.filter((line) => line.sku === sku && line.channel === channel)
  return lines.reduce((sum, line) => sum + line.quantity, 0)
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
        if (hold.lines.some((line) => changes.some((change) => change.before.sku === line.sku))) look(hold.id)
      }
    })
    return () => {
      stop()
      for (const timer of timers.values()) clearTimeout(timer)
    }
  }, [feed, queries])
}
