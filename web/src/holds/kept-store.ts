import { useSyncExternalStore } from 'react'
import { keep, parseKept, STORAGE_KEY, type KeptHold } from './kept.ts'

let holds: readonly KeptHold[] = parseKept(readStored(), Date.now())
const listeners = new Set<() => void>()

// Another tab of the same reader holds or puts back: both show the same.
addEventListener('storage', (event) => {
  if (event.key === STORAGE_KEY) set(parseKept(event.newValue, Date.now()))
})

function readStored(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY)
  } catch {
    return null
  }
}

function set(next: readonly KeptHold[]): void {
  holds = next
  for (const listener of listeners) listener()
}

function store(next: readonly KeptHold[]): void {
  set(next)
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(next))
  } catch {
    // Without storage a hold lasts as long as the page; the server puts it back in its time.
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** The holds this browser remembers, oldest first. */
export function useKept(): readonly KeptHold[] {
  return useSyncExternalStore(subscribe, () => holds)
}

/** Remembers a hold, or its new end. */
export function rememberHold(hold: KeptHold): void {
  store(keep(holds, hold))
}

/** Forgets all of them. */
export function forgetHolds(): void {
  store([])
}

/** Forgets a hold. */
export function forgetHold(id: string): void {
  store(holds.filter((hold) => hold.id !== id))
}
