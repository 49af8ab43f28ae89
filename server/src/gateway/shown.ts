import type { Caller } from '../access/access.ts'
import { formatPosition } from '../log/log.ts'
import type { Replica } from '../replica/replica.ts'
import { allow } from './allow.ts'
import { isDenied } from './denied.ts'

/** One thing that is being read, and the number of the position it is read at. */
export type Reading = Promise<{ readonly value: object | undefined; readonly position: number }>

/** One thing as it was read, if it is there for whoever asks, and where that stands. */
export interface Shown {
  readonly value: (object & { readonly position: string }) | undefined
  readonly position: string
}

/** Reads one thing for whoever asks: customers and guests are shown what is theirs, and the rest is, to them, not there. */
export async function readShown(
  { replica }: { readonly replica: Pick<Replica, 'epoch'> },
  caller: Caller,
  operation: string,
  reading: Reading,
): Promise<Shown> {
  const read = await reading
  const position = formatPosition(replica.epoch(), read.position)
  const isThere = read.value !== undefined && isShownTo(caller, operation, read.value)
  return { value: isThere ? { ...read.value, position } : undefined, position }
}

function isShownTo(caller: Caller, operation: string, value: object): boolean {
  const { customer } = value as { customer?: string }
  return !isOwnOnly(caller, operation) || (customer !== undefined && caller.customers.includes(customer))
}

/** Whose documents a list is of, where it is asked for one customer's, or may only be theirs; undefined: anybody's. */
export function customersShownTo(
  caller: Caller,
  operation: string,
  customer: string | undefined,
): readonly string[] | undefined {
  const { customers } = caller
  if (!isOwnOnly(caller, operation)) return customer === undefined ? undefined : [customer]
  return customer === undefined ? customers : customers.filter((one) => one === customer)
}

function isOwnOnly(caller: Caller, operation: string): boolean {
  const allowed = allow(caller, operation)
  return isDenied(allowed) || allowed.grant === 'own'
}
