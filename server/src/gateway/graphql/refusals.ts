import { PROBLEM_BASE, problems, type ProblemSlug } from '@cellarhand/protocol/problem'
import { problemError } from './errors.ts'
import type { Refusal } from '../../stock/stock.ts'

/** A refusal as a member of a union: its type says which, and it has what the problem has beside. */
export interface RefusalSource {
  readonly __typename: string
  readonly type: string
  readonly title: string
  readonly detail: string
  readonly position: string
}

/** What of a mutation's refusals its union foresees, by the names of their types. */
const foreseen = {
  HoldResult: [
    'insufficient-stock',
    'too-many-holds',
    'not-for-sale',
    'price-changed',
    'lot-not-offered',
    'unknown-sku',
    'unknown-channel',
    'unknown-location',
    'location-not-in-channel',
    'quantity-overflow',
    'idempotency-key-reused',
  ],
  ExtendHoldResult: ['not-found', 'hold-ended', 'hold-life-exceeded', 'idempotency-key-reused'],
  ReleaseHoldResult: ['not-found', 'hold-ended', 'idempotency-key-reused'],
  PlaceOrderResult: [
    'not-found',
    'hold-ended',
    'reference-taken',
    'too-young',
    'age-unknown',
    'sale-prohibited',
    'destination-blocked',
    'policy-unknown',
    'idempotency-key-reused',
  ],
} as const satisfies Record<string, readonly ProblemSlug[]>

export type ResultUnion = keyof typeof foreseen

/** The refusals that each union has, for who compares them with the schema. */
export const foreseenRefusals: Readonly<Record<ResultUnion, readonly ProblemSlug[]>> = foreseen

/** The name of a refusal's type: `insufficient-stock` is `InsufficientStock`. */
export const typeOfRefusal = (slug: ProblemSlug): string =>
  slug.replaceAll(/(^|-)([a-z])/g, (_match, _hyphen, letter: string) => letter.toUpperCase())

/** A refusal as a value of its union; thrown as an error where the union does not foresee it. */
export function refusalSource(union: ResultUnion, refusal: Refusal, position: string): RefusalSource {
  const { slug, detail, members = {} } = refusal
  if (!foreseenRefusals[union].includes(slug)) throw problemError(slug, detail, members)
  const { title } = problems[slug]
  return { ...members, __typename: typeOfRefusal(slug), type: `${PROBLEM_BASE}${slug}`, title, detail, position }
}
