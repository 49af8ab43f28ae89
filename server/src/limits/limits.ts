import type { Seal } from '../platform/seal.ts'
import { limits, PROGRAM_A_MINUTE, type Kind } from './kinds.ts'
import type { Standing } from './rates.ts'
import { createSharedRates, type SharingRates } from './shared-rates.ts'

// The module's door: how much anybody may ask for.
export { kindOf } from './kinds.ts'
export type { Kind } from './kinds.ts'
export type { Standing } from './rates.ts'
export type { SharingRates } from './shared-rates.ts'

/** Somebody who asks, as far as their requests are counted. */
export interface Asker {
  readonly subject: string
  /** a till, a service, an administrator's program: counted by itself, whatever it asks, and not by its address */
  readonly isProgram: boolean
}

/** Counts what is asked. */
export interface Limits {
  /** Before it is known who asks: whether too much was tried from there that is nobody's. */
  refusedFrom(address: string): Standing | undefined
  /** Credentials from there were none. */
  wasRefused(address: string): void
  /** Counts a request: how it stands with whichever limit is nearest. Undefined: nothing is counted here. */
  take(kind: Kind, address: string, asker: Asker): (Standing & { readonly kind: string }) | undefined
  close(): void
}

/** @param percent of the table's limits; 0: nothing is counted */
export function createLimits(door: {
  readonly nowMs: () => number
  readonly percent: number
  readonly seal: Seal
  readonly sharing: SharingRates | undefined
}): Limits {
  const { percent, seal } = door
  if (percent === 0)
    return { refusedFrom: () => undefined, wasRefused: () => {}, take: () => undefined, close: () => {} }
  const rates = createSharedRates(door.nowMs, door.sharing)
  const scaled = (limit: number) => Math.max(1, Math.round((limit * percent) / 100))
  const nameOf = namer(seal)
  const refused = (address: string) => nameOf('refused', address)
  return {
    refusedFrom(address) {
      const standing = rates.look(refused(address), scaled(limits.refused.address))
      return standing.isOver ? standing : undefined
    },
    wasRefused: (address) => void rates.take(refused(address), scaled(limits.refused.address)),
    take(kind, address, { subject, isProgram }) {
      if (isProgram) return { ...rates.take(nameOf('program', subject), scaled(PROGRAM_A_MINUTE)), kind: 'program' }
      const from = rates.take(nameOf(`${kind} address`, address), scaled(limits[kind].address))
      if (from.isOver || subject === 'nobody') return { ...from, kind }
      const by = rates.take(nameOf(`${kind} caller`, subject), scaled(limits[kind].caller))
      return { ...(by.isOver || by.remaining < from.remaining ? by : from), kind }
    },
    close: () => rates.close(),
  }
}

/** Names that are remembered, since working one out takes longer than counting: some 10 MB. */
const NAMES_MAX = 50_000

/** Names that are counted under. Who asks is nobody's business who reads the carrier. */
function namer(seal: Seal): (kind: string, who: string) => string {
  const known = new Map<string, string>()
  return (kind, who) => {
    const asked = `${kind}\n${who}`
    const name = known.get(asked) ?? seal.close(`rate ${kind}`, who).slice(0, 22)
    if (known.size >= NAMES_MAX) known.clear()
    known.set(asked, name)
    return name
  }
}
