import type { WorldAccount } from './accounts.ts'
import type { QuantityLine } from './command.ts'
import { draftLevel, move, type Draft } from './draft.ts'
import { refuse, type Decision } from './effect.ts'

/** Takes lines from what is available at a location; or says of which there are too few. */
export function depart(
  draft: Draft,
  location: string,
  lines: readonly QuantityLine[],
  to: WorldAccount,
): Decision | undefined {
  for (const { sku, quantity } of lines) {
    const level = draftLevel(draft, sku, location)
    if (level.available < quantity) {
      return refuse(
        'insufficient-stock',
        `Of ${sku} ${quantity} were asked for and ${level.available} are available at ${location}.`,
        {
          lines: [{ sku, requested: quantity, available: level.available }],
        },
      )
    }
    move(draft, level, 'available', to, quantity)
  }
  return undefined
}
