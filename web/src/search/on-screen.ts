import { useEffect, useSyncExternalStore, type RefObject } from 'react'

/** Wines on the screen, and wines within a screen of it: the first are spoken of, the second are followed. */
interface OnScreen {
  readonly seen: ReadonlySet<string>
  readonly near: ReadonlySet<string>
}

let state: OnScreen = { seen: new Set(), near: new Set() }
const listeners = new Set<() => void>()
const ids = new WeakMap<Element, string>()

const observers: readonly [keyof OnScreen, IntersectionObserver][] = [
  ['seen', observe('seen', '0px')],
  ['near', observe('near', '100% 0px')],
]

function observe(which: keyof OnScreen, rootMargin: string): IntersectionObserver {
  return new IntersectionObserver(
    (entries) => {
      const next = new Set(state[which])
      for (const { target, isIntersecting } of entries) {
        const id = ids.get(target)
        if (id === undefined) continue
        if (isIntersecting) next.add(id)
        else next.delete(id)
      }
      set({ ...state, [which]: next })
    },
    { rootMargin },
  )
}

function set(next: OnScreen): void {
  state = next
  for (const listener of listeners) listener()
}

/** Reports whether this wine's card is on or near the screen. */
export function useNearScreen(card: RefObject<HTMLElement | null>, wineId: string): void {
  useEffect(() => {
    const element = card.current
    if (!element) return
    ids.set(element, wineId)
    for (const [, observer] of observers) observer.observe(element)
    return () => {
      for (const [which, observer] of observers) {
        observer.unobserve(element)
        set({ ...state, [which]: new Set([...state[which]].filter((id) => id !== wineId)) })
      }
    }
  }, [card, wineId])
}

/** Wines near the screen; the component renders again when they change. */
export function useNear(): ReadonlySet<string> {
  return useSyncExternalStore(subscribe, () => state.near)
}

/** Wines on the screen at this moment. */
export function seenNow(): ReadonlySet<string> {
  return state.seen
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
