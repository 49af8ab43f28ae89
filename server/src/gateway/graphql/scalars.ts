import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql'

/** A text that is handed through: those that come in are checked where they are used. */
const textScalar = (name: string) =>
  new GraphQLScalarType<string, string>({
    name,
    serialize: String,
    parseValue(value) {
      if (typeof value === 'string') return value
      throw new GraphQLError(`${name} is a text.`)
    },
    parseLiteral(node) {
      if (node.kind === Kind.STRING) return node.value
      throw new GraphQLError(`${name} is a text.`)
    },
  })

const long = new GraphQLScalarType<number, number>({
  name: 'Long',
  serialize: (value) => wholeNumber(value),
  parseValue: (value) => wholeNumber(value),
  parseLiteral: (node: ValueNode) => wholeNumber(node.kind === Kind.INT ? Number(node.value) : undefined),
})

function wholeNumber(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw new GraphQLError('Long is a whole number of up to 2^53 - 1.')
}

/** What the schema has beside GraphQL's own. */
export const scalars: readonly GraphQLScalarType[] = [textScalar('Instant'), textScalar('Position'), long]
