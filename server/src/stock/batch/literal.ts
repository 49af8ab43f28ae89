/**
 * PostgreSQL array literals, built by hand: a batch sends some fifty arrays, and the driver's own conversion, which looks at every
 * element's type, took a quarter of the batch's time in JavaScript.
 */

const needsEscape = /["\\]/g

/** Numbers or booleans as an array literal. */
export function plainArray(values: readonly (number | boolean | null)[]): string {
  return `{${(values.includes(null) ? values.map((value) => (value === null ? 'null' : value)) : values).join(',')}}`
}

/** Words of our own making as an array literal: ids, digests, names of kinds and accounts, which need neither quotes nor a look. */
export function wordArray(values: readonly string[]): string {
  return `{${values.join(',')}}`
}

const separator = '","'

/** Texts as an array literal; null and undefined are NULL. */
export function textArray(values: readonly (string | null | undefined)[]): string {
  if (values.length === 0) return '{}'
  // Most columns need no care, which two passes of the engine's own find out quicker than one of ours does the work.
  if (!values.some((value) => value === null || value === undefined)) {
    const joined = values.join('')
    if (!joined.includes('"') && !joined.includes('\\')) return `{"${values.join(separator)}"}`
  }
  let text = '{'
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (i > 0) text += ','
    text += value === null || value === undefined ? 'null' : `"${value.replace(needsEscape, '\\$&')}"`
  }
  return `${text}}`
}

/**
 * JSON texts for SQL's `string_to_array(…, E'\\x1f')`. JSON writes control characters as escapes, so that this one stands in none of
 * them; as an array literal every quote of every answer would have to be escaped here and unescaped there.
 */
export function jsonTexts(values: readonly string[]): string {
  return values.join('\x1f')
}

/** Level or price keys (`levelKey`, `priceKey`) as the two parallel arrays that statements take them in; allotment keys as three. */
export function keyArrays(keys: readonly string[], parts = 2): string[] {
  const split = keys.map((key) => key.split('@'))
  return Array.from({ length: parts }, (_, part) => textArray(split.map((of) => of[part])))
}
