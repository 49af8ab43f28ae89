import { isPlainDate } from './dates.ts'
import { complaintAboutPlace, type Places } from './places.ts'
import type { PolicyRecord } from './record.ts'

const commonWords = ['rule', 'place', 'from', 'until', 'source', 'confidence', 'note']
const words = {
  age: [...commonWords, 'years', 'prohibited', 'abvFrom', 'abvBelow'],
  destination: [...commonWords, 'ship', 'appliesTo', 'reason'],
} as const

/** The oldest age that any law asks for is 25; beyond this it is a slip of the pen. */
const mostYears = 99
/** Longer than the name of any law; a record is a line that one can read. */
const mostTextChars = 500

type Json = Readonly<Record<string, unknown>>

/** A line of a policy file: its record, or what is wrong with it, each a sentence without its full stop. */
export type ReadLine =
  | { readonly record: PolicyRecord; readonly complaints?: undefined }
  | { readonly complaints: readonly string[] }

/** Reads one line: one JSON object, as docs/policies.md describes. */
export function readLine(text: string, places: Places): ReadLine {
  const json = parse(text)
  if (json === undefined) return { complaints: ['it is not a JSON object; each record has a line of its own'] }
  if (json.rule !== 'age' && json.rule !== 'destination') {
    return { complaints: ['"rule" has to be "age" or "destination"'] }
  }
  const complaints = [
    ...unknownWords(json, words[json.rule]),
    ...commonComplaints(json, places),
    ...(json.rule === 'age' ? ageComplaints(json) : destinationComplaints(json)),
  ]
  if (complaints.length > 0) return { complaints }
  return { record: Object.freeze(json.rule === 'age' ? ageRecord(json) : destinationRecord(json)) }
}

function parse(text: string): Json | undefined {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Json) : undefined
  } catch {
    return undefined
  }
}

/** Every word was looked at by the time these are called. */
function ageRecord({ prohibited, ...json }: Json): PolicyRecord {
  return (prohibited === true ? { ...json, years: 'prohibited' } : json) as unknown as PolicyRecord
}

const destinationRecord = (json: Json): PolicyRecord => ({ appliesTo: 'all', ...json }) as unknown as PolicyRecord

function unknownWords(json: Json, known: readonly string[]): string[] {
  const unknown = Object.keys(json).filter((key) => !known.includes(key))
  return unknown.map((key) => `"${key}" is not known; what may stand there is ${known.join(', ')}`)
}

function commonComplaints(json: Json, places: Places): string[] {
  const { place, from, until, source, confidence, note } = json
  const aboutPlace =
    typeof place === 'string' ? complaintAboutPlace(places, place) : '"place" has to be a country or a subdivision'
  const isBackwards = isDay(from) && isDay(until) && until <= from
  return [
    ...(aboutPlace === undefined ? [] : [aboutPlace]),
    ...unless(isDay(from), '"from" has to be a day such as 2026-03-01'),
    ...unless(until === undefined || isDay(until), '"until" has to be a day such as 2026-03-01'),
    ...unless(!isBackwards, '"until" is the first day on which it no longer holds, and has to be after "from"'),
    ...unless(isText(source), '"source" has to name the law'),
    ...unless(
      confidence === undefined || ['high', 'medium', 'low'].includes(confidence as string),
      '"confidence" has to be "high", "medium" or "low"',
    ),
    ...unless(note === undefined || isText(note), `"note" has to be a text of up to ${mostTextChars} letters`),
  ]
}

function ageComplaints({ years, prohibited, abvFrom, abvBelow }: Json): string[] {
  const isAge = Number.isInteger(years) && (years as number) >= 1 && (years as number) <= mostYears
  const isProhibited = years === undefined && prohibited === true
  const isBackwards = isStrength(abvFrom) && isStrength(abvBelow) && abvBelow <= abvFrom
  return [
    ...unless(
      isProhibited || (isAge && prohibited === undefined),
      `it has to have either "years", a whole number from 1 to ${mostYears}, or "prohibited": true`,
    ),
    ...unless(abvFrom === undefined || isStrength(abvFrom), '"abvFrom" has to be a percentage from 0 to 100'),
    ...unless(abvBelow === undefined || isStrength(abvBelow), '"abvBelow" has to be a percentage from 0 to 100'),
    ...unless(!isBackwards, '"abvBelow" has to be more than "abvFrom"'),
  ]
}

function destinationComplaints({ ship, appliesTo, reason }: Json): string[] {
  return [
    ...unless(ship === 'allowed' || ship === 'blocked', '"ship" has to be "allowed" or "blocked"'),
    ...unless(
      appliesTo === undefined || ['all', 'retailer', 'producer'].includes(appliesTo as string),
      '"appliesTo" has to be "all", "retailer" or "producer"',
    ),
    ...unless(ship !== 'blocked' || isText(reason), '"reason" has to tell the customer why, in a sentence'),
    ...unless(ship !== 'allowed' || reason === undefined, '"reason" belongs to what is blocked; write a "note"'),
  ]
}

const unless = (isFine: boolean, complaint: string): string[] => (isFine ? [] : [complaint])
const isDay = (json: unknown): json is string => typeof json === 'string' && isPlainDate(json)
const isText = (json: unknown): boolean =>
  typeof json === 'string' && json.trim() !== '' && json.length <= mostTextChars
const isStrength = (json: unknown): json is number => typeof json === 'number' && json >= 0 && json <= 100
