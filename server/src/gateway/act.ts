import { grantOf, type Caller } from '../access/access.ts'
import { isAnswered, type Command, type Outcome, type Refusal } from '../stock/stock.ts'
import { allowCommand } from './allow.ts'
import type { Admitted } from './carts.ts'
import { unknownSku } from './commands.ts'
import { isDenied, type Denied } from './denied.ts'
import type { Services } from './services.ts'

/** Keys, and actors, as every way in takes them: printable ASCII. */
export const KEY = /^[\x21-\x7e]{1,128}$/
export const ACTOR = /^[\x20-\x7e]{1,64}$/

/** The index of what no transaction decided: behind all commands that one can have, as the refusals of a batch that wrote nothing. */
export const NOT_IN_A_BATCH = 1_024

/** What somebody asks of stock, by whatever way in. */
export interface Ask {
  /** its name in the policy */
  readonly operation: string
  readonly command: Command
  /** one for one intent, the same on every retry */
  readonly key: string
  /** who is said to do it, where the caller may say so for others */
  readonly actor?: string | undefined
  /** where it comes from; undefined: from where none is counted */
  readonly address?: string | undefined
  /** ms after which nobody waits for it any more */
  readonly deadlineMs?: number | undefined
}

/** What it takes to act, whatever the way in. */
export type ActDoors = Pick<Services, 'pool' | 'whereabouts' | 'carts' | 'stock' | 'replica' | 'catalogue'>

/** What came of it: what was done; why it was not, and where in the one order that was decided, if it was; or that it was not for them to ask. */
export type Acted = Extract<Outcome, { kind: 'done' }> | Refused | (Denied & { readonly kind: 'denied' })

/** Why a request was refused, as of a position; undefined of an index: what is known of stock had no part in it. */
export interface Refused {
  readonly kind: 'refused'
  readonly refusal: Refusal
  readonly position: string
  readonly index?: number
}

/**
 * The one way from a request to stock: whether they may, whether the SKUs exist, and then the command under the caller's own keys. Throws `Unavailable` as stock does.
 */
export async function act(services: ActDoors, caller: Caller, ask: Ask): Promise<Acted> {
  const command = await allowCommand(services, caller, ask.operation, ask.command)
  if (isDenied(command)) return { ...command, kind: 'denied' }
  const sku = await skuWanting(services, command)
  if (sku !== undefined) return refusedHere(services, unknownSku(sku))
  const cart = await cartOf(services, caller, ask, command)
  if (cart?.kind === 'full') return refusedHere(services, { ...cart, slug: 'too-many-holds' })
  try {
    const outcome = await services.stock.submit({
      command,
      caller: caller.subject,
      actor: actorOf(caller, ask.actor),
      key: ask.key,
      ...(ask.deadlineMs === undefined ? {} : { deadlineMs: ask.deadlineMs }),
    })
    if (outcome.kind === 'nothing') throw new Error('an internal command came from outside')
    tellCart(cart, outcome)
    return outcome
  } catch (error) {
    cart?.failed()
    throw error
  }
}

/** A refusal that stock itself was not asked for. */
export function refusedHere({ replica }: Pick<ActDoors, 'replica'>, { slug, detail, members }: Refusal): Refused {
  const refusal = { slug, detail, ...(members === undefined ? {} : { members }) }
  const isOfStock = slug === 'unknown-sku'
  return { kind: 'refused', refusal, position: replica.position(), ...(isOfStock ? { index: NOT_IN_A_BATCH } : {}) }
}

/** What customers and guests may hold at once has an end; what staff and services hold has none. */
async function cartOf(services: ActDoors, caller: Caller, { operation, address, key }: Ask, command: Command) {
  if (command.kind !== 'hold' || address === undefined) return undefined
  if (grantOf(caller.roles, operation) !== 'own') return undefined
  const cart = await services.carts.admit(caller, address, command)
  if (cart.kind === 'admitted') return cart
  // Whoever has it already only asks again for the answer.
  const asked = { caller: caller.subject, kind: command.kind, key }
  return (await isAnswered(services.pool, asked)) ? undefined : cart
}

function tellCart(cart: Admitted | undefined, outcome: Outcome): void {
  if (outcome.kind !== 'done') return cart?.failed()
  if (!cart) return
  const { id, expiresAt } = JSON.parse(outcome.body) as { id: string; expiresAt: string }
  cart.placed(id, Date.parse(expiresAt))
}

/** A machine speaks for the people at it. A customer is named by what can be erased: their id. */
function actorOf({ roles, name, subject }: Caller, said: string | undefined): string {
  if (roles.has('machine')) return said ?? (subject === 'local' ? 'unknown' : name)
  return roles.has('customer') || subject.startsWith('guest:') ? subject : name
}

/** The first SKU of a command that is in no catalogue. What the replica has seen is known; the rest is asked of the catalogue. */
async function skuWanting(services: ActDoors, command: Command): Promise<string | undefined> {
  const skus =
    'sku' in command ? [command.sku] : 'lines' in command ? (command.lines ?? []).map((line) => line.sku) : []
  const unsure = skus.filter((sku) => !services.replica.hasSku(sku))
  if (unsure.length === 0) return undefined
  const known = await services.catalogue.knownSkus(unsure)
  return unsure.find((sku) => !known.has(sku))
}
