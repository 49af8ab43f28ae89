import { createBatcher, type BatcherDoor } from './batch/batcher.ts'
import { openSession } from './batch/session.ts'
import type { Stock } from './submission.ts'

// The module's door. Everything that changes stock goes through `submit`; reads that are not in memory, and settings, stand beside it.
// What the journal may say, for who verifies it.
export { columnOf, isPhysical, movementsOfKind, onHandAccounts, stateAccounts } from './core/accounts.ts'
export type { Account, StateAccount } from './core/accounts.ts'
export { instant } from './core/answer.ts'
export type { Command, Price } from './core/command.ts'
export type { SalesPolicy } from './core/sales-policy.ts'
export type { Refusal } from './core/refusal.ts'
export {
  answersTable,
  appendOnlyOfStock,
  beginAnswerPeriod,
  dueAnswerParts,
  readAnswerParts,
} from './answer-periods.ts'
export { lotsBehind } from './core/lot.ts'
export { readAllotments, readNotes } from './aside-queries.ts'
export { eraseCustomer, isAnswered, readCustomer, readLiveHolds } from './customer.ts'
export { readDocument, readDocuments } from './document-queries.ts'
export type { DocumentKind } from './core/document.ts'
export { putLotOffer } from './lot-offers.ts'
export { isLot, readLotOffers, readLots, readParcels } from './lot-queries.ts'
export { readOpenBottle, readOpenBottles } from './open-bottle-queries.ts'
export { readEndedHolds, readLastEndedHolds } from './ended-holds.ts'
export type { EndedHold } from './ended-holds.ts'
export { expireHolds } from './expiry.ts'
export { readCommitment, readHold, readMovements, readPrices, readShortfalls } from './queries.ts'
export { dropRecipe, putRecipe } from './recipes.ts'
export { putChannel, putLocation, readSettings, SettingsError } from './settings.ts'
export { Unavailable } from './submission.ts'
export type { Outcome, Place, Stock, Submission } from './submission.ts'
export type { BatcherDoor } from './batch/batcher.ts'

/** Locks are waited for this long before a level's commands are set aside: a stopped process must not stop the others. */
const LOCK_TIMEOUT_MS = 2_000

/** Stock on a PostgreSQL: the batcher with its own connection, which it makes anew when it is lost. */
export function openStock(url: string, door: Omit<BatcherDoor, 'openSession'>): Stock {
  return createBatcher({ ...door, openSession: () => openSession(url, LOCK_TIMEOUT_MS) })
}
