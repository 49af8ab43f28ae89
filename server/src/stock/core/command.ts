import type { Contents } from '@cellarhand/protocol/repack'
import type { WriteOffReason } from '@cellarhand/protocol/stock'
import type { OrderCommand } from './order.ts'
import type { RelabelCommand } from './relabel.ts'

/** Money with what it includes, as the protocol's `Price`. */
export interface Price {
  readonly amountMinor: number
  readonly currency: string
  readonly taxIncluded: boolean
  readonly dutyIncluded: boolean
}

export interface HoldLineRequest {
  readonly sku: string
  readonly quantity: number
  readonly channel: string
  readonly location?: string
  /** drawn from an allotment, and not from what is available */
  readonly allotment?: string
  /** drawn from what is expected, and not from what is there */
  readonly from?: 'incoming'
  /** of a lot of the SKU that is sold by itself */
  readonly lot?: string
  readonly expectedPrice?: { readonly amountMinor: number; readonly currency: string }
}

export interface QuantityLine {
  readonly sku: string
  readonly quantity: number
}

export interface FulfilLine {
  readonly sku: string
  /** the lot that is shipped */
  readonly lot?: string
  readonly location?: string
  readonly quantity: number
}

/** Which bottles of a level are meant: of a lot, in a bin. */
export interface PickedLine extends QuantityLine {
  readonly lot?: string
  readonly bin?: string
}

/** What is known of bottles that came together. Amounts for one bottle, or one case of a SKU that is a case. */
export interface LotDetails {
  /** absent: one is made up from the entry */
  readonly id?: string
  readonly supplier?: string
  readonly costMinor?: number
  readonly currency?: string
  readonly condition?: string
  readonly provenance?: string
  /** the last year to drink it in */
  readonly drinkBy?: number
}

export interface ReceiptLine extends QuantityLine {
  /** makes a lot of them, or adds them to one that is known by its id */
  readonly lot?: LotDetails
  readonly bin?: string
}

/** What was seen of bottles that cannot be sold. */
export interface ConditionLine extends QuantityLine {
  readonly condition?: string
  /** addresses of photos, kept elsewhere */
  readonly photos?: readonly string[]
}

/** What came of a SKU, and what is known not to come any more. */
export interface ArrivalLine {
  readonly sku: string
  readonly quantity: number
  readonly missing?: number
  /** where it is put */
  readonly bin?: string
}

/** Bottles ordered of a SKU, and what one costs, in minor units. */
export interface PurchaseLineRequest extends QuantityLine {
  readonly unitCostMinor?: number
}

/** Bottles released from bond, with the duty due for all of the line and their value for customs, in minor units. */
export interface ClearanceLine extends PickedLine {
  readonly dutyMinor: number
  readonly valueMinor?: number
}

/** What becomes of so many of a SKU when bottles are repacked. */
export type RepackLine = QuantityLine &
  (
    | { readonly part: 'broken'; readonly lot?: string }
    | { readonly part: 'built' }
    | { readonly part: 'lost'; readonly reason: WriteOffReason }
  )

interface FactHead {
  readonly location: string
  readonly reference?: string
  /** milliseconds since 1970, UTC; absent: when it is recorded */
  readonly occurredAtMs?: number
}

