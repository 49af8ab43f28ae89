import type { CloseCause } from '@cellarhand/protocol/feed'
import type { Permit } from './guard.ts'
import type { Session } from './kept.ts'
import type { Running } from './running.ts'

// How many connections there may be: of a process, of an address, of a person.

/** Why nobody can connect from an address now; undefined where they can. */
export function closedTo(running: Running, address: string): CloseCause | undefined {
  const { closed, options, sessions } = running
  if (closed) return 'draining'
  if (sessions.size >= options.sessionsMax) return 'full'
  return countOf(running, address) >= options.perAddressMax ? 'full' : undefined
}

/** Whether somebody has as many as a person may have. */
export const hasAll = (running: Running, person: string | undefined): boolean =>
  person !== undefined && countOf(running, person) >= running.options.perPersonMax

/** Connections of an address or a person, here and, as far as they have told, elsewhere. */
const countOf = ({ counted, options }: Running, name: string): number =>
  (counted.get(name) ?? 0) + (options.elsewhere?.count(name) ?? 0)

/** One more of an address or a person, or one less. */
export function count({ counted, options }: Running, name: string | undefined, change: 1 | -1): void {
  if (name === undefined) return
  const now = (counted.get(name) ?? 0) + change
  if (now > 0) counted.set(name, now)
  else counted.delete(name)
  options.elsewhere?.tell(name, now)
}

/** Who shows that they are somebody counts as one of theirs from then on; false: they have all that they may have. */
export function isCountedAs(running: Running, { permit: { person: before } }: Session, { person }: Permit): boolean {
  if (person === before) return true
  if (hasAll(running, person)) return false
  count(running, before, -1)
  count(running, person, 1)
  return true
}
