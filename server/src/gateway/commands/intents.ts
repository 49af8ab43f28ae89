import { documentIntents } from './documents.ts'
import { factIntents } from './facts.ts'
import { holdIntents } from './holds.ts'
import type { Intent } from './intent.ts'
import { orderIntents } from './orders.ts'

/** What each operation that writes is asked for, by its name. */
export const intents: Readonly<Record<string, Intent>> = {
  ...holdIntents,
  ...factIntents,
  ...documentIntents,
  ...orderIntents,
}
