import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyAct } from '../../../test/cellar-acts.ts'
import { openWorld } from '../../../test/cellar-world.ts'
import { compareCellars } from '../../../test/compare-cellars.ts'
import { orderDays } from '../../../test/order-acts.ts'

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
      compareCellars(list)
    }),
    { numRuns: 1_000 },
  )
})

test('and so it does where bottles are promised before they are there: who was promised first is served first', () => {
  fc.assert(fc.property(orderDays, compareCellars), { numRuns: 400 })
})

test('and its ledger is kept, too', () => {
  fc.assert(
    fc.property(orderDays, fc.boolean(), (list, sameBatch) => {
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
