import type { Static, TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import type { Refusal } from '../../stock/stock.ts'

const compiled = new WeakMap<TSchema, Validator>()

/** What is asked, if it fits its schema; otherwise the first thing that does not. */
export function fitting<S extends TSchema>(schema: S, asked: unknown): { readonly asked: Static<S> } | Refusal {
  const validator = compiled.get(schema) ?? Compile(schema)
  compiled.set(schema, validator)
  if (validator.Check(asked)) return { asked: asked as Static<S> }
  const [first] = validator.Errors(asked)
  const where = first?.instancePath.slice(1) ?? ''
  const detail = `${where === '' ? 'The request' : where} ${first?.message ?? 'does not fit'}.`
  return { slug: 'invalid-request', detail }
}
