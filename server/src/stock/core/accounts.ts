import { writeOffReasons } from '@cellarhand/protocol/stock'
import type { CommandKind } from './command.ts'

/** The states of a level: what a bottle that is there (or, for `short`, should be) is. On hand is the sum of all but `incoming`. */
export const stateAccounts = [
  'available',
  'held',
  'committed',
  'allocated',
  'quarantined',
  'short',
  'incoming',
] as const
export type StateAccount = (typeof stateAccounts)[number]

/** The world outside a level. Transfers, repacking and opening join here with their own issue: `transit`, `repack`, `opened`. */
export type WorldAccount = 'supplier' | 'customer' | 'variance' | 'adjustment' | `loss:${string}`

export type Account = StateAccount | WorldAccount

const states = new Set<string>(stateAccounts)

/** Whether an account is a state of a level, and not the outside world. */
export function isState(account: Account): account is StateAccount {
  return states.has(account)
}

/**
 * Whether a movement is physical: a bottle came or went. A count's variance is not: it says what the books had wrong, and the
 * count itself is what on hand begins from.
 */
export function isPhysical(from: Account, to: Account): boolean {
  return from !== 'variance' && to !== 'variance' && isState(from) !== isState(to)
}

const losses = writeOffReasons.map((reason) => `loss:${reason}` as const)

/** Which movements, `from>to`, an entry of each kind may have. `verify` and the property tests hold the journal to it. */
export const movementsOfKind: Readonly<Record<CommandKind, ReadonlySet<string>>> = {
  hold: new Set(['available>held']),
  extend: new Set(),
  release: new Set(['held>available']),
  expire: new Set(['held>available']),
  free: new Set(['held>available']),
  commit: new Set(['held>committed']),
  ship: new Set(['committed>customer']),
  cancel: new Set(['committed>available', 'committed>short']),
  receive: new Set(['supplier>available', 'supplier>short', 'available>variance']),
  sale: new Set(['available>customer', 'held>available', 'short>customer', 'variance>available']),
  writeOff: new Set([
    'held>available',
    'variance>available',
    ...losses.flatMap((loss) => [`available>${loss}`, `short>${loss}`]),
  ]),
  count: new Set(['variance>available', 'variance>short', 'available>variance', 'held>available', 'short>variance']),
  adjust: new Set(['adjustment>available', 'adjustment>short', 'available>adjustment']),
  setPrice: new Set(),
}
