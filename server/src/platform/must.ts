/** Asserts what cannot be otherwise: returns the value, or throws naming the promise that was broken. */
export function must<T>(value: T | null | undefined | false, what: string): T {
  if (value === undefined || value === null || value === false) throw new Error(`broken promise: ${what}`)
  return value
}

/** Closes a switch over a union: a new member that is not handled does not compile. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`)
}
