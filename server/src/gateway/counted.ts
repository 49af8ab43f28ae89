import type { Caller } from '../access/access.ts'
import { kindOf, type Standing } from '../limits/limits.ts'
import type { Doors } from './services.ts'

/** Counts a request of whoever asks, by whatever way in; undefined: it is not counted. */
export function counted(
  { limits }: Pick<Doors, 'limits'>,
  operation: string,
  address: string,
  { subject, roles }: Caller,
): (Standing & { readonly kind: string }) | undefined {
  const kind = kindOf(operation)
  if (kind === undefined) return undefined
  return limits.take(kind, address, { subject, isProgram: roles.has('machine') || roles.has('admin') })
}

/** What is said to who asks too often. */
export const tooManyText = ({ resetS }: Standing): string =>
  `Too many requests: come back in ${resetS} s, and then more slowly.`