/** What may be asked of stock, in the verbs of the trade. Requests are decided; `receive`, `sale`, `count`, `writeOff` and `quarantine` are facts and recorded. */
export type Command =
  | {
      readonly kind: 'hold'
      readonly lines: readonly HoldLineRequest[]
      readonly ttlSeconds: number
      readonly customer?: string
    }
  | { readonly kind: 'extend'; readonly holdId: string; readonly ttlSeconds: number }
  | { readonly kind: 'release'; readonly holdId: string }
  | { readonly kind: 'commit'; readonly holdId: string; readonly reference?: string }
  | {
      readonly kind: 'ship' | 'cancel'
      readonly commitmentId: string
      readonly lines?: readonly FulfilLine[]
      readonly reference?: string
    }
  | (FactHead & { readonly kind: 'receive'; readonly lines: readonly ReceiptLine[] })
  | (FactHead & {
      readonly kind: 'sale'
      readonly allotment?: string
      /** an order, by its id or the caller's reference, whose bottles these are as far as they go */
      readonly orderRef?: string
      readonly lines: readonly PickedLine[]
    })
  | (FactHead & {
      readonly kind: 'writeOff'
      readonly reason: WriteOffReason
      readonly from?: 'quarantined'
      readonly lines: readonly PickedLine[]
    })
  | (FactHead & { readonly kind: 'quarantine'; readonly reason: string; readonly lines: readonly ConditionLine[] })
  | (FactHead & {
      readonly kind: 'count'
      readonly lines: readonly { readonly sku: string; readonly counted: number }[]
    })
  | {
      readonly kind: 'reinstate'
      readonly location: string
      readonly reason?: string
      readonly reference?: string
      readonly lines: readonly ConditionLine[]
    }
  | {
      readonly kind: 'allocate' | 'deallocate'
      readonly allotment: string
      readonly location: string
      readonly reference?: string
      readonly lines: readonly QuantityLine[]
    }
  | {
      readonly kind: 'transfer'
      readonly fromLocation: string
      readonly toLocation: string
      readonly reference?: string
      /** when it should be there; milliseconds since 1970 */
      readonly expectedAtMs?: number
      /** said by who means to give bottles to another owner */
      readonly changesOwner?: boolean
      readonly lines: readonly PickedLine[]
    }
  | {
      readonly kind: 'receiveTransfer'
      readonly documentId: string
      /** absent: all that is on its way */
      readonly lines?: readonly ArrivalLine[]
      /** why bottles are missing */
      readonly reason?: WriteOffReason
      readonly occurredAtMs?: number
    }
  | { readonly kind: 'cancelTransfer'; readonly documentId: string; readonly reason?: string }
  | {
      readonly kind: 'clearDuty'
      readonly fromLocation: string
      readonly toLocation: string
      readonly reference?: string
      readonly currency: string
      readonly lines: readonly ClearanceLine[]
    }
  | {
      readonly kind: 'purchase'
      readonly location: string
      readonly supplier?: string
      readonly reference?: string
      /** when the bottles should be there; milliseconds since 1970 */
      readonly expectedAtMs?: number
      /** of the costs */
      readonly currency?: string
      readonly lines: readonly PurchaseLineRequest[]
    }
  | {
      readonly kind: 'receivePurchase'
      readonly documentId: string
      /** absent: all that is expected; or nothing, where the order is closed */
      readonly lines?: readonly ReceiptLine[]
      /** nothing more will come */
      readonly close?: true
      readonly reason?: string
      readonly occurredAtMs?: number
    }
  | {
      readonly kind: 'cancelPurchase'
      readonly documentId: string
      /** absent: all that is expected */
      readonly lines?: readonly QuantityLine[]
      readonly reason?: string
    }
  | {
      readonly kind: 'reschedulePurchase'
      readonly documentId: string
      /** null: nobody knows any more */
      readonly expectedAtMs: number | null
      readonly reason?: string
    }
  | {
      readonly kind: 'move'
      readonly location: string
      readonly reference?: string
      readonly lines: readonly {
        readonly sku: string
        readonly quantity: number
        /** absent: of no lot */
        readonly lot?: string
        /** absent: in no bin */
        readonly fromBin?: string
        readonly toBin?: string
      }[]
    }
  | {
      readonly kind: 'openLot'
      readonly sku: string
      readonly location: string
      readonly quantity: number
      readonly lot: LotDetails
      readonly bin?: string
      readonly reference?: string
    }
  | {
      readonly kind: 'openBottle'
      readonly location: string
      readonly sku: string
      /** the size of the bottle, as the catalogue has it */
      readonly formatMl: number
      readonly servingMl?: number
      readonly preservation?: string
      readonly discardAfterHours?: number
      readonly reference?: string
      readonly occurredAtMs?: number
    }
  | {
      readonly kind: 'pour'
      readonly documentId: string
      /** absent: one serving */
      readonly ml?: number
      readonly reference?: string
      readonly occurredAtMs?: number
    }
  | {
      readonly kind: 'discard'
      readonly documentId: string
      readonly reason: string
      readonly occurredAtMs?: number
    }
  | {
      readonly kind: 'repack'
      readonly location: string
      readonly reference?: string
      readonly reason?: string
      readonly lines: readonly RepackLine[]
      /** What one of each SKU holds: looked up in the catalogue for whoever asked, and no part of what they said. */
      readonly contents: readonly Contents[]
    }
  | {
      readonly kind: 'adjust'
      readonly sku: string
      readonly location: string
      readonly delta: number
      readonly reason: string
      readonly reference?: string
      readonly version?: number
    }
  | {
      readonly kind: 'setPrice'
      readonly lines: readonly { readonly sku: string; readonly channel: string; readonly price: Price }[]
    }
  | OrderCommand
  | RelabelCommand
  /** Internal: a hold whose time has come. Does nothing when it has ended already. */
  | { readonly kind: 'expire'; readonly holdId: string }
  /** Internal: the lines elsewhere of a hold that a fact revoked. */
  | { readonly kind: 'free'; readonly holdId: string }

export type CommandKind = Command['kind']
