import { problemError } from './errors.ts'

/** A schema of the protocol, compiled. */
interface Check<T> {
  Check(value: unknown): value is T
  Errors(value: unknown): readonly { readonly instancePath: string; readonly message: string }[]
}

/** The input as the protocol's schema has it: the same shape that REST takes, by the same schema. A null says no more than a member that is left out. */
export function inputOf<T>(check: Check<T>, input: object): T {
  const value = withoutNulls(input)
  if (check.Check(value)) return value
  const [first] = check.Errors(value)
  throw problemError('invalid-request', `input${first?.instancePath ?? ''} ${first?.message ?? 'is not valid'}.`)
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined)
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNulls(member)]))
}
