import type { Schema } from './document.ts'

/**
 * Headers that routes check by hand, to say more than a schema could, as the document of the API has them. What stands around a value is no part of it (RFC 9110, 5.5): an actor begins and ends with
 * something that can be seen.
 */
export const checkedHeaders: Readonly<Record<string, { readonly pattern: string }>> = {
  'idempotency-key': { pattern: '^[!-~]{1,128}$' },
  'cellarhand-actor': { pattern: '^[!-~]([ -~]{0,62}[!-~])?$' },
  'if-match': { pattern: '^(\\*|[0-9]{1,15}|"[0-9]{1,15}")$' },
}

const NO_ZERO_BYTE = '^[^\\u0000]*$'
const says = ['pattern', 'format', 'enum', 'const']

/** A schema of a request whose texts say that they hold no zero byte, which is refused for all of them at once. */
export function withoutZeroBytes(schema: Schema): Schema {
  const { type, properties, items, anyOf } = schema
  return {
    ...schema,
    ...(type === 'string' && !says.some((word) => word in schema) ? { pattern: NO_ZERO_BYTE } : {}),
    ...(properties === undefined ? {} : { properties: eachMember(properties) }),
    ...(items === undefined ? {} : { items: withoutZeroBytes(items) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(withoutZeroBytes) }),
  }
}

function eachMember(properties: Readonly<Record<string, Schema>>): Record<string, Schema> {
  return Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, withoutZeroBytes(member)]))
}
