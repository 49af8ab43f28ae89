import type { TObject } from 'typebox'
import { misfitOf } from '../misfit.ts'
import { problemError } from './errors.ts'

/** The input as the protocol's schema has it: the same shape that REST takes, by the same schema. A null says no more than a member that is left out. */
export function inputOf(schema: TObject, input: object): object {
  const value = withoutNulls(input)
  const misfit = misfitOf(schema, value)
  if (misfit) throw problemError('invalid-request', `input${misfit.path} ${misfit.message ?? 'is not valid'}.`)
  return value as object
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined)
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNulls(member)]))
}
