/**
 * A history: what clients of stock saw, one record a try, for `checkWitness` to judge. Plain data, so that it can be written as
 * JSON lines.
 *
 * - A try is one request and its one answer. A client that repeats a key writes a record for each try; tries of one key are one
 *   write, and all that were answered `ok` must name the same place. A key is of one act: never of two kinds or two callers.
 * - A place is `position` (the number of `epoch.number`; a history is of one epoch) and `index`, as the answer carries them.
 *   Effects, and refusals decided beside them, have indexes below 1024, in order. What was decided where nothing was written has
 *   an index of 1024 or more: it stands after all effects of its position, unordered among its like.
 * - `invokedAt` and `returnedAt` are of one clock for all processes (monotonic; any unit). `returnedAt` is null for what never
 *   returned, and for what was learnt afterwards.
 * - `unknown` is for a try whose answer was lost. It has no place and must be resolved before the check: see `resolveUnknown`.
 * - What no client asked for (a hold that expired, lines freed after a revocation) is taken from the journal: `process`
 *   `journal`, `invokedAt` null, `returnedAt` null, its key empty.
 */
export type HistoryRecord = WriteRecord | ReadRecord

interface Tried {
  /** Who asked: one connection or one simulated client, one request at a time. */
  readonly process: string
  readonly invokedAt: number | null
  readonly returnedAt: number | null
}

interface Where {
  readonly position: number
  readonly index: number
}

/** How a try ended. A refusal names the slug of its problem. */
type Ending =
  | (Where & { readonly outcome: 'ok' })
  | (Where & { readonly outcome: 'refused'; readonly slug: string })
  | { readonly outcome: 'unknown' }

export type WriteRecord = Tried & { readonly key: string } & Ending & Act

/** So many bottles at one level. */
export interface LevelLine {
  readonly sku: string
  readonly location: string
  readonly quantity: number
}

/** So many bottles, wherever they are. */
export interface SkuLine {
  readonly sku: string
  readonly quantity: number
}

/** A line of a hold as it was asked: `from` are the locations it may be filled from, `keep` the safety stock the channel never offers. */
export interface AskedLine {
  readonly sku: string
  readonly from: readonly string[]
  readonly quantity: number
  readonly keep?: number
  /** Drawn from this allotment, in place of what is available. */
  readonly allotment?: string
  /** Drawn from what is expected, in place of what is available. */
  readonly awaited?: true
}

