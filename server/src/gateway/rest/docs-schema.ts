import { PROSE_PATTERN, WORDS_PATTERN } from '@cellarhand/protocol/primitives'
import type { Schema } from './document.ts'
import { html, prose, type Html } from './docs-html.ts'

/** A line of a table: a member, how deep it stands, and what may be said of it. */
export interface Member {
  readonly name: string
  readonly depth: number
  readonly required: boolean
  /** what it is written like */
  readonly type: string
  readonly description: string | undefined
}

/** Deeper than any schema of ours: a schema that holds itself would end here. */
const DEPTH_MAX = 6

/** The members of a schema, each before what stands in it. A list's members are those of its items. */
export function membersOf(schema: Schema, depth = 0): Member[] {
  const object = objectIn(schema)
  if (object?.properties === undefined || depth > DEPTH_MAX) return []
  const required = new Set(object.required)
  return Object.entries(object.properties).flatMap(([name, member]) => [
    { name, depth, required: required.has(name), type: typeText(member), description: member.description },
    ...membersOf(member, depth + 1),
  ])
}

function objectIn(schema: Schema): Schema | undefined {
  if (schema.properties !== undefined) return schema
  // Of several forms the first, which is the fullest, stands for all.
  const form = schema.anyOf?.find(({ properties }) => properties !== undefined)
  if (form !== undefined) return form
  return schema.items === undefined ? undefined : objectIn(schema.items)
}

/** Patterns that have a name people know. */
const named: readonly (readonly [start: string, name: string])[] = [
  ['^[0-9a-f]{8}-', 'UUID'],
  ['^[a-z0-9]{6,32}\\.', 'position, `epoch.number`'],
]

/** How a value is written and within which bounds: `integer, 1 to 1,000,000`. Code stands between backticks. */
export function typeText(schema: Schema): string {
  if (schema.enum) return `one of ${schema.enum.map((value) => `\`${String(value)}\``).join(', ')}`
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const).replaceAll('"', '')}\``
  if (schema.anyOf) return schema.anyOf.map(typeText).join(', or ')
  switch (schema.type) {
    case 'array':
      return `list of ${schema.items ? plural(typeText(schema.items)) : 'anything'}${range(schema.minItems, schema.maxItems, 'of them')}`
    case 'string':
      return `${stringText(schema)}${range(schema.minLength, schema.maxLength, 'characters')}`
    case 'integer':
    case 'number':
      return `${schema.type}${range(schema.minimum, schema.maximum, '')}`
    default:
      return String(schema.type ?? 'anything')
  }
}

function plural(text: string): string {
  const [first = '', ...rest] = text.split(', ')
  const word = /^(object|string|integer|number|UUID)$/.test(first) ? `${first}s` : first
  return [word, ...rest].join(', ')
}

function stringText({ format, pattern }: Schema): string {
  if (format === 'date-time') return 'date and time with an offset (RFC 3339)'
  if (typeof pattern !== 'string') return 'string'
  if (pattern === WORDS_PATTERN) return 'text in one line'
  if (pattern === PROSE_PATTERN) return 'text'
  const known = named.find(([start]) => pattern.startsWith(start))
  return known ? known[1] : `string like \`${pattern}\``
}

function range(least: unknown, most: unknown, what: string): string {
  const number = (value: unknown) => (typeof value === 'number' ? value.toLocaleString('en') : undefined)
  const [low, high] = [number(least), number(most)]
  const words =
    low !== undefined && high !== undefined
      ? `${low} to ${high}`
      : low !== undefined
        ? `${low} or more`
        : high === undefined
          ? ''
          : `at most ${high}`
  return words === '' ? '' : `, ${words} ${what}`.trimEnd()
}

/** Members as a table that also fits a phone: the name on one side, all that is to say of it on the other. */
export function memberTable(caption: string, members: readonly Member[]): Html | undefined {
  if (members.length === 0) return undefined
  return html`<table>
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        <th scope="col">Name</th>
        <th scope="col">What it is</th>
      </tr>
    </thead>
    <tbody>
      ${members.map(memberRow)}
    </tbody>
  </table>`
}

function memberRow({ name, depth, required, type, description }: Member): Html {
  const must = required ? html` <span class="must">required</span>` : undefined
  const said = description === undefined ? undefined : html`<span class="said">${prose(sentence(description))}</span>`
  return html`<tr>
    <th scope="row" class="depth-${depth}"><code>${name}</code>${must}</th>
    <td>${said}<span class="type">${prose(type)}</span></td>
  </tr>`
}

/** Descriptions begin in lower case where they follow a name, and end without a stop. */
function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(first) ? first : `${first}.`
}
