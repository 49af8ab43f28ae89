import type { Plan } from '../core/plan-parts.ts'
import type { Pending } from './pending.ts'

/**
 * Commands whose level somebody else holds longer than the lock timeout: they wait here, in their order, while everybody else goes
 * on. What comes later for such a level waits behind them.
 */
export interface Aside {
  /** Splits a batch: what can run now is returned, what names a blocked level is kept. */
  sift(batch: readonly Pending[], plans: readonly Plan[]): Pending[]
  block(levels: Iterable<string>): void
  blocked(): string[]
  /** Levels that came free; returns the commands that may run again, in order. */
  unblock(levels: Iterable<string>): Pending[]
  /** Takes out what must not wait any longer. */
  drop(isOver: (pending: Pending) => boolean): Pending[]
  size(): number
}

export function createAside(): Aside {
  const blocked = new Set<string>()
  let waiting: { readonly pending: Pending; readonly plan: Plan }[] = []
  const isBlocked = (plan: Plan) => plan.levels.some((level) => blocked.has(level))
  return {
    sift: (batch, plans) => {
      if (blocked.size === 0) return [...batch]
      return batch.filter((pending, index) => {
        const plan = plans[index]
        if (!plan || !isBlocked(plan)) return true
        waiting.push({ pending, plan })
        return false
      })
    },
    block: (levels) => {
      for (const level of levels) blocked.add(level)
    },
    blocked: () => [...blocked],
    unblock: (levels) => {
      for (const level of levels) blocked.delete(level)
      const free = waiting.filter(({ plan }) => !isBlocked(plan))
      waiting = waiting.filter(({ plan }) => isBlocked(plan))
      return free.map(({ pending }) => pending)
    },
    drop: (isOver) => {
      const over = waiting.filter(({ pending }) => isOver(pending))
      waiting = waiting.filter(({ pending }) => !isOver(pending))
      return over.map(({ pending }) => pending)
    },
    size: () => waiting.length,
  }
}
