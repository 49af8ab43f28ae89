import { readFile, readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { codeOf, messageOf, SetupError } from '../platform/setup-error.ts'
import { stepWords, type Step, type Tables } from './steps.ts'
import { encodings, type Encoding } from './text.ts'

/** Where an attribute comes from: a column, the same text for all rows, or a text with {columns} and {vintage} in it. Then what is done to it. */
export interface FieldRule {
  readonly column?: string
  readonly const?: string
  readonly template?: string
  /** a file without the column is fine */
  readonly optional?: boolean
  readonly do?: readonly Step[]
}

/** Columns of prices: one by its name, or all that match `price:*`, where the star is the channel. */
export interface PriceRule {
  readonly column?: string
  readonly columns?: string
  readonly channel?: string
  /** as the file means it; without it, the channel's own */
  readonly currency?: string
  /** without these, as the channel's duty status has it */
  readonly taxIncluded?: boolean
  readonly dutyIncluded?: boolean
}

/** A channel that an import may create for its prices. */
export interface ChannelRule {
  readonly id: string
  readonly name: string
  readonly currency: string
  readonly duty: 'paid' | 'in_bond'
  /** sells from the locations of this channel */
  readonly locationsOf: string
  readonly safetyStock: number
  readonly showMax: number
  readonly lowAt: number
}

/** How a file's columns become a catalogue, or counts of stock. */
export interface Mapping {
  readonly name: string
  readonly kind: 'catalogue' | 'stock'
  readonly encoding: Encoding
  /** absent: found out from the first line */
  readonly delimiter?: string
  readonly decimal: '.' | ','
  readonly fields: Readonly<Record<string, FieldRule>>
  readonly tables: Tables
  readonly prices: readonly PriceRule[]
  readonly channels: readonly ChannelRule[]
}

const catalogueFields = [
  'sku',
  'producer',
  'wine',
  'appellation',
  'region',
  'country',
  'colour',
  'style',
  'grapes',
  'vintage',
  'formatMl',
  'pack',
  'packaging',
  'abv',
  'allergens',
  'elabelUrl',
  'lwin',
  'gtin',
  'supplierCode',
  'drinkFrom',
  'drinkBy',
] as const
export type CatalogueField = (typeof catalogueFields)[number]

const stockFields = ['sku', 'location', 'quantity'] as const
export type StockField = (typeof stockFields)[number]

const neededFields = { catalogue: ['sku', 'wine', 'vintage', 'formatMl'], stock: stockFields }
const mappingWords = [
  'name',
  'about',
  'kind',
  'encoding',
  'delimiter',
  'decimal',
  'fields',
  'tables',
  'prices',
  'channels',
]
const fieldWords = ['column', 'const', 'template', 'optional', 'do']
const priceWords = ['column', 'columns', 'channel', 'currency', 'taxIncluded', 'dutyIncluded']
const channelWords = ['id', 'name', 'currency', 'duty', 'locationsOf', 'safetyStock', 'showMax', 'lowAt']

/** The same place from `src` and from `dist`. */
const directory = fileURLToPath(new URL('../../mappings/', import.meta.url))

/**
 * A mapping by the name of one that comes with the server (`vinmonopolet`), or by the path of a JSON file.
 *
 * @throws SetupError with what is wrong in it, and the words that may stand there
 */
export async function loadMapping(nameOrPath: string): Promise<Mapping> {
  const isName = /^[a-z0-9-]+$/.test(nameOrPath)
  const text = await readFile(isName ? `${directory}${nameOrPath}.json` : nameOrPath, 'utf8').catch(
    async (error: unknown) => {
      if (codeOf(error) !== 'ENOENT')
        throw new SetupError(`The mapping ${nameOrPath} cannot be read: ${messageOf(error)}.`)
      const names = (await readdir(directory)).map((file) => file.replace(/\.json$/, '')).toSorted()
      throw new SetupError(
        `There is no mapping ${nameOrPath}. Those that come along are ${names.join(', ')}; for one of your own give the path of its JSON file.`,
      )
    },
  )
  try {
    return parseMapping(JSON.parse(text))
  } catch (error) {
    if (error instanceof SetupError) throw new SetupError(`The mapping ${nameOrPath}: ${error.message}`)
    throw new SetupError(`The mapping ${nameOrPath} is not JSON: ${messageOf(error)}.`)
  }
}

type Json = Readonly<Record<string, unknown>>

/** Checks a mapping as it was parsed from JSON. Throws SetupError with the first thing that is wrong. */
export function parseMapping(json: unknown): Mapping {
  const root = objectOf(json, 'a mapping')
  refuseUnknown(root, mappingWords, 'a mapping')
  const kind = oneOf(root.kind ?? 'catalogue', ['catalogue', 'stock'] as const, 'kind')
  const fields = parseFields(root.fields, kind)
  const tables = objectOf(root.tables ?? {}, 'tables') as Tables
  for (const [name, rule] of Object.entries(fields)) checkTables(name, rule, tables)
  return {
    name: textOf(root.name, 'name'),
    kind,
    encoding: oneOf(root.encoding ?? 'utf-8', encodings, 'encoding'),
    ...(root.delimiter === undefined ? {} : { delimiter: textOf(root.delimiter, 'delimiter') }),
    decimal: oneOf(root.decimal ?? '.', ['.', ','] as const, 'decimal'),
    fields,
    tables,
    prices: listOf(root.prices ?? [], 'prices').map(parsePrice),
    channels: listOf(root.channels ?? [], 'channels').map(parseChannel),
  }
}

function parseFields(json: unknown, kind: Mapping['kind']): Record<string, FieldRule> {
  const fields = objectOf(json, 'fields')
  refuseUnknown(fields, kind === 'stock' ? stockFields : catalogueFields, 'fields')
  for (const name of neededFields[kind]) {
    if (fields[name] === undefined) throw new SetupError(`fields has to say where "${name}" comes from.`)
  }
  return Object.fromEntries(Object.entries(fields).map(([name, rule]) => [name, parseField(name, rule)]))
}

function parseField(name: string, json: unknown): FieldRule {
  if (typeof json === 'string') return { column: json }
  const rule = objectOf(json, `fields.${name}`)
  refuseUnknown(rule, fieldWords, `fields.${name}`)
  const sources = [rule.column, rule.const, rule.template].filter((source) => typeof source === 'string')
  if (sources.length !== 1) throw new SetupError(`fields.${name} has to have one of column, const and template.`)
  for (const step of listOf(rule.do ?? [], `fields.${name}.do`)) {
    refuseUnknown(objectOf(step, `a step of fields.${name}`), stepWords, `a step of fields.${name}`)
  }
  return rule
}

function checkTables(name: string, rule: FieldRule, tables: Tables): void {
  for (const step of rule.do ?? []) {
    if ('table' in step && tables[step.table] === undefined) {
      throw new SetupError(
        `fields.${name} looks in the table "${step.table}", which is not among its tables (${Object.keys(tables).join(', ') || 'it has none'}).`,
      )
    }
    if ('scale' in step && !(Number.isInteger(step.scale) && step.scale > 0 && step.scale <= 1_000_000)) {
      throw new SetupError(`fields.${name}: scale has to be a whole number from 1 to 1,000,000.`)
    }
  }
}

function parsePrice(json: unknown): PriceRule {
  const rule = objectOf(json, 'a price')
  refuseUnknown(rule, priceWords, 'a price')
  const isPattern = typeof rule.columns === 'string' && rule.columns.endsWith('*')
  const isColumn = typeof rule.column === 'string' && typeof rule.channel === 'string'
  if (isPattern === isColumn) {
    throw new SetupError('a price has to have column and channel, or columns that end in * where the channel is.')
  }
  return rule
}

function parseChannel(json: unknown): ChannelRule {
  const rule = objectOf(json, 'a channel')
  refuseUnknown(rule, channelWords, 'a channel')
  const missing = channelWords.filter((word) => rule[word] === undefined)
  if (missing.length > 0) throw new SetupError(`a channel has to say ${missing.join(', ')}.`)
  return rule as unknown as ChannelRule
}

function refuseUnknown(json: Json, words: readonly string[], where: string): void {
  const unknown = Object.keys(json).find((key) => !words.includes(key))
  if (unknown !== undefined) {
    throw new SetupError(`"${unknown}" is not known in ${where}. What may stand there: ${words.join(', ')}.`)
  }
}

function objectOf(json: unknown, what: string): Json {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new SetupError(`${what} has to be an object.`)
  return json as Json
}

function listOf(json: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(json)) throw new SetupError(`${what} has to be a list.`)
  return json
}

function textOf(json: unknown, what: string): string {
  if (typeof json !== 'string' || json === '') throw new SetupError(`${what} has to be a text.`)
  return json
}

function oneOf<T extends string>(json: unknown, words: readonly T[], what: string): T {
  const found = words.find((word) => word === json)
  if (found === undefined) throw new SetupError(`${what} has to be one of ${words.join(', ')}.`)
  return found
}
