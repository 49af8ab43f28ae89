import { writeOffReasons } from '@cellarhand/protocol/stock'
import type { CommandKind } from './command.ts'

/** The states of a level: what a bottle that is there (or, for `short`, should be) is, and of those that are expected. */
export const stateAccounts = [
  'available',
  'held',
  'committed',
  'allocated',
  'quarantined',
  'short',
  'incoming',
  'incomingCommitted',
] as const
export type StateAccount = (typeof stateAccounts)[number]

/** The states whose sum is on hand: all but those of bottles that are not there yet. */
export const onHandAccounts = stateAccounts.filter((state) => !state.startsWith('incoming'))

/** A state's column in the database. */
export function columnOf(state: StateAccount): string {
  return state === 'incomingCommitted' ? 'incoming_committed' : state
}

/** The world outside a level. What is in transit stands in a transfer, at no level. */
export type WorldAccount =
  | 'supplier'
  | 'customer'
  | 'variance'
  | 'adjustment'
  | 'transit'
  | 'opened'
  | 'repack'
  | `loss:${string}`

export type Account = StateAccount | WorldAccount

const states = new Set<string>(stateAccounts)
const there = new Set<string>(onHandAccounts)

/** Whether an account is a state of a level, and not the outside world. */
export function isState(account: Account): account is StateAccount {
  return states.has(account)
}

/** Whether bottles in this account are physically at the level. */
export function isOnHand(account: Account): boolean {
  return there.has(account)
}

/**
 * Whether a movement is physical: a bottle came or went, as one that was expected does when it arrives. A count's variance is not: it says what the books had wrong, and the
 * count itself is what on hand begins from.
 */
export function isPhysical(from: Account, to: Account): boolean {
  return from !== 'variance' && to !== 'variance' && isOnHand(from) !== isOnHand(to)
}

const losses = writeOffReasons.map((reason) => `loss:${reason}` as const)

/** A hold that ends gives its bottles back to where it took them from; those that had been expected fill what is short. */
const givenBack = ['held>available', 'held>short', 'held>allocated', 'incomingCommitted>incoming']
/** A fact that needs bottles of holds revokes them: what it does not need fills what is short, or is available again. */
const revoked = ['held>available', 'held>short', 'incomingCommitted>incoming']

/** What a count has seen already is given back, and taken by what is told of it late. */
const seen = ['variance>available', 'variance>short']

/** Which movements, `from>to`, an entry of each kind may have. `verify` and the property tests hold the journal to it. */
export const movementsOfKind: Readonly<Record<CommandKind, ReadonlySet<string>>> = {
  hold: new Set(['available>held', 'allocated>held', 'incoming>incomingCommitted']),
  extend: new Set(),
  release: new Set(givenBack),
  expire: new Set(givenBack),
  free: new Set(givenBack),
  commit: new Set(['held>committed']),
  ship: new Set(['committed>customer']),
  cancel: new Set(['committed>available', 'committed>short', 'committed>allocated', 'incomingCommitted>incoming']),
  order: new Set(['held>committed']),
  payOrder: new Set(),
  pickOrder: new Set(),
  readyOrder: new Set(),
  shipOrder: new Set(['committed>customer']),
  deliverOrder: new Set(),
  collectOrder: new Set(['committed>customer']),
  cancelOrder: new Set(['committed>available', 'committed>short', 'committed>allocated', 'incomingCommitted>incoming']),
  returnOrder: new Set([
    ...revoked,
    'customer>quarantined',
    'customer>available',
    'customer>short',
    'available>variance',
    'available>quarantined',
    'short>quarantined',
  ]),
  receive: new Set(['supplier>available', 'supplier>short', 'available>variance']),
  sale: new Set([
    ...revoked,
    'available>customer',
    'allocated>customer',
    'committed>customer',
    'short>customer',
    ...seen,
  ]),
  writeOff: new Set([
    ...revoked,
    ...seen,
    ...losses.flatMap((loss) => [`available>${loss}`, `short>${loss}`, `quarantined>${loss}`]),
  ]),
  quarantine: new Set([...revoked, 'available>quarantined', 'short>quarantined']),
  reinstate: new Set(['quarantined>available', 'quarantined>short']),
  transfer: new Set(['available>transit']),
  receiveTransfer: new Set([
    'transit>available',
    'transit>short',
    'available>variance',
    'adjustment>available',
    'adjustment>short',
    ...losses.map((loss) => `transit>${loss}`),
  ]),
  cancelTransfer: new Set(['transit>available', 'transit>short']),
  purchase: new Set(['supplier>incoming']),
  receivePurchase: new Set([
    ...revoked,
    'supplier>incoming',
    'incomingCommitted>committed',
    'incomingCommitted>held',
    'incoming>short',
    'incoming>available',
    'available>variance',
    'short>variance',
    'incoming>supplier',
    'incomingCommitted>supplier',
    'available>committed',
    'short>committed',
  ]),
  cancelPurchase: new Set(['incoming>supplier']),
  reschedulePurchase: new Set(),
  clearDuty: new Set(['available>transit', 'transit>available', 'transit>short']),
  move: new Set(),
  openLot: new Set(),
  openBottle: new Set([...revoked, 'available>opened', 'short>opened', 'variance>available']),
  pour: new Set(),
  discard: new Set(),
  repack: new Set(['available>repack', 'repack>available', 'repack>short', ...losses.map((loss) => `repack>${loss}`)]),
  relabel: new Set(['available>repack', 'repack>available', 'repack>short']),
  allocate: new Set(['available>allocated']),
  deallocate: new Set(['allocated>available', 'allocated>short']),
  count: new Set([...revoked, 'variance>available', 'variance>short', 'available>variance', 'short>variance']),
  adjust: new Set(['adjustment>available', 'adjustment>short', 'available>adjustment']),
  setPrice: new Set(),
}
