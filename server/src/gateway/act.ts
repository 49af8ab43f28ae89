import type { Caller } from '../access/access.ts'
import type { Command, Outcome } from '../stock/stock.ts'
import { allowCommand } from './allow.ts'
import { isDenied, type Denied } from './denied.ts'
import type { Services } from './services.ts'

/** What somebody asks of stock, by whatever way in. */
export interface Ask {
  /** its name in the policy */
  readonly operation: string
  readonly command: Command
  /** one for one intent, the same on every retry */
  readonly key: string
  /** who is said to do it, where the caller may say so for others */
  readonly actor?: string | undefined
  /** ms after which nobody waits for it any more */
  readonly deadlineMs?: number | undefined
}

/** What came of it: stock's own outcome, that it was not for them to ask, or that there is no such SKU. */
export type Acted =
  | Exclude<Outcome, { kind: 'nothing' }>
  | (Denied & { kind: 'denied' })
  | { kind: 'unknownSku'; sku: string }

/**
 * The one way from a request to stock: whether they may, whether the SKUs exist, and then the command under the caller's own keys. Throws `Unavailable` as stock does.
 */
export async function act(services: Services, caller: Caller, ask: Ask): Promise<Acted> {
  const command = await allowCommand(services, caller, ask.operation, ask.command)
  if (isDenied(command)) return { ...command, kind: 'denied' }
  const sku = await unknownSku(services, command)
  if (sku !== undefined) return { kind: 'unknownSku', sku }
  const outcome = await services.stock.submit({
    command,
    caller: caller.subject,
    actor: actorOf(caller, ask.actor),
    key: ask.key,
    ...(ask.deadlineMs === undefined ? {} : { deadlineMs: ask.deadlineMs }),
  })
  if (outcome.kind === 'nothing') throw new Error('an internal command came from outside')
  return outcome
}

/** A machine speaks for the people at it. A customer is named by what can be erased: their id. */
function actorOf({ roles, name, subject }: Caller, said: string | undefined): string {
  if (roles.has('machine')) return said ?? (subject === 'local' ? 'unknown' : name)
  return roles.has('customer') || subject.startsWith('guest:') ? subject : name
}

/** The first SKU of a command that is in no catalogue. What the replica has seen is known; the rest is asked of the catalogue. */
async function unknownSku(services: Services, command: Command): Promise<string | undefined> {
  const skus =
    'sku' in command ? [command.sku] : 'lines' in command ? (command.lines ?? []).map((line) => line.sku) : []
  const unsure = skus.filter((sku) => !services.replica.hasSku(sku))
  if (unsure.length === 0) return undefined
  const known = await services.catalogue.knownSkus(unsure)
  return unsure.find((sku) => !known.has(sku))
}
