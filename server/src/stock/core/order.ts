import type { ConditionLine, FulfilLine, Price, QuantityLine } from './command.ts'
import type { LevelPart } from './fulfil.ts'

/** Where an order stands: derived, never set. See `stateOf`. */
export type OrderState =
  | 'placed'
  | 'paid'
  | 'picking'
  | 'ready'
  | 'shipped'
  | 'collected'
  | 'delivered'
  | 'cancelled'
  | 'returned'

/** What may be asked of an order. */
export type OrderAct = 'pay' | 'pick' | 'ready' | 'ship' | 'deliver' | 'collect' | 'cancel' | 'return'

/** A country (ISO 3166-1) and, where the law differs by it, a subdivision in full (ISO 3166-2). */
export interface Place {
  readonly country: string
  readonly subdivision?: string
}

/** What is known of a buyer's age. */
export interface Buyer {
  /** `YYYY-MM-DD` */
  readonly bornOn?: string
  /** who or what has looked: a service, a member of staff */
  readonly ageVerifiedBy?: string
}

/** What was agreed when the order was placed. Kept as it was given. */
export interface OrderTerms {
  readonly fulfilment: 'ship' | 'collect'
  /** the caller's own name for who it is for */
  readonly customer?: string
  readonly destination?: Place & { readonly postcode?: string }
  readonly buyer?: Buyer
  readonly gift?: { readonly message?: string; readonly hidePrices?: boolean }
  /** Beside the bottles: VAT, duty, shipping. */
  readonly charges?: readonly {
    readonly kind: string
    readonly label?: string
    readonly amountMinor: number
    readonly currency: string
  }[]
  readonly note?: string
}

/** A line of the commitment behind it. `shipped` and `collected` together are what the commitment has shipped. */
export interface OrderLine {
  readonly sku: string
  readonly location: string
  readonly channel: string
  readonly quantity: number
  readonly shipped: number
  readonly collected: number
  readonly cancelled: number
  readonly returned: number
  readonly price: Price
  /** what was asked for, where the line is a component of it */
  readonly bundle?: QuantityLine
}

/** Bottles taken from the shelf. */
export type PickLine = FulfilLine

/** Bottles of a lot that were handed over, and those of them that came back. */
export interface OrderLot {
  readonly sku: string
  readonly location: string
  readonly lot: string
  readonly quantity: number
  readonly returned: number
}

export interface ReturnLine extends ConditionLine {
  /** the lot that came back */
  readonly lot?: string
  /** where it was sold from */
  readonly location?: string
}

/** How a shipment can be followed. */
export interface Tracking {
  readonly carrier?: string
  readonly trackingNumber?: string
  readonly trackingUrl?: string
}

export interface Shipment extends Tracking {
  /** from one, in their order */
  readonly number: number
  readonly lines: readonly LevelPart[]
  readonly shippedAt: string
  readonly deliveredAt?: string
}

export interface OrderReturn {
  /** Where the bottles came to. */
  readonly lines: readonly LevelPart[]
  readonly to: 'quarantined' | 'available'
  readonly reason?: string
  readonly returnedAt: string
}

/** An order as it is kept. Instants are texts, as they are answered. */
export interface OrderBody extends OrderTerms {
  readonly lines: readonly OrderLine[]
  readonly paid?: { readonly at: string; readonly reference?: string }
  readonly picks: readonly PickLine[]
  /** Undefined also where it was, and somebody has picked again. */
  readonly readyAt?: string | undefined
  /** Lots of what was handed over, where it was of any. */
  readonly lots: readonly OrderLot[]
  readonly shipments: readonly Shipment[]
  readonly returns: readonly OrderReturn[]
}

/** What is asked of orders. A return is a fact in time, though bounded by what was handed over. */
export type OrderCommand =
  | { readonly kind: 'order'; readonly holdId: string; readonly reference?: string; readonly terms: OrderTerms }
  | { readonly kind: 'payOrder'; readonly documentId: string; readonly reference?: string }
  /** Without lines: all that is not picked. */
  | { readonly kind: 'pickOrder'; readonly documentId: string; readonly lines?: readonly PickLine[] }
  | { readonly kind: 'readyOrder'; readonly documentId: string }
  /** Without lines, here and below: all that is outstanding. */
  | {
      readonly kind: 'shipOrder'
      readonly documentId: string
      readonly lines?: readonly FulfilLine[]
      readonly tracking: Tracking
    }
  /** Without a number: the only one that is on its way. */
  | { readonly kind: 'deliverOrder'; readonly documentId: string; readonly shipment?: number }
  | {
      readonly kind: 'collectOrder'
      readonly documentId: string
      readonly lines?: readonly FulfilLine[]
      /** where it is handed over, and what was seen of the buyer there */
      readonly place?: Place
      readonly buyer?: Buyer
    }
  | {
      readonly kind: 'cancelOrder'
      readonly documentId: string
      readonly lines?: readonly FulfilLine[]
      readonly reason?: string
    }
  /** Without lines: all that was handed over and did not come back yet. */
  | {
      readonly kind: 'returnOrder'
      readonly documentId: string
      readonly lines?: readonly ReturnLine[]
      /** absent: each line where it was sold from */
      readonly location?: string
      /** absent: to quarantine, where somebody looks at it first */
      readonly to?: 'available'
      readonly reason?: string
      readonly occurredAtMs?: number
    }

