import {
  createSourceEventStream,
  execute,
  GraphQLError,
  Kind,
  OperationTypeNode,
  parse,
  specifiedRules,
  validate,
  NoSchemaIntrospectionCustomRule,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import { compileQuery, isCompiledQuery } from 'graphql-jit'
import type { Context } from './context.ts'
import { problemError } from './errors.ts'
import { COST_MAX, DEPTH_MAX, excessOf, INTROSPECTION_DEPTH_MAX, TOKENS_MAX } from './limits.ts'
import { measure, type Variables } from './measure.ts'
import { operationsOf } from './operations.ts'

/** Errors of one operation that are told; a typo repeated is one typo. */
const ERRORS_MAX = 10

/** An operation that was found right, and within the limits that hold whatever its variables are. */
export interface Operation {
  readonly document: DocumentNode
  readonly name: string | undefined
  readonly kind: OperationTypeNode
  /** Of the API, that its fields stand for. */
  readonly operations: ReadonlySet<string>
  /** What it costs at most with these variables. */
  cost(variables: Variables): number
  /** @param root an event of what is followed, where it is a subscription */
  run(root: object | undefined, context: Context, variables: Variables): ExecutionResult | Promise<ExecutionResult>
  /** What is followed, or why nothing is. */
  follow(context: Context, variables: Variables): Promise<AsyncIterable<object> | ExecutionResult>
}

/** A document that was read and found right. */
export interface Prepared {
  /** The operation of that name, or the only one. */
  operation(name: string | undefined): Operation | GraphQLError
}

export type Prepare = (source: string) => Prepared | readonly GraphQLError[]

/** Reads documents. Without `introspection` the schema is nobody's to ask for, and what does not exist is not compared with what does. */
export function createPrepare(schema: GraphQLSchema, options: { readonly introspection: boolean }): Prepare {
  const rules = options.introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule]
  return (source) => {
    const document = read(source)
    if (document instanceof GraphQLError) return [document]
    const excess = excessOf(document)
    if (excess) return [excess]
    const hideSuggestions = !options.introspection
    const errors = validate(schema, document, rules, { maxErrors: ERRORS_MAX, hideSuggestions })
    return errors.length > 0 ? errors : operationsIn(schema, document)
  }
}

function read(source: string): DocumentNode | GraphQLError {
  try {
    return parse(source, { maxTokens: TOKENS_MAX, noLocation: false })
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    const isLong = error.message.includes('tokens. Parsing aborted')
    return isLong ? problemError('operation-too-complex', `It has more than ${TOKENS_MAX} words and signs.`) : error
  }
}

function operationsIn(schema: GraphQLSchema, document: DocumentNode): Prepared | readonly GraphQLError[] {
  const nodes = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION)
  const operations = new Map<string | undefined, Operation>()
  for (const node of nodes) {
    const operation = operationOf(schema, document, node)
    if (operation instanceof GraphQLError) return [operation]
    operations.set(node.name?.value, operation)
  }
  return {
    operation(name) {
      const only = operations.size === 1 ? [...operations.values()][0] : undefined
      const found = name === undefined ? only : operations.get(name)
      if (found) return found
      const detail =
        name === undefined ? 'Say by operationName which of the operations is meant.' : `It has no operation ${name}.`
      return problemError('invalid-request', detail)
    },
  }
}

function operationOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  node: OperationDefinitionNode,
): Operation | GraphQLError {
  const { depth, introspectionDepth, fields, cost } = measure(schema, document, node)
  if (depth > DEPTH_MAX || introspectionDepth > INTROSPECTION_DEPTH_MAX) {
    const detail = `Its fields are ${Math.max(depth, introspectionDepth)} levels deep; ${DEPTH_MAX} are taken.`
    return problemError('operation-too-complex', detail)
  }
  const operationName = node.name?.value
  const args = (context: Context, variables: Variables) => ({
    schema,
    document,
    operationName,
    contextValue: context,
    variableValues: variables,
  })
  return {
    document,
    name: operationName,
    kind: node.operation,
    operations: operationsOf(fields),
    cost,
    run: compiledLater(schema, document, node),
    follow: async (context, variables) =>
      (await createSourceEventStream(args(context, variables))) as AsyncIterable<object> | ExecutionResult,
  }
}

/** Why an operation is not carried out that costs too much. */
export function tooDear(cost: number): GraphQLError {
  return problemError('operation-too-complex', `It costs ${cost}; ${COST_MAX} is the most that is answered.`, {
    cost: { asked: cost, most: COST_MAX },
  })
}

/** Carries an operation out by walking over it the first time, and compiled from then on: most that are asked once are never asked again. */
function compiledLater(schema: GraphQLSchema, document: DocumentNode, node: OperationDefinitionNode): Operation['run'] {
  const operationName = node.name?.value
  const walk: Operation['run'] = (rootValue, contextValue, variableValues) =>
    execute({ schema, document, rootValue, contextValue, variableValues, operationName }) as ExecutionResult
  let uses = 0
  let run = walk
  return (root, context, variables) => {
    uses += 1
    if (uses === COMPILED_FROM_USE) run = compiled(schema, document, operationName) ?? walk
    return run(root, context, variables)
  }
}

const COMPILED_FROM_USE = 2

function compiled(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
): Operation['run'] | undefined {
  const code = compileQuery(schema, document, operationName)
  if (!isCompiledQuery(code)) return undefined
  return (root, context, variables) => code.query(root, context, variables as never) as ExecutionResult
}
