import type { Contents } from '@cellarhand/protocol/repack'
import type { WriteOffReason } from '@cellarhand/protocol/stock'
import { instant } from './answer.ts'
import type { OrderBody, OrderState } from './order.ts'
import type { LotQuantity } from './lot.ts'
import { bottleShown, type OpenBottleBody } from './open-bottle-body.ts'
import type { QuantityLine } from './command.ts'

/** Bottles on their way from one location to another. */
export interface TransferBody {
  readonly from: string
  readonly to: string
  readonly expectedAtMs?: number
  readonly lines: readonly TransferLine[]
}

export interface TransferLine {
  readonly sku: string
  readonly quantity: number
  /** Lots they are of, in the order in which they come; what is left is of none. */
  readonly lots: readonly LotQuantity[]
  /** Of these, what has come, what will not come any more, and what came back. What is left is in transit. */
  readonly received: number
  readonly missing: number
  readonly returned: number
  /** What came beyond what was sent. */
  readonly surplus: number
}

/** Bottles released from bond. */
export interface ClearanceBody {
  readonly from: string
  readonly to: string
  readonly currency: string
  readonly lines: readonly {
    readonly sku: string
    readonly quantity: number
    readonly dutyMinor: number
    readonly valueMinor?: number
  }[]
}

/** Bottles ordered of a supplier for one location. */
export interface PurchaseBody {
  readonly location: string
  readonly supplier?: string
  readonly expectedAtMs?: number
  /** of the costs */
  readonly currency?: string
  readonly lines: readonly PurchaseLine[]
}

export interface PurchaseLine {
  readonly sku: string
  readonly quantity: number
  /** Of these, what has come, and what will not come any more. What is left is expected. */
  readonly received: number
  readonly cancelled: number
  /** What came beyond what was ordered. */
  readonly surplus: number
  /** What one bottle costs, in minor units. */
  readonly unitCostMinor?: number
}

/** One form of the same bottles made into another. What each SKU held is kept: the catalogue may say otherwise later. */
export interface RepackBody {
  readonly location: string
  /** With the lot that was named, and the lots they were of; what is left was of none. */
  readonly break: readonly (QuantityLine & { readonly lot?: string; readonly lots: readonly LotQuantity[] })[]
  readonly build: readonly (QuantityLine & { readonly lots: readonly LotQuantity[] })[]
  readonly losses: readonly (QuantityLine & { readonly reason: WriteOffReason })[]
  readonly contents: readonly Contents[]
}

interface Bodies {
  readonly transfer: { readonly state: 'in_transit' | 'received' | 'cancelled'; readonly body: TransferBody }
  readonly purchaseOrder: { readonly state: 'open' | 'received' | 'cancelled'; readonly body: PurchaseBody }
  readonly repack: { readonly state: 'done'; readonly body: RepackBody }
  readonly clearance: { readonly state: 'cleared'; readonly body: ClearanceBody }
  readonly order: { readonly state: OrderState; readonly body: OrderBody }
  readonly openBottle: { readonly state: 'open' | 'empty' | 'discarded'; readonly body: OpenBottleBody }
}

interface Head {
  readonly id: string
  /** The caller's own number. */
  readonly reference: string | undefined
  readonly createdAtUs: number
  readonly version: number
  /** Keys of the levels it stands on: they never change, and say what to lock. */
  readonly levels: readonly string[]
}

export type DocumentKind = keyof Bodies

/** What goes on for longer than one entry. Kept whole; changed only under the locks of its levels. */
export type DocumentOf<Kind extends DocumentKind> = Head & Bodies[Kind] & { readonly kind: Kind }

export type DocumentRecord = { [Kind in DocumentKind]: DocumentOf<Kind> }[DocumentKind]

/** The next version of a document. */
export function changed<Kind extends DocumentKind>(
  document: DocumentOf<Kind>,
  to: Pick<DocumentOf<Kind>, 'state' | 'body'>,
): DocumentOf<Kind> {
  return { ...document, ...to, version: document.version + 1 } as DocumentRecord as DocumentOf<Kind>
}

/** A document as its own schema of the protocol, without its position. Times of its body are milliseconds inside and instants outside. */
export function documentAnswer(document: DocumentRecord): object {
  const { id, kind, state, reference, createdAtUs, body } = document
  const { expectedAtMs, ...shown } = (kind === 'openBottle' ? bottleShown(document.body) : body) as {
    expectedAtMs?: number
  }
  return {
    id,
    state,
    ...(reference === undefined ? {} : { [kind === 'order' ? 'externalRef' : 'reference']: reference }),
    createdAt: instant(createdAtUs),
    ...(expectedAtMs === undefined ? {} : { expectedAt: instant(expectedAtMs * 1_000) }),
    ...shown,
  }
}
