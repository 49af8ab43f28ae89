import {
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import { must } from '../../platform/must.ts'

export type Variables = Readonly<Record<string, unknown>>

/** What an operation comes to. All of it is known before any field is read. */
export interface Measure {
  /** levels of fields with fields in them */
  readonly depth: number
  /** the same below `__schema` and `__type` */
  readonly introspectionDepth: number
  /** fields that it names, as `Type.field` */
  readonly fields: ReadonlySet<string>
  /** What it costs at most with these variables: one for each object that may be read. */
  readonly cost: (variables: Variables) => number
}

/** Lists that have no `first`, by how many they usually hold. */
const listSizes: Readonly<Record<string, number>> = {
  'Wine.vintages': 3,
  'Vintage.skus': 2,
  'OfferChanges.offers': 100,
}
const LIST_SIZE = 5
/** A transaction costs more than reading what is in memory. */
const MUTATION_COST = 10
/** The schema as a whole is a few hundred objects, and kept. */
const INTROSPECTION_COST = 100

interface Counting {
  readonly variables: Variables
  /** fragments that were counted, by name and by the page they stand in: one may be spread in another many times over */
  readonly known: Map<string, number>
}

/** What a set of fields costs, in a list that is a page of so many. */
type Cost = (counting: Counting, page: number) => number

interface Part {
  readonly depth: number
  readonly introspectionDepth: number
  readonly cost: Cost
}

interface Measuring {
  readonly schema: GraphQLSchema
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly measured: Map<string, Part>
  readonly fields: Set<string>
  /** variables that say how many items a page has */
  readonly pages: Set<string>
  readonly defaults: Variables
}

/** Measures an operation of a document that is valid: one whose fragments do not go round in circles. */
export function measure(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Measure {
  const fragments = document.definitions.flatMap((one) =>
    one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one] as const] : [],
  )
  const measuring: Measuring = {
    schema,
    fragments: new Map(fragments),
    measured: new Map(),
    fields: new Set(),
    pages: new Set(),
    defaults: defaultsOf(operation),
  }
  const root = must(schema.getRootType(operation.operation), 'the type of a valid operation')
  const { depth, introspectionDepth, cost } = measureSet(measuring, operation.selectionSet, root)
  const costWith = (variables: Variables) =>
    cost({ variables: { ...measuring.defaults, ...variables }, known: new Map() }, 0)
  const fixed = measuring.pages.size === 0 ? costWith({}) : undefined
  const price = fixed === undefined ? costWith : () => fixed
  return { depth, introspectionDepth, fields: measuring.fields, cost: price }
}

/** Defaults of variables, as far as they say how many. */
function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Variables {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue?.kind === Kind.INT ? [[variable.name.value, Number(defaultValue.value)]] : [],
    ),
  )
}

function measureSet(measuring: Measuring, { selections }: SelectionSetNode, type: GraphQLNamedType): Part {
  const parts = selections.map((selection) => measureSelection(measuring, selection, type))
  return {
    depth: Math.max(0, ...parts.map(({ depth }) => depth)),
    introspectionDepth: Math.max(0, ...parts.map((part) => part.introspectionDepth)),
    cost: (counting, page) => parts.reduce((sum, { cost }) => sum + cost(counting, page), 0),
  }
}

function measureSelection(measuring: Measuring, selection: SelectionNode, type: GraphQLNamedType): Part {
  switch (selection.kind) {
    case Kind.FIELD:
      return measureField(measuring, selection, type)
    case Kind.INLINE_FRAGMENT: {
      const on = selection.typeCondition?.name.value
      return measureSet(measuring, selection.selectionSet, on === undefined ? type : typeNamed(measuring, on))
    }
    case Kind.FRAGMENT_SPREAD:
      return measureFragment(measuring, selection.name.value)
  }
}

const typeNamed = ({ schema }: Measuring, name: string) => must(schema.getType(name), 'a type of a valid operation')

function measureFragment(measuring: Measuring, name: string): Part {
  const known = measuring.measured.get(name)
  if (known) return known
  const { selectionSet, typeCondition } = must(measuring.fragments.get(name), 'a fragment of a valid operation')
  const part = measureSet(measuring, selectionSet, typeNamed(measuring, typeCondition.name.value))
  const kept: Part = {
    ...part,
    cost(counting, page) {
      const key = `${name} ${page}`
      const cost = counting.known.get(key) ?? part.cost(counting, page)
      counting.known.set(key, cost)
      return cost
    },
  }
  measuring.measured.set(name, kept)
  return kept
}

const nothing: Part = { depth: 0, introspectionDepth: 0, cost: () => 0 }

function measureField(measuring: Measuring, node: FieldNode, type: GraphQLNamedType): Part {
  const name = node.name.value
  if (name === '__typename') return nothing
  if (name === '__schema' || name === '__type') {
    return { depth: 1, introspectionDepth: levelsOf(measuring, node), cost: () => INTROSPECTION_COST }
  }
  const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined
  const key = `${type.name}.${name}`
  measuring.fields.add(key)
  const { selectionSet } = node
  if (!field || !selectionSet || !isCompositeType(getNamedType(field.type))) return nothing
  const inner = measureSet(measuring, selectionSet, getNamedType(field.type))
  const own = type === measuring.schema.getMutationType() ? MUTATION_COST : 1
  const pageOf = pageSize(measuring, field, node)
  const isPage = name === 'edges' || name === 'nodes'
  const times = isList(field.type) ? (listSizes[key] ?? LIST_SIZE) : 1
  return {
    ...inner,
    depth: inner.depth + 1,
    cost(counting, page) {
      const size = isPage && page > 0 ? page : times
      return size * (own + inner.cost(counting, pageOf?.(counting.variables) ?? 0))
    },
  }
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type)
}

/** How many a field asks for, where it says so by `first`. */
function pageSize(
  { pages }: Measuring,
  { args }: GraphQLField<unknown, unknown>,
  { arguments: given }: FieldNode,
): ((variables: Variables) => number) | undefined {
  const first = args.find(({ name }) => name === 'first')
  if (first === undefined) return undefined
  const usual = Number(first.defaultValue)
  const value = given?.find(({ name }) => name.value === 'first')?.value
  const sizeOf = (size: unknown) => (typeof size === 'number' && size >= 1 ? size : usual)
  if (value?.kind === Kind.INT) return () => sizeOf(Number(value.value))
  if (value?.kind === Kind.VARIABLE) {
    const { value: name } = value.name
    pages.add(name)
    return (variables) => sizeOf(variables[name])
  }
  return () => usual
}

/** Levels of fields with fields in them, whatever their types. Fragments that go round in circles are not valid, and not measured. */
function levelsOf(measuring: Measuring, { selectionSet }: FieldNode): number {
  return selectionSet === undefined ? 0 : 1 + levelsIn(measuring, selectionSet)
}

function levelsIn(measuring: Measuring, { selections }: SelectionSetNode): number {
  const levels = selections.map((selection) => {
    if (selection.kind === Kind.FIELD) return levelsOf(measuring, selection)
    if (selection.kind === Kind.INLINE_FRAGMENT) return levelsIn(measuring, selection.selectionSet)
    return levelsOfFragment(measuring, selection.name.value)
  })
  return Math.max(0, ...levels)
}

function levelsOfFragment(measuring: Measuring, name: string): number {
  const key = `levels of ${name}`
  const known = measuring.measured.get(key)
  if (known) return known.depth
  const { selectionSet } = must(measuring.fragments.get(name), 'a fragment of a valid operation')
  const depth = levelsIn(measuring, selectionSet)
  measuring.measured.set(key, { ...nothing, depth })
  return depth
}
