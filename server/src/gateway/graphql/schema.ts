import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  buildSchema,
  isAbstractType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLScalarType,
  type GraphQLSchema,
} from 'graphql'
import { must } from '../../platform/must.ts'
import type { Context } from './context.ts'
import { sentenceOf } from './words.ts'

/** The same place from `src` and from `dist`. */
const file = fileURLToPath(new URL('../../../graphql/schema.graphql', import.meta.url))

/** How a field is read, where that is more than the member of its name. */
export type Resolve = GraphQLFieldResolver<never, Context, never>
export type Subscribe = (source: unknown, args: never, context: Context) => AsyncIterable<unknown>

/** What is behind a schema: resolvers by type and field, what is followed by field, and scalars by name. */
export interface Behind {
  readonly resolvers: Readonly<Record<string, Readonly<Record<string, Resolve>>>>
  readonly subscriptions: Readonly<Record<string, Subscribe>>
  readonly scalars: readonly GraphQLScalarType[]
}

/** The schema with what is behind it. Members that it says nothing of mean what they mean in REST. */
export function openSchema(behind: Behind): GraphQLSchema {
  const schema = buildSchema(readFileSync(file, 'utf8'))
  attachScalars(schema, behind.scalars)
  attachResolvers(schema, behind)
  describeMembers(schema)
  return schema
}

function attachScalars(schema: GraphQLSchema, scalars: readonly GraphQLScalarType[]): void {
  for (const scalar of scalars) {
    const type = schema.getType(scalar.name)
    if (!isScalarType(type)) throw new Error(`broken promise: the schema has a scalar ${scalar.name}`)
    const { serialize, parseValue, parseLiteral } = scalar
    Object.assign(type, { serialize, parseValue, parseLiteral })
  }
}

function attachResolvers(schema: GraphQLSchema, { resolvers, subscriptions }: Behind): void {
  const fieldOf = (typeName: string, name: string) => {
    const type = schema.getType(typeName)
    return must(isObjectType(type) && type.getFields()[name], `the schema has a field ${typeName}.${name}`)
  }
  for (const [typeName, fields] of Object.entries(resolvers)) {
    for (const [name, resolve] of Object.entries(fields)) fieldOf(typeName, name).resolve = resolve as never
  }
  for (const [name, subscribe] of Object.entries(subscriptions)) {
    fieldOf('Subscription', name).subscribe = subscribe as never
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (isAbstractType(type)) type.resolveType = (value: { readonly [name: string]: string }) => value['__typename']
  }
}

/** Gives members that have no description the meaning of their word. */
function describeMembers(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__') || !(isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)))
      continue
    for (const field of Object.values(type.getFields())) {
      field.description ??= isObjectType(type) ? meantBy(type, field.name) : undefined
      describe(type.name, field)
      for (const argument of 'args' in field ? field.args : []) describe(field.name, argument)
    }
  }
}

/** What the interface of a type says of a field. */
function meantBy(type: GraphQLObjectType, name: string): string | null | undefined {
  return type
    .getInterfaces()
    .find((one) => name in one.getFields())
    ?.getFields()[name]?.description
}

function describe(outer: string, member: { readonly name: string; description?: string | null | undefined }): void {
  member.description ||= sentenceOf(outer, member.name)
}
