import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyAct } from '../../../test/cellar-acts.ts'
import { openWorld, skus, locations, type CellarWorld } from '../../../test/cellar-world.ts'
import { openNaiveCellar, type NaiveCellar } from '../../../test/naive-cellar.ts'
import { levelKey } from './context.ts'
import type { Decision } from './effect.ts'

const acts = fc.array(anyAct, { minLength: 1, maxLength: 40 })

test('whatever is asked and whatever happens, the promises of the ledger are kept', () => {
  fc.assert(
    fc.property(acts, fc.boolean(), (list, sameBatch) => {
      const world = openWorld()
      for (const act of list) {
        world.nowUs += act.afterMs * 1_000
        const before = new Map(world.context.levels)
        const decision = world.tell(act.command(world), { sameBatch })
        const after = decision.kind === 'effect' ? before : world.context.levels
        expect(after).toEqual(before)
        world.audit()
      }
    }),
    { numRuns: 250 },
  )
})

test('a cellar kept bottle by bottle comes to the same, answer by answer', () => {
  fc.assert(
    fc.property(acts, (list) => {
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
    }),
    { numRuns: 1_000 },
  )
})

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
      const states = ['available', 'held', 'committed', 'allocated', 'quarantined', 'short'] as const
      const theirs = states.map((what) => naive.count(key, what))
      expect(theirs, `${key} after ${asked}`).toEqual(states.map((what) => level[what]))
    }
  }
  for (const hold of world.context.holds.values()) expect(naive.holdState(hold.id), `hold ${hold.id}`).toBe(hold.state)
  for (const document of world.context.documents.values()) {
    if (document.kind !== 'openBottle') continue
    const { leftMl, discardedMl, overMl } = document.body
    expect(naive.openBottle(document.id), `open bottle after ${asked}`).toEqual([leftMl, discardedMl, overMl])
  }
}
