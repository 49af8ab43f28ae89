/**
 * Which operation of the API a field stands for: who may ask for that in REST may ask for this. Fields that are not here are open to whoever may ask for the field they
 * stand beneath, and say no more than that.
 */
export const operationOf: Readonly<Record<string, string | undefined>> = {
  'Query.wines': 'searchWines',
  'Query.wine': 'getWine',
  'Query.offer': 'getOffer',
  'Query.offers': 'listOffers',
  'Query.hold': 'getHold',
  'Query.order': 'getOrder',
  'Query.orders': 'listOrders',
  'Query.stock': 'listLevels',
  'Query.channels': 'listChannels',
  'Query.locations': 'listLocations',
  'Sku.offer': 'getOffer',
  'Sku.levels': 'listLevels',
  'Offer.item': 'getWine',
  'HoldLine.item': 'getWine',
  'OrderLine.item': 'getWine',
  'Level.item': 'getWine',
  'Mutation.hold': 'holdBottles',
  'Mutation.extendHold': 'extendHold',
  'Mutation.releaseHold': 'releaseHold',
  'Mutation.placeOrder': 'placeOrder',
  'Subscription.offers': 'follow',
}

/** Fields of Query that anybody may ask for. */
export const openFields: readonly string[] = ['Query.me']

/** The operations of the API that so many fields stand for. */
export function operationsOf(fields: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...fields].flatMap((field) => operationOf[field] ?? []))
}
