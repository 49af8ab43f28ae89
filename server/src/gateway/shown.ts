import type { Caller } from '../access/access.ts'
import { allow } from './allow.ts'
import { isDenied } from './denied.ts'

/** Whether what was read is shown to whoever asks: to customers and guests what is theirs, and the rest is, to them, not there. */
export function isShownTo(caller: Caller, operation: string, value: object): boolean {
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
