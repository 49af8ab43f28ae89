/**
 * Something that a person has to put right before the server can run: a setting, a permission, a full disk. Its message is one or two
 * sentences for that person, with what to do next; whoever catches it at the top prints the message alone, without a stack.
 */
export class SetupError extends Error {
  override name = 'SetupError'
}

/** The text of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The code of a system or database error (`ENOENT`, `57P01`), if it has one. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
