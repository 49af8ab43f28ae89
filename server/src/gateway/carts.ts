import type { Caller } from '../access/access.ts'
import { readLiveHolds, type Command } from '../stock/stock.ts'
import type pg from 'pg'
import type { Config } from '../platform/config.ts'

type Hold = Extract<Command, { kind: 'hold' }>

/** Why somebody may hold no more now. */
export interface CartFull {
  readonly kind: 'full'
  readonly detail: string
  readonly members: Readonly<Record<string, number>>
}

/** What customers and guests claim and have not bought. */
export interface Carts {
  /** Lets a claim through, or says why not. What it lets through is to be told of by `placed`, or by `failed`. */
  admit(caller: Caller, address: string, command: Hold): Promise<CartFull | Admitted>
}

export interface Admitted {
  readonly kind: 'admitted'
  /** It became a hold: its id, and when it ends, ms since 1970. */
  placed(id: string, expiresAtMs: number): void
  failed(): void
}

/** Addresses whose live holds are remembered; those beyond begin anew. */
const ADDRESSES_MAX = 20_000

interface AtAddress {
  /** holds by their end, ms since 1970 */
  readonly live: Map<string, number>
  underWay: number
}

/** What is under way of a customer in this process. */
interface UnderWay {
  readonly holds: number
  readonly units: number
}

interface Counting {
  readonly nowMs: () => number
  readonly underWay: Map<string, UnderWay>
  readonly addresses: Map<string, AtAddress>
}

/**
 * Caps on live holds. A customer's are counted in the database, those under way in this process beside them: of two processes each may let one more through. An address' are counted as
 * this process has seen them made, until their end: one that is given back earlier counts on until then.
 */
export function createCarts(
  { pool, config }: { readonly pool: pg.Pool; readonly config: Config },
  nowMs: () => number,
): Carts {
  const { customerHoldsMax: holdsMax, customerUnitsMax: unitsMax, addressHoldsMax } = config
  const counting: Counting = { nowMs, underWay: new Map(), addresses: new Map() }
  return {
    async admit(caller, address, command) {
      const units = command.lines.reduce((sum, { quantity }) => sum + quantity, 0)
      const from = atAddress(counting, address)
      if (from.live.size + from.underWay >= addressHoldsMax) {
        const detail = `From this network ${addressHoldsMax} holds live already: buy or wait.`
        return { kind: 'full', detail, members: { holdsMax: addressHoldsMax } }
      }
      // Counted before it is looked up: who asks a hundred times at once is counted a hundred times.
      const admitted = begin(counting, caller.subject, from, units)
      const live = await readLiveHolds(pool, caller.customers).catch((error: unknown) => {
        admitted.failed()
        throw error
      })
      const mine = counting.underWay.get(caller.subject) ?? { holds: 0, units: 0 }
      if (live.holds + mine.holds <= holdsMax && live.units + mine.units <= unitsMax) return admitted
      admitted.failed()
      const detail = `${live.holds} holds of ${live.units} are held already; at once may be held ${holdsMax} holds of ${unitsMax}.`
      return { kind: 'full', detail, members: { ...live, holdsMax, unitsMax } }
    },
  }
}

function atAddress({ addresses, nowMs }: Counting, address: string): AtAddress {
  const known = addresses.get(address) ?? { live: new Map(), underWay: 0 }
  addresses.delete(address)
  addresses.set(address, known)
  for (const oldest of addresses.size > ADDRESSES_MAX ? addresses.keys() : []) {
    addresses.delete(oldest)
    break
  }
  for (const [id, endsAtMs] of known.live) if (endsAtMs <= nowMs()) known.live.delete(id)
  return known
}

/** Counts what is under way until it is known what became of it. */
function begin({ underWay }: Counting, subject: string, from: AtAddress, units: number): Admitted {
  const mine = underWay.get(subject) ?? { holds: 0, units: 0 }
  underWay.set(subject, { holds: mine.holds + 1, units: mine.units + units })
  from.underWay += 1
  const ended = () => {
    const { holds, units: all } = underWay.get(subject) ?? { holds: 1, units }
    if (holds <= 1) underWay.delete(subject)
    else underWay.set(subject, { holds: holds - 1, units: all - units })
    from.underWay -= 1
  }
  return {
    kind: 'admitted',
    placed(id, expiresAtMs) {
      ended()
      from.live.set(id, expiresAtMs)
    },
    failed: ended,
  }
}
