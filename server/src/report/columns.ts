import { movementsOfKind, onHandAccounts, type Account } from '../stock/stock.ts'

/** Bottles by movement, `from>to`. */
export type Sums = Readonly<Record<string, number>>

const onHand = new Set<string>(onHandAccounts)

/** Columns of the world's accounts that have a name in the trade, in the order they are read in. Others are named after their account. */
const named = [
  'received',
  'returned_to_supplier',
  'sold',
  'shipped',
  'returned',
  'written_off',
  'transferred_in',
  'transferred_out',
]
const last = ['adjusted', 'count_variance', 'other']

/**
 * The column in which a movement counts; undefined where nothing came or went. An account nobody here has heard of, as a later version
 * may bring, has a column for either direction, named after it.
 */
export function columnOf(from: string, to: string): string | undefined {
  const isIn = onHand.has(to)
  if (onHand.has(from) === isIn) return undefined
  const account = isIn ? from : to
  if (account.startsWith('loss:')) return `written_off_${account.slice('loss:'.length)}`
  switch (account) {
    case 'supplier':
      return isIn ? 'received' : 'returned_to_supplier'
    case 'customer':
      if (isIn) return 'returned'
      return from === 'committed' ? 'shipped' : 'sold'
    case 'transit':
      return isIn ? 'transferred_in' : 'transferred_out'
    case 'adjustment':
      return 'adjusted'
    case 'variance':
      return 'count_variance'
    default:
      // What was expected has come: the order it stood under was the supplier's.
      if (account.startsWith('incoming')) return 'received'
      return `${isIn ? 'from' : 'to'}_${account.replaceAll(/[^a-z0-9]+/gi, '_')}`
  }
}

function rank(column: string): number {
  const place = named.findIndex((name) => column === name || column.startsWith(`${name}_`))
  if (place >= 0) return place
  return last.includes(column) ? named.length + 1 + last.indexOf(column) : named.length
}

/**
 * The columns of changes: one for each movement that some kind of entry may make, so that a verb brings its own, and `other` for what an older
 * or newer version wrote, so that a row always adds up. The same for every month: what is absent is zero.
 *
 * The value of the stock is columns beside these and not among them: they are bottles, and add up.
 */
export const changeColumns: readonly string[] = [
  ...new Set([
    ...Object.values(movementsOfKind).flatMap((movements) =>
      [...movements].map((movement) => columnOf(...accountsOf(movement))).filter((column) => column !== undefined),
    ),
    'other',
  ]),
].toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))

const known = new Set(changeColumns)

function accountsOf(movement: string): [from: Account, to: Account] {
  return movement.split('>') as [Account, Account]
}

/** Bottles by column: above zero they came, below zero they went. Columns without any are left out. */
export function changesOf(sums: Sums): Record<string, number> {
  const changes: Record<string, number> = {}
  for (const [movement, bottles] of Object.entries(sums)) {
    const [from, to] = accountsOf(movement)
    const column = columnOf(from, to)
    if (column !== undefined) addTo(changes, known.has(column) ? column : 'other', onHand.has(to) ? bottles : -bottles)
  }
  return Object.fromEntries(Object.entries(changes).filter(([, bottles]) => bottles !== 0))
}

/** Adds bottles to what a name has. */
export function addTo(sums: Record<string, number>, name: string, bottles: number): void {
  sums[name] = (sums[name] ?? 0) + bottles
}

/** What an account has by its movements. */
export function balanceOf(sums: Sums, account: string): number {
  let balance = 0
  for (const [movement, bottles] of Object.entries(sums)) {
    const [from, to] = accountsOf(movement)
    if (to === account) balance += bottles
    if (from === account) balance -= bottles
  }
  return balance
}

/** On hand by its movements. */
export function onHandOf(sums: Sums): number {
  return onHandAccounts.reduce((bottles, account) => bottles + balanceOf(sums, account), 0)
}
