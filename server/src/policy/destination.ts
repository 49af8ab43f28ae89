import {
  complaintAboutQuery,
  placesMeant,
  recordThatCounts,
  unknown,
  type PlaceQuery,
  type Policy,
  type Unknown,
} from './lookup.ts'
import { coversSeller, isInForce, type Seller } from './record.ts'

/** Where, when, and who sells. */
export interface DestinationQuery extends PlaceQuery {
  readonly seller: Seller
}

/** Whether wine may be shipped there. */
export type Destination =
  | { readonly kind: 'allowed'; readonly source: string }
  /** the reason is a sentence for the customer */
  | { readonly kind: 'blocked'; readonly reason: string; readonly source: string }
  | Unknown

/** Whether wine may be shipped to a consumer there on that day. `unknown` is no permission: whoever asks has to refuse, with its reason. */
export function mayShipTo(policy: Policy, query: DestinationQuery): Destination {
  const complaint = complaintAboutQuery(policy, query)
  if (complaint) return complaint
  const { onDate, seller } = query
  const meant = placesMeant(policy.destinations, query)
  const records = meant.flatMap(
    (places) =>
      recordThatCounts(
        policy.destinations,
        places,
        (record) => isInForce(record, onDate) && coversSeller(record, seller),
      ) ?? [],
  )
  const [record] = records
  const agree = records.length === meant.length && records.every(({ ship }) => ship === record?.ship)
  if (record === undefined || !agree) {
    return unknown(policy, query, 'whether wine may be shipped there', meant.length)
  }
  const { source } = record
  return record.ship === 'allowed' ? { kind: 'allowed', source } : { kind: 'blocked', reason: record.reason, source }
}