/** Bottles of a line that are neither handed over nor cancelled. */
function outstandingOf(line: OrderLine): number {
  return line.quantity - line.shipped - line.collected - line.cancelled
}

/**
 * The state of an order. As long as a bottle is outstanding it says how far the preparation of the rest has come, and what left before is in the
 * lines. After that, what happened to the bottles decides: none handed over, all of them back, some shipment on its way.
 */
export function stateOf(body: Pick<OrderBody, 'lines' | 'paid' | 'picks' | 'readyAt' | 'shipments'>): OrderState {
  const { lines, shipments } = body
  if (lines.some((line) => outstandingOf(line) > 0)) {
    if (body.readyAt !== undefined) return 'ready'
    if (body.picks.length > 0) return 'picking'
    return body.paid === undefined ? 'placed' : 'paid'
  }
  if (lines.every((line) => line.shipped + line.collected === 0)) return 'cancelled'
  if (lines.every((line) => line.returned === line.shipped + line.collected)) return 'returned'
  if (shipments.some((shipment) => shipment.deliveredAt === undefined)) return 'shipped'
  return shipments.length > 0 ? 'delivered' : 'collected'
}

const none: readonly never[] = []
/** How an order may stand once nothing of it is outstanding, where that ends with bottles handed over. */
const handedOver = ['shipped', 'collected', 'delivered'] as const

/** What may be asked in each state, and in which state the order may be after it. Nothing: it is refused there. */
export const transitions: Readonly<Record<OrderState, Readonly<Record<OrderAct, readonly OrderState[]>>>> = {
  placed: {
    pay: ['paid'],
    pick: ['picking'],
    ready: ['ready'],
    ship: ['placed', 'shipped'],
    deliver: ['placed'],
    collect: ['placed', ...handedOver],
    cancel: ['placed', 'cancelled', 'returned', ...handedOver],
    return: ['placed'],
  },
  paid: {
    pay: none,
    pick: ['picking'],
    ready: ['ready'],
    ship: ['paid', 'shipped'],
    deliver: ['paid'],
    collect: ['paid', ...handedOver],
    cancel: ['paid', 'cancelled', 'returned', ...handedOver],
    return: ['paid'],
  },
  picking: {
    pay: ['picking'],
    pick: ['picking'],
    ready: ['ready'],
    ship: ['picking', 'shipped'],
    deliver: ['picking'],
    collect: ['picking', ...handedOver],
    cancel: ['picking', 'cancelled', 'returned', ...handedOver],
    return: ['picking'],
  },
  ready: {
    pay: ['ready'],
    pick: ['picking'],
    ready: none,
    ship: ['ready', 'shipped'],
    deliver: ['ready'],
    collect: ['ready', ...handedOver],
    cancel: ['ready', 'cancelled', 'returned', ...handedOver],
    return: ['ready'],
  },
  shipped: {
    pay: ['shipped'],
    pick: none,
    ready: none,
    ship: none,
    deliver: ['shipped', 'delivered'],
    collect: none,
    cancel: none,
    return: ['shipped', 'returned'],
  },
  collected: {
    pay: ['collected'],
    pick: none,
    ready: none,
    ship: none,
    deliver: none,
    collect: none,
    cancel: none,
    return: ['collected', 'returned'],
  },
  delivered: {
    pay: ['delivered'],
    pick: none,
    ready: none,
    ship: none,
    deliver: none,
    collect: none,
    cancel: none,
    return: ['delivered', 'returned'],
  },
  cancelled: {
    pay: none,
    pick: none,
    ready: none,
    ship: none,
    deliver: none,
    collect: none,
    cancel: none,
    return: none,
  },
  returned: {
    pay: none,
    pick: none,
    ready: none,
    ship: none,
    deliver: none,
    collect: none,
    cancel: none,
    return: none,
  },
}

/** What may be asked of an order in this state. */
export function possibleActs(state: OrderState): OrderAct[] {
  return (Object.keys(transitions[state]) as OrderAct[]).filter((act) => transitions[state][act].length > 0)
}
