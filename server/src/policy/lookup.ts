import { must } from '../platform/must.ts'
import { isPlainDate, type PlainDate } from './dates.ts'
import { complaintAboutPlace, countryOf, type Places } from './places.ts'
import type { AgeRecord, DestinationRecord, PolicyRecord } from './record.ts'

/** All records, by place, in the order in which they were read: where several hold, the last one counts. It never changes. */
export interface Policy {
  readonly places: Places
  readonly ages: ReadonlyMap<string, readonly AgeRecord[]>
  readonly destinations: ReadonlyMap<string, readonly DestinationRecord[]>
  /** what to do where a record is missing, as a sentence */
  readonly remedy: string
}

/** Where and when. The day is that of the place where the wine is handed over. */
export interface PlaceQuery {
  /** ISO 3166-1: `DE` */
  readonly country: string
  /** ISO 3166-2, in full: `CA-QC`. Absent: any of the country may be meant, and the strictest answer is given, or none */
  readonly subdivision?: string
  readonly onDate: PlainDate
}

/** Nothing is on record. Whoever asked has to refuse; the reason is a sentence or two that say what to do. */
export interface Unknown {
  readonly kind: 'unknown'
  readonly reason: string
}

type ByPlace<T> = ReadonlyMap<string, readonly T[]>

/** Says what is wrong with the place of a question; nothing where it is one. */
export function complaintAboutQuery({ places }: Policy, query: PlaceQuery): Unknown | undefined {
  must(isPlainDate(query.onDate), 'a policy is asked about a day that exists')
  const { country, subdivision } = query
  const isWithin = subdivision === undefined || (countryOf(subdivision) === country && subdivision !== country)
  const complaint = isWithin
    ? (complaintAboutPlace(places, country) ?? complaintAboutPlace(places, subdivision ?? country))
    : `${subdivision} is no subdivision of ${country}`
  if (complaint === undefined && country.length === 2) return undefined
  return { kind: 'unknown', reason: sentence(complaint ?? `"${country}" is no country such as DE`) }
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

/**
 * The places that may be meant, each as the places to look at in turn: a subdivision, then its country. Where no subdivision is named those are the country and all its
 * subdivisions that have records of their own.
 */
export function placesMeant<T extends PolicyRecord>(
  records: ByPlace<T>,
  { country, subdivision }: PlaceQuery,
): readonly (readonly string[])[] {
  if (subdivision !== undefined) return [[subdivision, country]]
  const parts = [...records.keys()].filter((place) => place !== country && countryOf(place) === country)
  return [[country], ...parts.map((part) => [part, country])]
}

/** The record that counts: of the first place that has one that fits, the last. */
export function recordThatCounts<T extends PolicyRecord>(
  records: ByPlace<T>,
  places: readonly string[],
  fits: (record: T) => boolean,
): T | undefined {
  return places.map((place) => records.get(place)?.findLast(fits)).find((record) => record !== undefined)
}

/** That nothing is on record, or that it depends on where in the country, and what to do. */
export function unknown(policy: Policy, query: PlaceQuery, what: string, placesMeant: number): Unknown {
  const { country, subdivision = country, onDate } = query
  const reason =
    placesMeant > 1
      ? `In ${country} ${what} depends on the subdivision: say which one it is (ISO 3166-2).`
      : `It is not on record for ${subdivision} on ${onDate} ${what}. ${policy.remedy}`
  return { kind: 'unknown', reason }
}
