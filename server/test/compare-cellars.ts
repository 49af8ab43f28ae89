import { expect } from 'vitest'
import { stateAccounts } from '../src/stock/core/accounts.ts'
import { levelKey, type HoldRecord } from '../src/stock/core/context.ts'
import type { Decision } from '../src/stock/core/effect.ts'
import type { Act } from './cellar-acts.ts'
import { locations, openWorld, skus, type CellarWorld } from './cellar-world.ts'
import { openNaiveCellar, type NaiveCellar } from './naive-cellar.ts'

/** Does the same in a world and in a naive cellar, and compares their answers and what they have after each. */
export function compareCellars(list: readonly Act[]): void {
  const world = openWorld()
  const naive = openNaiveCellar()
  for (const act of list) {
    world.nowUs += act.afterMs * 1_000
    const command = act.command(world)
    const asked = JSON.stringify(command)
    const source = `till|${world.effects.length}`
    const decision = world.tell(command, { source })
    const told = naive.tell({ command, atUs: world.nowUs, source, id: madeBy(decision) })
    expect(told ?? nameOf(decision), `${asked}`).toBe(nameOf(decision))
    compare(world, naive, asked)
  }
}

/** Bottles that a hold, or the commitment it has become, waits for. */
function waitsFor({ context }: CellarWorld, hold: HoldRecord): number {
  const live = hold.lines.filter((line) => !line.freed)
  return [...live, ...(context.commitments.get(hold.id)?.lines ?? [])].reduce((sum, line) => sum + line.pending, 0)
}

function madeBy(decision: Decision): string {
  if (decision.kind !== 'effect') return 'nothing'
  return decision.effect.newHold?.id ?? decision.effect.document?.id ?? 'nothing'
}

function nameOf(decision: Decision): string {
  if (decision.kind === 'refusal') return decision.refusal.slug
  return decision.kind === 'effect' ? 'done' : 'nothing'
}

function compare(world: CellarWorld, naive: NaiveCellar, asked: string): void {
  for (const sku of skus) {
    for (const location of locations) {
      const key = levelKey(sku, location)
      const level = world.level(sku, location)
      const theirs = stateAccounts.map((what) => naive.count(key, what))
      expect(theirs, `${key} after ${asked}`).toEqual(stateAccounts.map((what) => level[what]))
    }
  }
  for (const hold of world.context.holds.values()) {
    expect(naive.holdState(hold.id), `hold ${hold.id}`).toBe(hold.state)
    expect(naive.waitsFor(hold.id), `${hold.id} waits after ${asked}`).toBe(waitsFor(world, hold))
  }
  for (const document of world.context.documents.values()) {
    if (document.kind === 'order') expect(naive.orderState(document.id), `order after ${asked}`).toBe(document.state)
    if (document.kind !== 'openBottle') continue
    const { leftMl, discardedMl, overMl } = document.body
    expect(naive.openBottle(document.id), `open bottle after ${asked}`).toEqual([leftMl, discardedMl, overMl])
  }
}
