import type { RecipeState, SettingsState } from '../../src/log/log.ts'
import type { Command } from '../../src/stock/core/command.ts'
import { contentsOfLot, worldContents, worldSettings } from '../cellar-world.ts'
import type { Chance } from './chance.ts'

/** Lot L1 of A is sold by itself, as this. */
export const SOLD_AS = 'A-L1'

const recipe: RecipeState = { sku: SOLD_AS, kind: 'lot', components: [{ sku: 'A', quantity: 1 }], lot: 'L1' }

/** The world's, with a lot that is sold by itself. */
export const simSettings: SettingsState = { ...worldSettings, recipes: [...worldSettings.recipes, recipe] }

/** Bottles of the lot offered, or put back with the others. */
export function drawRelabel(chance: Chance): Command {
  const contents = [...worldContents, contentsOfLot(recipe)]
  const head = { kind: 'relabel', location: chance.pick(['shop', 'cellar']), quantity: 1 + chance.below(2) } as const
  return chance.percent(70)
    ? { ...head, sku: 'A', as: SOLD_AS, lot: 'L1', contents }
    : { ...head, sku: SOLD_AS, as: 'A', contents }
}
