import type { Seal } from '../platform/seal.ts'
import { nobody, type Caller } from './caller.ts'

/** As long as the longest life of a hold, by default: who comes back within it finds theirs. */
const GUEST_MS = 7 * 86_400_000
const PURPOSE = 'guest'
const id = '[0-9a-f-]{36}'
const form = new RegExp(`^(${id})\\.(\\d{1,16})$`)

/** A guest's session: nothing is stored of it, who holds the sealed text is that guest. */
export interface Guests {
  begin(): { readonly caller: Caller; readonly token: string }
  /** The guest that a sealed text is of; undefined where it was not sealed here, or has ended. */
  open(token: string): Caller | undefined
}

export function createGuests(seal: Seal, door: { nowMs: () => number; newId: () => string }): Guests {
  const callerOf = (guest: string, expiresAtMs: number): Caller =>
    Object.freeze({
      ...nobody,
      subject: `guest:${guest}`,
      name: `guest:${guest}`,
      customers: [`guest:${guest}`],
      via: 'guest',
      expiresAtMs,
      issuedAtMs: expiresAtMs - GUEST_MS,
    } as const)
  return {
    begin() {
      const guest = door.newId()
      const expiresAtMs = door.nowMs() + GUEST_MS
      return { caller: callerOf(guest, expiresAtMs), token: seal.close(PURPOSE, `${guest}.${expiresAtMs}`) }
    },
    open(token) {
      const [, guest, ends] = form.exec(seal.open(PURPOSE, token) ?? '') ?? []
      if (guest === undefined || Number(ends) <= door.nowMs()) return undefined
      return callerOf(guest, Number(ends))
    },
  }
}
