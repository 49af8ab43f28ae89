import { grantOf, type Caller } from '../../access/access.ts'
import type { Command, Outcome } from '../../stock/stock.ts'
import type { GrpcServices } from './grpc.ts'

/** What somebody asks of stock. */
export interface Ask {
  /** its name in the policy */
  readonly operation: string
  readonly command: Command
  readonly key: string
  readonly actor: string
  readonly deadlineMs: number | undefined
}

/** What came of it: stock's own outcome, that it was not for them to ask, or that there is no such SKU. */
export type Acted =
  | Exclude<Outcome, { kind: 'nothing' }>
  | { readonly kind: 'denied'; readonly denied: 'unauthenticated' | 'forbidden'; readonly detail: string }
  | { readonly kind: 'unknownSku'; readonly sku: string }

/** From a request to stock: whether they may, whether the SKUs exist, and then the command under the caller's own keys. */
export async function act(services: GrpcServices, caller: Caller, ask: Ask): Promise<Acted> {
  const { operation, command, key, actor, deadlineMs } = ask
  const denied = deniedTo(caller, operation)
  if (denied) return { kind: 'denied', ...denied }
  const sku = await unknownSku(services, command)
  if (sku !== undefined) return { kind: 'unknownSku', sku }
  const asked = { command, caller: caller.subject, actor, key, ...(deadlineMs === undefined ? {} : { deadlineMs }) }
  const outcome = await services.stock.submit(asked)
  if (outcome.kind === 'nothing') throw new Error('an internal command came from outside')
  return outcome
}

/** Why somebody may not do something at all. */
export function deniedTo(
  { roles, via }: Caller,
  operation: string,
): { readonly denied: 'unauthenticated' | 'forbidden'; readonly detail: string } | undefined {
  if (grantOf(roles, operation) === 'all') return undefined
  return via === 'none'
    ? { denied: 'unauthenticated', detail: `Send a token or a key: ${operation} is not for everybody.` }
    : { denied: 'forbidden', detail: `You may not do this (${operation}).` }
}

/** The first SKU of a command that is in no catalogue. What the replica has seen is known; the rest is asked of the catalogue. */
async function unknownSku({ replica, catalogue }: GrpcServices, command: Command): Promise<string | undefined> {
  const skus =
    'sku' in command ? [command.sku] : 'lines' in command ? (command.lines ?? []).map((line) => line.sku) : []
  const unsure = skus.filter((sku) => !replica.hasSku(sku))
  if (unsure.length === 0) return undefined
  const known = await catalogue.knownSkus(unsure)
  return unsure.find((sku) => !known.has(sku))
}
