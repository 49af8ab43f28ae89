import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyAct, orderAct } from '../../../test/cellar-acts.ts'
import { locations, openWorld, skus } from '../../../test/cellar-world.ts'
import { compareCellars } from '../../../test/compare-cellars.ts'
import { purchaseDays } from '../../../test/purchase-acts.ts'
import type { Command } from './command.ts'

const acts = fc.array(anyAct, { minLength: 1, maxLength: 40 })

/** Bottles of all, and some of them held: what orders are made of. */
const stocked: readonly Command[] = [
  ...locations.map((location) => ({
    kind: 'receive' as const,
    location,
    lines: skus.map((sku) => ({ sku, quantity: 8 })),
  })),
  ...[1, 2, 3].map((quantity) => ({
    kind: 'hold' as const,
    ttlSeconds: 3_600,
    lines: skus.slice(0, quantity).map((sku) => ({ sku, quantity, channel: 'web' })),
  })),
]
const before = stocked.map((command) => ({ afterMs: 0, command: () => command }))
const orderly = fc.array(orderAct, { minLength: 1, maxLength: 40 }).map((list) => [...before, ...list])

test.each([
  ['from nothing', acts, 250],
  ['orders most of all', orderly, 80],
])('whatever is asked and whatever happens, the promises of the ledger are kept: %s', (_of, asked, numRuns) => {
  fc.assert(
    fc.property(asked, fc.boolean(), (list, sameBatch) => {
      const world = openWorld()
      for (const act of list) {
        world.nowUs += act.afterMs * 1_000
        const were = new Map(world.context.levels)
        const decision = world.tell(act.command(world), { sameBatch })
        const after = decision.kind === 'effect' ? were : world.context.levels
        expect(after).toEqual(were)
        world.audit()
      }
    }),
    { numRuns },
  )
})

test.each([
  ['from nothing', acts, 1_000],
  ['from some stock', acts.map((list) => [...before, ...list]), 400],
  ['orders most of all', orderly, 500],
])('a cellar kept bottle by bottle comes to the same, answer by answer: %s', (_of, asked, numRuns) => {
  fc.assert(
    fc.property(asked, (list) => {
      compareCellars(list)
    }),
    { numRuns },
  )
})

test('and so it does where bottles are promised before they are there: who was promised first is served first', () => {
  fc.assert(fc.property(purchaseDays, compareCellars), { numRuns: 400 })
})

test('and its ledger is kept, too', () => {
  fc.assert(
    fc.property(purchaseDays, fc.boolean(), (list, sameBatch) => {
      const world = openWorld()
      for (const act of list) {
        world.nowUs += act.afterMs * 1_000
        world.tell(act.command(world), { sameBatch })
      }
      world.audit()
    }),
    { numRuns: 100 },
  )
})
