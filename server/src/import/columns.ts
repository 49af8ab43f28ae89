import { SetupError } from '../platform/setup-error.ts'
import type { FieldRule, Mapping } from './mapping.ts'
import { applyStep, isRefused, type Refused, type Step, type StepContext, type Value } from './steps.ts'

/** An attribute's way from a row's cells. */
interface Source {
  /** the column that a rejection names */
  readonly column: string
  read(cells: readonly string[], vintage: string): Value | Refused
}

/** A mapping fitted to a file: where each attribute and each price stands in a row. */
export interface FittedMapping {
  readonly header: readonly string[]
  /** An attribute's value; empty where the file has it not. */
  read(field: string, cells: readonly string[], vintage: string): Value | Refused
  /** The column to name in a rejection of this attribute. */
  columnOf(field: string): string
  /** columns of the file that nothing is read from */
  readonly ignored: readonly string[]
  /** columns by number, for prices */
  readonly prices: readonly {
    readonly index: number
    readonly column: string
    readonly channel: string
    readonly rule: Mapping['prices'][number]
  }[]
}

/**
 * Finds a mapping's columns in a file's header.
 *
 * @param channelOverride the channel that the file's one column of prices is for
 * @throws SetupError that lists the file's columns where one is not there
 */
export function fitMapping(mapping: Mapping, header: readonly string[], channelOverride?: string): FittedMapping {
  const used = new Set<string>()
  const sources = new Map<string, Source>()
  for (const [field, rule] of Object.entries(mapping.fields)) {
    const source = fitField(mapping, field, rule, header, used)
    if (source !== undefined) sources.set(field, source)
  }
  const prices = fitPrices(mapping, header, used, channelOverride)
  return {
    header,
    read: (field, cells, vintage) => sources.get(field)?.read(cells, vintage) ?? '',
    columnOf: (field) => sources.get(field)?.column ?? field,
    ignored: header.filter((column) => !used.has(column)),
    prices,
  }
}

function columnIndex(mapping: Mapping, column: string, header: readonly string[]): number {
  const index = header.indexOf(column)
  if (index === -1) {
    throw new SetupError(
      `The mapping ${mapping.name} reads a column "${column}" that the file does not have. The file's columns are: ${header.join(', ')}.`,
    )
  }
  return index
}

function fitField(
  mapping: Mapping,
  field: string,
  rule: FieldRule,
  header: readonly string[],
  used: Set<string>,
): Source | undefined {
  const { column } = rule
  if (rule.optional && column !== undefined && !header.includes(column)) return undefined
  const begin = fitSource(mapping, rule, header, used)
  const steps = rule.do ?? []
  return {
    column: column ?? rule.template ?? field,
    read: (cells, vintage) =>
      runSteps(steps, begin(cells, vintage), { tables: mapping.tables, vintage, decimal: mapping.decimal }),
  }
}

function fitSource(
  mapping: Mapping,
  { column, template, const: constant }: FieldRule,
  header: readonly string[],
  used: Set<string>,
): (cells: readonly string[], vintage: string) => string {
  if (column !== undefined) {
    const index = columnIndex(mapping, column, header)
    used.add(column)
    return (cells) => cells[index]?.trim() ?? ''
  }
  if (template === undefined) return () => constant ?? ''
  const parts = template.split(/\{([^}]+)\}/).map((part, place) => {
    if (place % 2 === 0) return () => part
    if (part === 'vintage') return (_cells: readonly string[], vintage: string) => vintage
    const index = columnIndex(mapping, part, header)
    used.add(part)
    return (cells: readonly string[]) => cells[index]?.trim() ?? ''
  })
  return (cells, vintage) => parts.map((part) => part(cells, vintage)).join('')
}

function runSteps(steps: readonly Step[], begin: string, context: StepContext): Value | Refused {
  let value: Value = begin
  for (const step of steps) {
    const next = applyStep(step, value, context)
    if (isRefused(next)) return next
    value = next
  }
  return value
}

function fitPrices(
  mapping: Mapping,
  header: readonly string[],
  used: Set<string>,
  override: string | undefined,
): FittedMapping['prices'] {
  const prices = mapping.prices.flatMap((rule) => {
    if (rule.column !== undefined && rule.channel !== undefined) {
      return [{ index: columnIndex(mapping, rule.column, header), column: rule.column, channel: rule.channel, rule }]
    }
    const prefix = (rule.columns ?? '*').slice(0, -1)
    return header
      .map((column, index) => ({ index, column, channel: column.slice(prefix.length), rule }))
      .filter(({ column, channel }) => column.startsWith(prefix) && channel !== '')
  })
  for (const { column } of prices) used.add(column)
  if (override === undefined) return prices
  const [only] = prices
  if (only === undefined || prices.length > 1) {
    throw new SetupError(
      `--channel is for a file with one column of prices, and this one has ${prices.length}: ${prices.map(({ column }) => column).join(', ') || 'none'}.`,
    )
  }
  return [{ ...only, channel: override }]
}
