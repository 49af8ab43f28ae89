/**
 * RFC 9457 problems. `type` is `https://cellarhand.dev/problems/<slug>` as a stable name (it need not resolve); the slug and its status are
 * declared here once, the documentation page lists them from this table.
 */
export const problems = {
  'invalid-request': { status: 400, title: 'The request does not fit its schema' },
  'idempotency-key-required': { status: 400, title: 'A write needs an Idempotency-Key header' },
  unauthenticated: { status: 401, title: 'It is not known who asks' },
  forbidden: { status: 403, title: 'Whoever asks may not do this' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, title: 'This resource does not know that method' },
  'operation-too-complex': { status: 400, title: 'The operation asks for more than is answered at once' },
  'operation-not-registered': { status: 404, title: 'The operation is not registered' },
  'request-timeout': { status: 408, title: 'The request came too slowly' },
  'insufficient-stock': { status: 409, title: 'There are fewer bottles than asked for' },
  'insufficient-allotment': { status: 409, title: 'There are fewer bottles left in the allotment than asked for' },
  'not-quarantined': { status: 409, title: 'Fewer bottles are in quarantine than that' },
  'not-for-sale': { status: 409, title: 'This SKU has no price in this channel' },
  'lot-not-offered': { status: 409, title: 'This lot is not sold by itself' },
  'price-changed': { status: 409, title: 'The price is not the expected one' },
  'hold-ended': { status: 409, title: 'The hold has ended' },
  'hold-life-exceeded': { status: 409, title: 'A hold cannot be extended beyond its longest life' },
  'nothing-outstanding': { status: 409, title: 'The commitment has not that many bottles outstanding' },
  'belongs-to-order': { status: 409, title: 'The commitment is an order' },
  'reference-taken': { status: 409, title: 'An order has this reference already' },
  'order-state': { status: 409, title: 'The order is not in a state for that' },
  'order-full': { status: 409, title: 'The order has as many of these as it may have' },
  'nothing-to-return': { status: 409, title: 'Fewer bottles were handed over than that' },
  'too-young': { status: 403, title: 'The buyer is too young' },
  'age-unknown': { status: 403, title: 'Nobody said how old the buyer is' },
  'sale-prohibited': { status: 403, title: 'Wine may not be sold there' },
  'destination-blocked': { status: 403, title: 'Wine may not be shipped there' },
  'policy-unknown': { status: 403, title: 'It is not on record what the law says there' },
  'below-zero': { status: 409, title: 'The adjustment takes more than is available' },
  'version-stale': { status: 412, title: 'The level has changed since it was read' },
  'body-too-large': { status: 413, title: 'The body is larger than is accepted' },
  'unsupported-media-type': { status: 415, title: 'Send application/json' },
  'misdirected-request': { status: 421, title: 'The server is not reached by that name' },
  unprocessable: { status: 422, title: 'The request fits its schema and cannot be meant so' },
  'unknown-sku': { status: 422, title: 'No such SKU' },
  'unknown-location': { status: 422, title: 'No such location' },
  'invalid-transfer': { status: 422, title: 'These bottles cannot be transferred so' },
  'duty-differs': { status: 409, title: 'The locations differ in duty status' },
  'owner-differs': { status: 409, title: 'The locations have different owners' },
  'is-a-bundle': { status: 422, title: 'A bundle stands nowhere: its components do' },
  'invalid-recipe': { status: 422, title: 'This SKU cannot be made of these' },
  'invalid-lot-offer': { status: 422, title: 'These bottles cannot be sold as that SKU' },
  'repack-unbalanced': { status: 422, title: 'Other bottles would come out of the repack than go in' },
  'original-not-rebuilt': { status: 422, title: 'An original case, once broken, is not rebuilt' },
  'not-in-transfer': { status: 422, title: 'The SKU is not of this transfer' },
  'not-in-order': { status: 422, title: 'The SKU is not of this purchase order' },
  'promised-already': { status: 409, title: 'Expected bottles are promised already' },
  'currency-required': { status: 422, title: 'An amount needs its currency' },
  'reason-required': { status: 422, title: 'This needs a reason' },
  'not-in-bin': { status: 409, title: 'Fewer bottles lie there than that' },
  'not-in-lot': { status: 409, title: 'The lot has fewer bottles there than that' },
  'not-a-bottle': { status: 422, title: 'Only a single bottle can be opened' },
  'bottle-finished': { status: 409, title: 'Nothing is left in the bottle' },
  'serving-unknown': { status: 422, title: 'How much was poured is not known' },
  'unknown-channel': { status: 422, title: 'No such channel' },
  'location-not-in-channel': { status: 422, title: 'The channel does not sell from that location' },
  'currency-mismatch': { status: 422, title: "The price is not in the channel's currency" },
  'unknown-time-zone': { status: 422, title: 'No such time zone' },
  'not-yet': { status: 422, title: 'That moment has not come yet' },
  'position-unknown': { status: 422, title: 'The position is not in the log' },
  'quantity-overflow': { status: 422, title: 'A quantity would pass its bound' },
  'idempotency-key-reused': { status: 422, title: 'The key was used with another body' },
  'email-taken': { status: 409, title: 'Somebody has an account under this address' },
  'customer-active': { status: 409, title: 'Something of the customer is under way' },
  'wrong-password': { status: 403, title: 'That is not the password' },
  'invalid-setting': { status: 409, title: 'The setting cannot be changed so' },
  'proof-required': { status: 403, title: 'Whoever asks has to show who they are first' },
  'too-many-holds': { status: 409, title: 'More is held than one may hold at once' },
  'too-many-requests': { status: 429, title: 'Too many at once' },
  internal: { status: 500, title: 'Something is broken on our side' },
  unavailable: { status: 503, title: 'Not now: try again with the same key' },
  'position-not-reached': { status: 504, title: 'The position was not reached in time' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemSlug = keyof typeof problems

/** Stable prefix of every problem's `type`. */
export const PROBLEM_BASE = 'https://cellarhand.dev/problems/'

/** A problem document as it goes over the wire (application/problem+json). */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly [member: string]: unknown
}
