import { status } from '@grpc/grpc-js'
import type { ProblemSlug } from '@cellarhand/protocol/problem'

const { ABORTED, ALREADY_EXISTS, DEADLINE_EXCEEDED, FAILED_PRECONDITION, INTERNAL, INVALID_ARGUMENT } = status
const { NOT_FOUND, OUT_OF_RANGE, PERMISSION_DENIED, RESOURCE_EXHAUSTED, UNAUTHENTICATED, UNAVAILABLE, UNIMPLEMENTED } =
  status

/**
 * The code of each problem. What a request says by itself is INVALID_ARGUMENT; what the books, the settings or the law have against it is FAILED_PRECONDITION: asking again is of
 * no use before something else has changed. Only UNAVAILABLE is to be asked again as it is.
 */
const codes: Readonly<Record<ProblemSlug, status>> = {
  'invalid-request': INVALID_ARGUMENT,
  unprocessable: INVALID_ARGUMENT,
  'operation-too-complex': INVALID_ARGUMENT,
  'operation-not-registered': NOT_FOUND,
  'idempotency-key-required': INVALID_ARGUMENT,
  unauthenticated: UNAUTHENTICATED,
  forbidden: PERMISSION_DENIED,
  'wrong-password': PERMISSION_DENIED,
  'email-taken': ALREADY_EXISTS,
  'customer-active': FAILED_PRECONDITION,
  'invalid-setting': INVALID_ARGUMENT,
  'not-found': NOT_FOUND,
  'method-not-allowed': UNIMPLEMENTED,
  'request-timeout': DEADLINE_EXCEEDED,
  'insufficient-stock': FAILED_PRECONDITION,
  'insufficient-allotment': FAILED_PRECONDITION,
  'not-quarantined': FAILED_PRECONDITION,
  'not-for-sale': FAILED_PRECONDITION,
  'lot-not-offered': FAILED_PRECONDITION,
  'price-changed': FAILED_PRECONDITION,
  'hold-ended': FAILED_PRECONDITION,
  'hold-life-exceeded': FAILED_PRECONDITION,
  'nothing-outstanding': FAILED_PRECONDITION,
  'belongs-to-order': FAILED_PRECONDITION,
  'reference-taken': ALREADY_EXISTS,
  'order-state': FAILED_PRECONDITION,
  'order-full': FAILED_PRECONDITION,
  'nothing-to-return': FAILED_PRECONDITION,
  'too-young': FAILED_PRECONDITION,
  'age-unknown': FAILED_PRECONDITION,
  'sale-prohibited': FAILED_PRECONDITION,
  'destination-blocked': FAILED_PRECONDITION,
  'policy-unknown': FAILED_PRECONDITION,
  'below-zero': FAILED_PRECONDITION,
  // Read again, and then ask again.
  'version-stale': ABORTED,
  'misdirected-request': FAILED_PRECONDITION,
  'body-too-large': RESOURCE_EXHAUSTED,
  'unsupported-media-type': INVALID_ARGUMENT,
  'unknown-sku': FAILED_PRECONDITION,
  'unknown-location': FAILED_PRECONDITION,
  'invalid-transfer': FAILED_PRECONDITION,
  'duty-differs': FAILED_PRECONDITION,
  'owner-differs': FAILED_PRECONDITION,
  'is-a-bundle': FAILED_PRECONDITION,
  'invalid-recipe': FAILED_PRECONDITION,
  'invalid-lot-offer': FAILED_PRECONDITION,
  'repack-unbalanced': FAILED_PRECONDITION,
  'original-not-rebuilt': FAILED_PRECONDITION,
  'not-in-transfer': FAILED_PRECONDITION,
  'not-in-order': FAILED_PRECONDITION,
  'promised-already': FAILED_PRECONDITION,
  'currency-required': INVALID_ARGUMENT,
  'reason-required': INVALID_ARGUMENT,
  'not-in-bin': FAILED_PRECONDITION,
  'not-in-lot': FAILED_PRECONDITION,
  'not-a-bottle': FAILED_PRECONDITION,
  'bottle-finished': FAILED_PRECONDITION,
  'serving-unknown': FAILED_PRECONDITION,
  'unknown-channel': FAILED_PRECONDITION,
  'location-not-in-channel': FAILED_PRECONDITION,
  'currency-mismatch': FAILED_PRECONDITION,
  'unknown-time-zone': INVALID_ARGUMENT,
  'not-yet': OUT_OF_RANGE,
  'position-unknown': OUT_OF_RANGE,
  'quantity-overflow': OUT_OF_RANGE,
  // The key stands for something else.
  'idempotency-key-reused': ALREADY_EXISTS,
  'proof-required': PERMISSION_DENIED,
  'too-many-holds': RESOURCE_EXHAUSTED,
  'too-many-requests': RESOURCE_EXHAUSTED,
  internal: INTERNAL,
  unavailable: UNAVAILABLE,
  'position-not-reached': DEADLINE_EXCEEDED,
}

/** The code that a problem is answered with. */
export const codeOf = (slug: ProblemSlug): status => codes[slug]
