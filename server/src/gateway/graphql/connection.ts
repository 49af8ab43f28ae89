import { problemError } from './errors.ts'
import { FIRST_MAX } from './limits.ts'

/** What a list is asked with. */
export interface PageArgs {
  readonly first?: number | null
  readonly after?: string | null
  readonly minPosition?: string | null
}

const FIRST_DEFAULT = 20

/** How many are asked for. */
export function limitOf({ first }: PageArgs): number {
  const limit = first ?? FIRST_DEFAULT
  if (limit >= 1 && limit <= FIRST_MAX) return limit
  throw problemError('invalid-request', `first is 1 to ${FIRST_MAX}.`)
}

/** A cursor's text: opaque to clients, and good for lists of its kind alone. */
export const writeCursor = (kind: string, at: string): string => Buffer.from(`${kind}:${at}`).toString('base64url')

/** Where a list goes on; undefined: from its beginning. */
export function readCursor(kind: string, { after }: PageArgs): string | undefined {
  if (after === undefined || after === null) return undefined
  const text = Buffer.from(after, 'base64url').toString()
  if (text.startsWith(`${kind}:`)) return text.slice(kind.length + 1)
  throw badCursor()
}

/** A cursor that is none of ours, or of another list. */
export const badCursor = () =>
  problemError('unprocessable', 'The cursor is none of this list: take that of an edge, as it is.')

/** What a page of a list is made of. */
export interface Page<T> {
  readonly nodes: readonly T[]
  readonly cursors: readonly string[]
  readonly hasNextPage: boolean
  readonly position: string
}

/** A page as a connection has it. */
export function connectionOf<T>({ nodes, cursors, hasNextPage, position }: Page<T>) {
  const pageInfo = { hasNextPage, hasPreviousPage: false, startCursor: cursors[0], endCursor: cursors.at(-1) }
  return { nodes, edges: nodes.map((node, at) => ({ node, cursor: cursors[at] })), pageInfo, position }
}
