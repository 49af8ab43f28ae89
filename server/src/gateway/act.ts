import { grantOf, type Caller } from '../access/access.ts'
import { isAnswered, type Command, type Outcome, type Refusal } from '../stock/stock.ts'
import { allowCommand } from './allow.ts'
import type { Admitted } from './carts.ts'
import { unknownSku } from './commands.ts'
import { isDenied, type Denied } from './denied.ts'
import { meetConduct, type HeldBackAct } from './held-back.ts'
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
export type ActDoors = Pick<
  Services,
  'pool' | 'whereabouts' | 'carts' | 'conduct' | 'stock' | 'replica' | 'catalogue' | 'access'
>

/** What came of it: what was done; why it was not, and where in the one order that was decided, if it was; or that it was not for them to ask, or not yet. */
export type Acted = Extract<Outcome, { kind: 'done' }> | Refused | (Denied & { readonly kind: 'denied' }) | HeldBackAct

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
  const isWatched = isCustomers(caller, ask, command)
  const heldBack = isWatched ? meetConduct(services, caller, { ...ask, command }) : undefined
  if (heldBack && !(await isAsked(services, caller, ask, command))) return heldBack
  const cart = isWatched && !heldBack ? await cartOf(services, caller, ask, command) : undefined
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
    tellCart(services, cart, outcome, ask.address)
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

/** What customers and guests claim for themselves is watched, and has an end; what staff and services hold is neither. */
function isCustomers(caller: Caller, { operation, address }: Ask, { kind }: Command): boolean {
  if ((kind !== 'hold' && kind !== 'extend') || address === undefined) return false
  return grantOf(caller.roles, operation) === 'own'
}

async function cartOf(services: ActDoors, caller: Caller, ask: Ask, command: Command) {
  if (command.kind !== 'hold' || ask.address === undefined) return undefined
  const cart = await services.carts.admit(caller, ask.address, command)
  if (cart.kind === 'admitted') return cart
  return (await isAsked(services, caller, ask, command)) ? undefined : cart
}

/** Whoever has it already only asks again for the answer. */
const isAsked = ({ pool }: ActDoors, { subject }: Caller, { key }: Ask, { kind }: Command): Promise<boolean> =>
  isAnswered(pool, { caller: subject, kind, key })

function tellCart({ conduct }: ActDoors, cart: Admitted | undefined, outcome: Outcome, address = ''): void {
  if (outcome.kind !== 'done') return cart?.failed()
  if (!cart) return
  const { id, expiresAt } = JSON.parse(outcome.body) as { id: string; expiresAt: string }
  cart.placed(id, Date.parse(expiresAt))
  conduct.placed(id, address)
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