/** What was asked, with what the answer said of it where the rules need that. */
export type Act =
  /** `granted`: the lines of the answer; needed when it was ok, as is `holdId`. */
  | {
      readonly kind: 'hold'
      readonly asked: readonly AskedLine[]
      readonly holdId?: string
      readonly granted?: readonly LevelLine[]
    }
  /** A commitment has its hold's id. */
  | { readonly kind: 'extend' | 'release' | 'expire' | 'free' | 'commit'; readonly holdId: string }
  /** Without `lines`: all that is outstanding. */
  | {
      readonly kind: 'ship' | 'cancel'
      readonly holdId: string
      readonly lines?: readonly LevelLine[]
      /** it was asked of the order, and not of the commitment; to collect is to ship */
      readonly isOrder?: true
    }
  /** An order has its hold's id. */
  | { readonly kind: 'order'; readonly holdId: string; readonly reference?: string }
  /** What happens to an order while its bottles stay: paid, picked, ready, delivered. */
  | { readonly kind: 'prepareOrder'; readonly holdId: string }
  /** Without `lines`, all that was handed over and not returned. `location`: where to, if not where each was sold from. */
  | {
      readonly kind: 'returnOrder'
      readonly holdId: string
      readonly lines?: readonly LevelLine[]
      readonly location?: string
      readonly to: 'quarantined' | 'available'
      readonly seen?: boolean
      readonly revoked?: readonly string[]
    }
  /** `seen`: the answer said `rebased`, that is a count after it had seen these bottles. Lines of one fact must agree in this. */
  | {
      readonly kind: 'receive' | 'sale' | 'writeOff' | 'quarantine'
      readonly lines: readonly LevelLine[]
      readonly seen?: boolean
      /** Where its bottles stood aside, if they did: in quarantine, or in an allotment. */
      readonly aside?: 'quarantined' | `allotted ${string}`
      /** Of a sale: the order that it names, and the one that its answer names. */
      readonly order?: string
      readonly orderId?: string
      /** The answer's `revokedHolds`: compared with what the rules say, when given. */
      readonly revoked?: readonly string[]
    }
  /** `carried`: bottles that came (above zero) or went after it was counted, for a count of the past. `seen`: a newer count is known. */
  | {
      readonly kind: 'count'
      readonly lines: readonly (Omit<LevelLine, 'quantity'> & { readonly counted: number; readonly carried?: number })[]
      readonly seen?: boolean
      readonly revoked?: readonly string[]
    }
  | { readonly kind: 'reinstate'; readonly lines: readonly LevelLine[] }
  | { readonly kind: 'allocate' | 'deallocate'; readonly allotment: string; readonly lines: readonly LevelLine[] }
  /** `transferId`: needed when it was ok. Clearance of duty is one that arrives at once. */
  | {
      readonly kind: 'transfer' | 'clearDuty'
      readonly from: string
      readonly to: string
      readonly bottles: readonly SkuLine[]
      readonly transferId?: string
    }
  /** Without `bottles`: all that is on its way. What came beyond that is a surplus. */
  | {
      readonly kind: 'receiveTransfer'
      readonly transferId: string
      readonly bottles?: readonly (SkuLine & { readonly missing?: number })[]
      readonly seen?: boolean
    }
  | { readonly kind: 'cancelTransfer'; readonly transferId: string }
  /** `purchaseId`: needed when it was ok. */
  | {
      readonly kind: 'purchase'
      readonly location: string
      readonly bottles: readonly SkuLine[]
      readonly purchaseId?: string
    }
  /** Without `bottles`: all that is expected; or nothing, where it is the last of the order. `seen` as of other facts, and lines must agree in it. */
  | {
      readonly kind: 'receivePurchase'
      readonly purchaseId: string
      readonly bottles?: readonly SkuLine[]
      readonly isLast?: boolean
      readonly seen?: boolean
      readonly revoked?: readonly string[]
    }
  /** Without `bottles`: all that is expected. */
  | { readonly kind: 'cancelPurchase'; readonly purchaseId: string; readonly bottles?: readonly SkuLine[] }
  | { readonly kind: 'reschedulePurchase'; readonly purchaseId: string }
  /** `bottleId`: needed when it was ok. `seen`, `revoked`: as of a sale. */
  | {
      readonly kind: 'openBottle'
      readonly at: Omit<LevelLine, 'quantity'>
      readonly formatMl: number
      readonly bottleId?: string
      readonly seen?: boolean
      readonly revoked?: readonly string[]
    }
  /** `told`, in ml: what the answer said was poured beyond what was left, and has been in all. */
  | {
      readonly kind: 'pour'
      readonly bottleId: string
      readonly ml: number
      readonly told?: { readonly over: number; readonly poured: number }
    }
  /** `thrownAwayMl`: what the answer said was. */
  | { readonly kind: 'discard'; readonly bottleId: string; readonly thrownAwayMl?: number }
  /** What became of bottles that are neither broken nor built only the journal knows. */
  | { readonly kind: 'repack'; readonly broken: readonly LevelLine[]; readonly built: readonly LevelLine[] }
  /** `quantity` is the signed difference. */
  | { readonly kind: 'adjust'; readonly lines: readonly LevelLine[] }
  /** Takes part in the order only. */
  | { readonly kind: 'setPrice' | 'move' | 'openLot' }

/** Quantities of a level as they can be seen. A state left out is not compared. */
export interface LevelSeen {
  readonly sku: string
  readonly location: string
  readonly available?: number
  readonly held?: number
  readonly committed?: number
  readonly allocated?: number
  readonly quarantined?: number
  readonly short?: number
  readonly incoming?: number
  readonly incomingCommitted?: number
}

/**
 * A read at a position: it shows everything up to and with it, and nothing later. `least`: the position it named (`minPosition`).
 * A read may lag behind the writes of others; it may not go back within its process, nor be ahead of what was invoked after it.
 */
export type ReadRecord = Tried & {
  readonly kind: 'read'
  readonly position: number
  readonly least?: number
  readonly levels: readonly LevelSeen[]
}

/** What the journal has under a key, after quiet. */
export interface JournalEntry extends Where {
  readonly key: string
}

/** What is true before the first record. Levels that are not named are empty. */
export interface WitnessStart {
  readonly levels?: readonly LevelSeen[]
}

/** What the database says after quiet; each part is compared when it is given. */
export interface WitnessEnd {
  readonly levels?: readonly LevelSeen[]
  /** Every entry that has a key, of all callers of this history. */
  readonly journal?: readonly JournalEntry[]
}

export type ViolationKind =
  /** More was granted than was available. */
  | 'oversold'
  /** Refused for a reason that was not so at its place. */
  | 'refused-in-vain'
  /** Granted although the rules refuse it: a hold that had ended, bottles that were not outstanding. */
  | 'granted-in-vain'
  /** The answer says another thing than the rules: holds revoked, lines granted, quantities read. */
  | 'wrong-answer'
  /** It returned before another was invoked, and stands after it. */
  | 'real-time'
  /** Two writes at one place, or one key at two. */
  | 'twice'
  /** Acknowledged, and not in the journal; or in the journal, and not in the history. */
  | 'lost'
  /** A process saw positions go back. */
  | 'went-back'
  /** The quantities at the end are not those that the history leads to. */
  | 'ends-elsewhere'
  /** Still unknown: the history was not resolved. */
  | 'unresolved'

export interface Violation {
  readonly kind: ViolationKind
  readonly what: string
  /** The record it was seen at, where there is one. */
  readonly record?: HistoryRecord
}

export interface Verdict {
  readonly ok: boolean
  /** The first hundred. */
  readonly violations: readonly Violation[]
}
