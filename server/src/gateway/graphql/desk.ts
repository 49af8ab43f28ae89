import { GraphQLError, type ExecutionResult, type GraphQLSchema } from 'graphql'
import { createRecent, type Recent } from '../../platform/recent.ts'
import type { Services } from '../services.ts'
import { refuseCaller } from './allowed.ts'
import type { Asked } from './asked.ts'
import type { Context } from './context.ts'
import { createPrepare, tooDear, type Operation, type Prepare, type Prepared } from './documents.ts'
import { problemError, shownError, type ShownError } from './errors.ts'
import { COST_MAX } from './limits.ts'
import { readRegistered, sha256 } from './registered.ts'

/** Documents that clients sent, kept ready: far more than the pages of any app. Each is some 50 KB once it is compiled. */
const DOCUMENTS_MAX = 500

/** Where operations are taken in, whatever transport they come by. */
export interface Desk {
  readonly services: Services
  /** The schema may be asked for, and there is a page to try it on. */
  readonly isOpen: boolean
  /** Only registered operations are carried out. */
  readonly isPersisted: boolean
  readonly prepare: Prepare
  readonly registered: ReadonlyMap<string, Prepared>
  readonly recent: Recent<Prepared>
}

/** What goes back: what was read, what was wrong, and what it cost. */
export interface Answer {
  readonly data?: unknown
  readonly errors?: readonly ShownError[]
  readonly extensions?: { readonly cost: { readonly asked: number; readonly most: number } }
}

/** An operation that will be carried out, with what it costs. */
export interface Accepted {
  readonly operation: Operation
  readonly cost: number
}

export function openDesk(services: Services, schema: GraphQLSchema): Desk {
  const { graphql, graphqlOperations, graphqlExplorer, nodeEnv } = services.config
  const isPersisted = graphql === 'persisted'
  const inProduction = nodeEnv === 'production'
  const isOpen = !isPersisted && (graphqlExplorer === 'on' || (graphqlExplorer === 'auto' && !inProduction))
  const prepare = createPrepare(schema, { introspection: isOpen })
  return {
    services,
    isOpen,
    isPersisted,
    prepare,
    registered: graphqlOperations === undefined ? new Map() : readRegistered(graphqlOperations, prepare),
    recent: createRecent(DOCUMENTS_MAX),
  }
}

/** Decides whether what is asked for is carried out, before any of it is. */
export function accept(desk: Desk, asked: Asked, context: Context): Accepted | readonly GraphQLError[] {
  const prepared = find(desk, asked)
  if (!('operation' in prepared)) return prepared
  const operation = prepared.operation(asked.operationName)
  if (operation instanceof GraphQLError) return [operation]
  const refusal = refuseCaller(context, operation.operations)
  if (refusal) return [refusal]
  const cost = operation.cost(asked.variables)
  return cost > COST_MAX ? [tooDear(cost)] : { operation, cost }
}

function find(desk: Desk, { query, id, hash }: Asked): Prepared | readonly GraphQLError[] {
  if (id !== undefined && query !== undefined) {
    return [problemError('invalid-request', 'Send a query, or the id of an operation, not both.')]
  }
  const registered = desk.registered.get(id ?? hash ?? '')
  if (registered) return registered
  if (query !== undefined && !desk.isPersisted) return findByText(desk, query, hash)
  const remembered = hash === undefined || desk.isPersisted ? undefined : desk.recent.get(hash)
  return remembered ?? [unknownOperation({ query, id, hash })]
}

/** An operation by its text; with a hash it is remembered by that too. */
function findByText(desk: Desk, query: string, hash: string | undefined): Prepared | readonly GraphQLError[] {
  if (hash !== undefined && sha256(query) !== hash) {
    return [problemError('invalid-request', 'The hash is not the SHA-256 of the query.')]
  }
  const known = desk.recent.get(query)
  const prepared = known ?? desk.prepare(query)
  if (!('operation' in prepared)) return prepared
  if (!known) desk.recent.set(query, prepared)
  if (hash !== undefined) desk.recent.set(hash, prepared)
  return prepared
}

function unknownOperation({ query, id, hash }: Pick<Asked, 'query' | 'id' | 'hash'>): GraphQLError {
  if (id === undefined && hash === undefined && query === undefined) {
    return problemError('invalid-request', 'Send a query, or the id of an operation.')
  }
  // By these very words clients learn that they have to send the text along.
  if (query === undefined && id === undefined) {
    const error = problemError('operation-not-registered', 'PersistedQueryNotFound')
    return new GraphQLError(error.message, { extensions: { ...error.extensions, code: 'PERSISTED_QUERY_NOT_FOUND' } })
  }
  return problemError('operation-not-registered', 'This operation is not registered here.')
}

/** Carries an operation out. At once, where nothing of it has to be waited for. */
export function carryOut(
  desk: Desk,
  { operation, cost }: Accepted,
  context: Context,
  variables: Asked['variables'],
): Answer | Promise<Answer> {
  const result = operation.run(undefined, context, variables)
  return 'then' in result ? result.then((done) => answerOf(desk, done, cost)) : answerOf(desk, result, cost)
}

/** A result as it may be shown. */
export function answerOf({ services }: Desk, { data, errors }: ExecutionResult, cost: number): Answer {
  return {
    ...(errors === undefined ? {} : { errors: errors.map((error) => shownError(error, services.log)) }),
    ...(data === undefined ? {} : { data }),
    extensions: { cost: { asked: cost, most: COST_MAX } },
  }
}

/** What is answered where nothing was carried out. */
export function refusalOf({ services }: Desk, errors: readonly GraphQLError[]): Answer {
  return { errors: errors.map((error) => shownError(error, services.log)) }
}
