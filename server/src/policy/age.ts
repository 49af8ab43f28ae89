import { must } from '../platform/must.ts'
import { birthday, type PlainDate } from './dates.ts'
import {
  complaintAboutQuery,
  placesMeant,
  recordThatCounts,
  unknown,
  type PlaceQuery,
  type Policy,
  type Unknown,
} from './lookup.ts'
import { coversStrength, isInForce, type AgeRecord } from './record.ts'

/** Where, when, and how strong. */
export interface AgeQuery extends PlaceQuery {
  /** percent by volume, 0 to 100. Absent: any strength may be meant, and the strictest answer is given */
  readonly abvPercent?: number
}

/** How old a buyer has to be. */
export type LeastAge =
  | { readonly kind: 'age'; readonly years: number; readonly source: string }
  | { readonly kind: 'prohibited'; readonly source: string }
  | Unknown

/** Whether a buyer is old enough. Only `old_enough` may have the wine. */
export type BuyerAnswer =
  | { readonly kind: 'old_enough'; readonly years: number; readonly source: string }
  | { readonly kind: 'too_young'; readonly years: number; readonly ofAgeOn: PlainDate; readonly source: string }
  | Exclude<LeastAge, { kind: 'age' }>

/** How old one has to be to buy wine there on that day. `unknown` is no permission: whoever asks has to refuse, with its reason. */
export function minimumAge(policy: Policy, query: AgeQuery): LeastAge {
  const complaint = complaintAboutQuery(policy, query)
  if (complaint) return complaint
  const meant = placesMeant(policy.ages, query)
  const records = meant.flatMap((places) => strictest(policy, places, query) ?? [])
  const prohibited = records.filter((record) => record.years === 'prohibited')
  const depends = prohibited.length > 0 && prohibited.length < meant.length
  const record = prohibited[0] ?? oldest(records)
  if (records.length < meant.length || depends || record === undefined) {
    return unknown(policy, query, 'how old one has to be to buy wine', meant.length)
  }
  const { years, source } = record
  return years === 'prohibited' ? { kind: 'prohibited', source } : { kind: 'age', years, source }
}

/**
 * Whether who was born on `bornOn` may buy wine there on that day, and if not, why. One is of age from the beginning of one's birthday.
 * `ofAgeOn` is by the law of that day.
 */
export function checkBuyer(policy: Policy, query: AgeQuery & { readonly bornOn: PlainDate }): BuyerAnswer {
  const least = minimumAge(policy, query)
  if (least.kind !== 'age') return least
  const { years, source } = least
  const ofAgeOn = birthday(query.bornOn, years)
  return ofAgeOn <= query.onDate ? { kind: 'old_enough', years, source } : { kind: 'too_young', years, ofAgeOn, source }
}

/** Whether who was born on `bornOn` may buy wine there on that day: false also where it is prohibited or unknown. */
export function isOldEnough(policy: Policy, query: AgeQuery & { readonly bornOn: PlainDate }): boolean {
  return checkBuyer(policy, query).kind === 'old_enough'
}

/** The strictest record over all strengths that may be meant; none if a strength has none. */
function strictest(policy: Policy, places: readonly string[], query: AgeQuery): AgeRecord | undefined {
  const strengths = strengthsMeant(policy, places, query)
  const records = strengths.flatMap(
    (abvPercent) =>
      recordThatCounts(
        policy.ages,
        places,
        (record) => isInForce(record, query.onDate) && coversStrength(record, abvPercent),
      ) ?? [],
  )
  if (records.length < strengths.length) return undefined
  return records.find((record) => record.years === 'prohibited') ?? oldest(records)
}

/** The strength that is asked about; or one of each band that a record there begins or ends, which stands for all. */
function strengthsMeant({ ages }: Policy, places: readonly string[], { abvPercent, onDate }: AgeQuery): number[] {
  if (abvPercent !== undefined) {
    must(abvPercent >= 0 && abvPercent <= 100, 'a strength is from 0 to 100 percent')
    return [abvPercent]
  }
  const records = places.flatMap((place) => ages.get(place) ?? []).filter((record) => isInForce(record, onDate))
  const bounds = records.flatMap(({ abvFrom = 0, abvBelow = 100 }) => [abvFrom, abvBelow])
  return [...new Set([0, ...bounds])].filter((bound) => bound < 100)
}

const yearsOf = ({ years }: AgeRecord): number => (years === 'prohibited' ? Infinity : years)

function oldest(records: readonly AgeRecord[]): AgeRecord | undefined {
  return records.toSorted((a, b) => yearsOf(b) - yearsOf(a))[0]
}
