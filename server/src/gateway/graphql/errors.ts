import { GraphQLError } from 'graphql'
import { PROBLEM_BASE, problems, type ProblemSlug } from '@cellarhand/protocol/problem'
import type { Log } from '../../platform/logger.ts'
import { Unavailable } from '../../stock/stock.ts'
import { isConnectionTrouble } from '../rest/problems.ts'

/** What is beside an error's message: for programs. */
export interface Extensions {
  /** The problem's name as a word of GraphQL's clients, such as `INVALID_REQUEST`. */
  readonly code: string
  /** The URI of the problem, as REST has it. */
  readonly type: string
  readonly status: number
  readonly [member: string]: unknown
}

/** An error as it goes over the wire. */
export interface ShownError {
  readonly message: string
  readonly locations?: readonly { readonly line: number; readonly column: number }[]
  readonly path?: readonly (string | number)[]
  readonly extensions: Extensions
}

/** A problem as an error: what no field of the schema foresees. */
export function problemError(
  slug: ProblemSlug,
  detail: string,
  members: Readonly<Record<string, unknown>> = {},
): GraphQLError {
  return new GraphQLError(detail, { extensions: extensionsOf(slug, members) })
}

function extensionsOf(slug: ProblemSlug, members: Readonly<Record<string, unknown>> = {}): Extensions {
  const code = slug.toUpperCase().replaceAll('-', '_')
  return { ...members, code, type: `${PROBLEM_BASE}${slug}`, status: problems[slug].status }
}

/** An error as it may be shown: no stack, no cause, and nothing of ours that went wrong but that it did, which is logged. */
export function shownError(error: GraphQLError, log: Log): ShownError {
  const { message, path, extensions, originalError } = error
  const locations = error.locations?.map(({ line, column }) => ({ line, column }))
  const where = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) }
  if (typeof extensions?.['type'] === 'string') return { message, ...where, extensions: extensions as Extensions }
  // What GraphQL itself has against an operation or its variables comes before anything is read, and stands nowhere in the answer.
  if (path === undefined) return { message, ...where, extensions: extensionsOf('invalid-request') }
  const { slug, detail, members } = troubleOf(originalError ?? error, log)
  return { message: detail, ...where, extensions: extensionsOf(slug, members) }
}

function troubleOf(
  error: Error,
  log: Log,
): { readonly slug: ProblemSlug; readonly detail: string; readonly members?: Readonly<Record<string, unknown>> } {
  if (error instanceof Unavailable) {
    return { slug: 'unavailable', detail: error.message, members: { retryAfterSeconds: error.retryAfterSeconds } }
  }
  if (isConnectionTrouble(error)) {
    log.warn({ err: error }, 'the database did not answer a read')
    return { slug: 'unavailable', detail: 'The database does not answer: try again in a moment.' }
  }
  log.error({ err: error }, 'a field of GraphQL failed')
  return { slug: 'internal', detail: 'Something went wrong on our side. It is in the log.' }
}
