import {
  createSourceEventStream,
  execute,
  getVariableValues,
  isNonNullType,
  isScalarType,
  GraphQLError,
  Kind,
  parse,
  specifiedRules,
  typeFromAST,
  validate,
  visit,
  NoSchemaIntrospectionCustomRule,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  type NamedTypeNode,
  type OperationTypeNode,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
} from 'graphql'
import { compileQuery, isCompiledQuery } from 'graphql-jit'
import type { Context } from './context.ts'
import { problemError } from './errors.ts'
import { COST_MAX, DEPTH_MAX, excessOf, INTROSPECTION_DEPTH_MAX, SOURCE_CHARS_MAX, TOKENS_MAX } from './limits.ts'
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
  const hideSuggestions = !options.introspection
  return (source) => {
    const document = read(source)
    if (document instanceof GraphQLError) return [document]
    const excess = excessOf(document)
    if (excess) return [excess]
    const errors = validate(schema, document, rules, { maxErrors: ERRORS_MAX, hideSuggestions })
    return errors.length > 0 ? errors : operationsIn({ schema, document, hideSuggestions })
  }
}

function read(source: string): DocumentNode | GraphQLError {
  if (source.length > SOURCE_CHARS_MAX) {
    return problemError('operation-too-complex', `It is ${source.length} letters long; ${SOURCE_CHARS_MAX} are taken.`)
  }
  try {
    return parse(source, { maxTokens: TOKENS_MAX, noLocation: false })
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    const isLong = error.message.includes('tokens. Parsing aborted')
    return isLong ? problemError('operation-too-complex', `It has more than ${TOKENS_MAX} words and signs.`) : error
  }
}

/** What the operations of a document are carried out with. */
interface Valid {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly hideSuggestions: boolean
}

function operationsIn(valid: Valid): Prepared | readonly GraphQLError[] {
  const nodes = valid.document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION)
  const operations = new Map<string | undefined, Operation>()
  for (const node of nodes) {
    const operation = operationOf(valid, node)
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

function operationOf(valid: Valid, node: OperationDefinitionNode): Operation | GraphQLError {
  const { schema, document } = valid
  const { depth, introspectionDepth, fields, cost } = measure(schema, document, node)
  if (depth > DEPTH_MAX || introspectionDepth > INTROSPECTION_DEPTH_MAX) {
    const detail = `Its fields are ${Math.max(depth, introspectionDepth)} levels deep; ${DEPTH_MAX} are taken.`
    return problemError('operation-too-complex', detail)
  }
  const operationName = node.name?.value
  return {
    document,
    name: operationName,
    kind: node.operation,
    operations: operationsOf(fields),
    cost,
    run: isCompilable(valid, introspectionDepth) ? compiledLater(valid, node) : walk(valid, operationName),
    async follow(contextValue, variableValues) {
      const args = { ...valid, operationName, contextValue, variableValues }
      return (await createSourceEventStream(args)) as AsyncIterable<object> | ExecutionResult
    },
  }
}

/** Why an operation is not carried out that costs too much. */
export function tooDear(cost: number): GraphQLError {
  return problemError('operation-too-complex', `It costs ${cost}; ${COST_MAX} is the most that is answered.`, {
    cost: { asked: cost, most: COST_MAX },
  })
}

/** An operation is compiled when it is asked for again: most that are asked once never are. */
const COMPILED_FROM_USE = 2

/** Carries an operation out by walking over it. */
function walk(valid: Valid, operationName: string | undefined): Operation['run'] {
  return (rootValue, contextValue, variableValues) =>
    execute({ ...valid, rootValue, contextValue, variableValues, operationName })
}

/**
 * Whether what is compiled answers as the walk does. It does not where a field is asked for twice and one of them is left out by a directive, nor for fields of the schema itself
 * (tried with graphql-jit 0.8.9).
 */
function isCompilable({ document }: Valid, introspectionDepth: number): boolean {
  let directives = 0
  visit(document, { [Kind.DIRECTIVE]: () => void (directives += 1) })
  return directives === 0 && introspectionDepth === 0
}

/** By walking the first time, and compiled from then on. */
function compiledLater(valid: Valid, node: OperationDefinitionNode): Operation['run'] {
  let uses = 0
  let run = walk(valid, node.name?.value)
  return (root, context, variables) => {
    uses += 1
    if (uses === COMPILED_FROM_USE) run = compiled(valid, node) ?? run
    return run(root, context, variables)
  }
}

/**
 * An operation as a function of its own; undefined where it cannot be compiled. Variables that are more than a text or a number are read as the walk reads them: what is
 * compiled would refuse a member that is left out and may not be null, whatever its default. No stack is looked at of what is told as a value.
 */
export function compiled(
  { schema, document, hideSuggestions }: Valid,
  { name, variableDefinitions = [] }: OperationDefinitionNode,
): Operation['run'] | undefined {
  const code = compileQuery(schema, document, name?.value, { disablingCapturingStackErrors: true })
  if (!isCompiledQuery(code)) return undefined
  const query = code.query as (root: unknown, context: Context, variables: unknown) => ExecutionResult
  const readVariables = (variables: Variables) =>
    getVariableValues(schema, variableDefinitions, variables, { maxErrors: ERRORS_MAX, hideSuggestions })
  const careful: Operation['run'] = (root, context, variables) => {
    const read = readVariables(variables)
    return read.errors ? { errors: read.errors } : query(root, context, read.coerced)
  }
  if (!variableDefinitions.every((one) => isPlain(schema, one))) return careful
  return (root, context, variables) => {
    const result = query(root, context, variables)
    // Where it has refused the variables, that is said as everywhere else.
    const isRefused = 'errors' in result && result.data === undefined
    return isRefused ? careful(root, context, variables) : result
  }
}

/** Whether a variable is a text or a number, and nobody says what it is where it is left out. */
function isPlain(schema: GraphQLSchema, { type, defaultValue }: VariableDefinitionNode): boolean {
  const of = typeFromAST(schema, type as NamedTypeNode)
  return defaultValue === undefined && isScalarType(isNonNullType(of) ? of.ofType : of)
}
