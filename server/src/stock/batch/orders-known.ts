/** Ids of orders by the caller's reference: what names an order names it for ever. */
export interface OrdersKnown {
  /** The id of the order that somebody names by its reference, or by its id. Undefined: not known here. */
  get(orderRef: string): string | undefined
  /** Whether a reference has been seen to be an order's. */
  has(reference: string): boolean
  set(reference: string, id: string): void
  clear(): void
}

/** As many as one would name in an hour: who names another costs its batch a look-up. */
const ORDERS_MAX = 10_000

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function createOrdersKnown(): OrdersKnown {
  const known = new Map<string, string>()
  return {
    get: (orderRef) => known.get(orderRef) ?? (uuid.test(orderRef) ? orderRef : undefined),
    has: (reference) => known.has(reference),
    set: (reference, id) => {
      if (known.size >= ORDERS_MAX) known.clear()
      known.set(reference, id)
    },
    clear: () => known.clear(),
  }
}
