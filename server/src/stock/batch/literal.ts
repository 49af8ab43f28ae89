/**
 * PostgreSQL array literals, built by hand: a batch sends some fifty arrays, and the driver's own conversion, which looks at every
 * element's type, took a quarter of the batch's time in JavaScript.
 */

const needsEscape = /["\\]/g

/** Numbers or booleans as an array literal. */
export function plainArray(values: readonly (number | boolean | null)[]): string {
  return `{${values.map((value) => (value === null ? 'null' : value)).join(',')}}`
}

/** Texts as an array literal; null and undefined are NULL. */
export function textArray(values: readonly (string | null | undefined)[]): string {
  let text = '{'
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (i > 0) text += ','
    text += value === null || value === undefined ? 'null' : `"${value.replace(needsEscape, '\\$&')}"`
  }
  return `${text}}`
}
