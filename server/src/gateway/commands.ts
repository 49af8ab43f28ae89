import type { TObject } from 'typebox'
import { must } from '../platform/must.ts'
import { documentIntents } from './commands/documents.ts'
import { factIntents } from './commands/facts.ts'
import { holdIntents } from './commands/holds.ts'
import type { Intent, Known, Meant } from './commands/intent.ts'
import { orderIntents } from './commands/orders.ts'

export { isRefusal, refusedAt, unknownSku, type Meant } from './commands/intent.ts'

const known = { ...holdIntents, ...factIntents, ...documentIntents, ...orderIntents }

/** An operation whose request says all of its command. */
export type IntentName = keyof typeof known

/** What can be asked of stock, whatever the way in, by the operation's name. */
export const intents: Readonly<Record<string, Intent>> = known

/** The schema of what an operation is asked with, beside the id of what it is about. */
export const bodyOf = (operation: IntentName): TObject => known[operation].body

/** The command of a request, or why it cannot be one. What is asked fits the intent's schema. */
export function meantBy(services: Known, operation: string, asked: object): Meant | Promise<Meant> {
  return must(intents[operation], `what ${operation} means`).meant(asked, services)
}
