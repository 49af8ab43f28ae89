/** What a cell is while it is made into an attribute: a text, or a list of texts. */
export type Value = string | readonly string[]

/** Why a cell or a row is not taken: a sentence for a person. */
export interface Refused {
  readonly refused: string
}

export const isRefused = (value: unknown): value is Refused =>
  typeof value === 'object' && value !== null && 'refused' in value

/** The closed vocabulary of transforms; each takes what the one before it made. */
export type Step =
  /** these texts mean that nothing is known */
  | { readonly empty: readonly string[] }
  /** instead of nothing */
  | { readonly default: string }
  /** looked up in a table of the mapping; a text that is not there is refused, kept, or as good as empty */
  | { readonly table: string; readonly otherwise?: 'reject' | 'keep' | 'empty' }
  /** times a whole number, exactly: litres to ml */
  | { readonly scale: number }
  /** a list, by a separator */
  | { readonly split: string }
  /** a list, as Python prints one */
  | { readonly list: 'python' }
  /** without this at the end */
  | { readonly stripSuffix: string }
  /** without the row's vintage at the end: `Brolio 2014`, `Crianza 2011/2013` */
  | { readonly stripVintage: true }

export const stepWords = [
  'empty',
  'default',
  'table',
  'otherwise',
  'scale',
  'split',
  'list',
  'stripSuffix',
  'stripVintage',
]

export type Tables = Readonly<Record<string, Readonly<Record<string, string>>>>

/** What steps may look at beside the cell. */
export interface StepContext {
  readonly tables: Tables
  /** the row's vintage as a text, empty where it has none */
  readonly vintage: string
  /** what stands before the decimals in the file's numbers */
  readonly decimal: '.' | ','
}

/** Applies one step. Lists are taken item by item, where that makes sense. */
export function applyStep(step: Step, value: Value, context: StepContext): Value | Refused {
  if ('empty' in step) return each(value, (text) => (step.empty.includes(text) ? '' : text))
  if ('default' in step) return value.length === 0 ? step.default : value
  if ('table' in step) return each(value, (text) => lookUp(step, text, context.tables))
  if ('scale' in step) return each(value, (text) => scaled(withPoint(text, context.decimal), step.scale))
  if ('split' in step) return typeof value === 'string' ? split(value, step.split) : value
  if ('list' in step) return typeof value === 'string' ? pythonList(value) : value
  if ('stripSuffix' in step) {
    return each(value, (text) =>
      text.endsWith(step.stripSuffix) ? text.slice(0, -step.stripSuffix.length).trim() : text,
    )
  }
  return each(value, (text) => withoutVintage(text, context.vintage))
}

function each(value: Value, change: (text: string) => string | Refused): Value | Refused {
  if (typeof value === 'string') return change(value)
  const changed = value.map(change)
  return changed.find(isRefused) ?? (changed as string[]).filter((text) => text !== '')
}

function lookUp(step: { table: string; otherwise?: string }, text: string, tables: Tables): string | Refused {
  const table = tables[step.table] ?? {}
  const found = Object.hasOwn(table, text) ? table[text] : undefined
  if (found !== undefined) return found
  if (text === '' || step.otherwise === 'empty') return ''
  return step.otherwise === 'keep' ? text : { refused: `is not in the mapping's table "${step.table}"` }
}

/** A number as it is read here, with a point before its decimals. */
export const withPoint = (text: string, decimal: '.' | ','): string => (decimal === ',' ? text.replace(',', '.') : text)

/** Digits are multiplied as a whole number, so that 0.62 l is 620 ml and not 619.99. */
function scaled(text: string, factor: number): string | Refused {
  if (text === '') return ''
  const match = /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(text)
  if (match === null) return { refused: 'is not a number' }
  const [, whole = '', decimals = ''] = match
  const digits = String(Number(whole + decimals) * factor).padStart(decimals.length + 1, '0')
  if (decimals === '') return digits
  const fraction = digits.slice(-decimals.length).replace(/0+$/, '')
  return digits.slice(0, -decimals.length) + (fraction === '' ? '' : `.${fraction}`)
}

const split = (text: string, separator: string): string[] =>
  text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** `['Merlot', "Trebbiano D'Abruzzo", 2019]` */
function pythonList(text: string): string[] | Refused {
  if (text === '') return []
  if (!text.startsWith('[') || !text.endsWith(']')) return { refused: 'is not a list as Python prints one' }
  const items: string[] = []
  const item = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\s'",\]]+))\s*(,|$)/y
  const inner = text.slice(1, -1)
  while (item.lastIndex < inner.length) {
    const match = item.exec(inner)
    if (match === null) return { refused: 'is not a list as Python prints one' }
    items.push((match[1] ?? match[2] ?? match[3] ?? '').replace(/\\(.)/g, '$1').trim())
  }
  return items.filter((text) => text !== '')
}

function withoutVintage(text: string, vintage: string): string {
  if (!/^\d{4}$/.test(vintage)) return text
  const match = /^(.*\S)\s+(?:\d{4}\/)?(\d{4})$/.exec(text)
  return match?.[2] === vintage ? (match[1] ?? text) : text
}
