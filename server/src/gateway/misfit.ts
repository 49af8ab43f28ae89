import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'

const compiled = new WeakMap<TSchema, Validator>()

/** Where a value does not fit a schema. */
export interface Misfit {
  /** such as `/lines/0/sku`; empty: the value itself */
  readonly path: string
  readonly message: string | undefined
}

/** The first thing that does not fit; undefined where all of it does. */
export function misfitOf(schema: TSchema, value: unknown): Misfit | undefined {
  const validator = compiled.get(schema) ?? Compile(schema)
  compiled.set(schema, validator)
  if (validator.Check(value)) return undefined
  const [first] = validator.Errors(value)
  return { path: first?.instancePath ?? '', message: first?.message }
}
