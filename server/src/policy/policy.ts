import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { settings, type Config } from '../platform/config.ts'
import { messageOf, SetupError } from '../platform/setup-error.ts'
import type { Policy } from './lookup.ts'
import { readPlaces, type Places, type PlacesFile } from './places.ts'
import { readLine } from './read-line.ts'
import type { PolicyRecord } from './record.ts'

export { checkBuyer, isOldEnough, minimumAge, type AgeQuery, type BuyerAnswer, type LeastAge } from './age.ts'
export { isPlainDate, type PlainDate } from './dates.ts'
export { mayShipTo, type Destination, type DestinationQuery } from './destination.ts'
export type { Policy } from './lookup.ts'
export type { Seller } from './record.ts'

/** The same place from `src` and from `dist`. */
const folder = fileURLToPath(new URL('../../policy/', import.meta.url))
const deliveredFiles = ['age.jsonl', 'destinations.jsonl'].map((name) => `${folder}${name}`)

/** Every country with all its subdivisions, several times over; beyond this it is another kind of file. */
const mostLines = 50_000
/** As many mistakes as one corrects before one looks again. */
const mostComplaints = 20

/** The files of one's own that a configuration names. */
export const ownPolicyFiles = ({ policyFile }: Pick<Config, 'policyFile'>): string[] =>
  policyFile === undefined ? [] : [policyFile]

/**
 * Reads the records that come along, then those of the files of `paths`, in order: what is read later goes before what was read earlier, for the same place.
 *
 * @throws SetupError with every line that is wrong, and what is wrong with it
 */
export async function loadPolicy(paths: readonly string[] = []): Promise<Policy> {
  const places = readPlaces(JSON.parse(await readFile(`${folder}places.json`, 'utf8')) as PlacesFile)
  const records: PolicyRecord[] = []
  for (const path of [...deliveredFiles, ...paths]) records.push(...readRecords(path, await readText(path), places))
  return createPolicy(records, { places, remedy: remedyFor(paths.at(-1)) })
}

/** A policy of these records, the later before the earlier. */
export function createPolicy(
  records: readonly PolicyRecord[],
  { places, remedy }: { readonly places: Places; readonly remedy: string },
): Policy {
  return Object.freeze({
    places,
    remedy,
    ages: byPlace(records.filter((record) => record.rule === 'age')),
    destinations: byPlace(records.filter((record) => record.rule === 'destination')),
  })
}

/** The records of a policy file's text. Throws SetupError with every line that is wrong. */
export function readRecords(path: string, text: string, places: Places): PolicyRecord[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  if (lines.length > mostLines) {
    throw new SetupError(`The policy file ${path} has ${lines.length} lines, and may have ${mostLines}.`)
  }
  const records: PolicyRecord[] = []
  const complaints: string[] = []
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue
    const read = readLine(line, places)
    if (read.complaints) complaints.push(...read.complaints.map((what) => `line ${index + 1}: ${what}.`))
    else records.push(read.record)
  }
  if (complaints.length > 0) throw new SetupError(complain(path, complaints))
  return records
}

function complain(path: string, complaints: readonly string[]): string {
  const shown = complaints.slice(0, mostComplaints)
  const rest = complaints.length - shown.length
  const more = rest > 0 ? `\n  and ${rest} more.` : ''
  return `The policy file ${path} cannot be used; docs/policies.md says what a line looks like.\n  ${shown.join('\n  ')}${more}`
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new SetupError(
      `The policy file ${path} cannot be read: ${messageOf(error)}. Correct ${settings.policyFile.env}, or unset it.`,
    )
  }
}

function remedyFor(path: string | undefined): string {
  const file = path ?? `a file of your own, and name it with ${settings.policyFile.env}`
  return `If you know the law there, add a record to ${file}; docs/policies.md says how.`
}

function byPlace<T extends PolicyRecord>(records: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>()
  for (const record of records) {
    const there = found.get(record.place)
    if (there) there.push(record)
    else found.set(record.place, [record])
  }
  return found
}
