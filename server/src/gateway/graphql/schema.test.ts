import { readFileSync, writeFileSync } from 'node:fs'
import {
  buildSchema,
  findBreakingChanges,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  visit,
  type GraphQLField,
  type GraphQLInputField,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { policyTable } from '../../access/access.ts'
import { openFields, openGraphqlSchema, operationOf } from './graphql.ts'
import { foreseenRefusals, typeOfRefusal, type ResultUnion } from './refusals.ts'

const schema = openGraphqlSchema()
const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'))
const snapshotFile = new URL('../../../graphql/schema.snapshot.graphql', import.meta.url)

/** What clients depend on: sorted, and without what is said of it. */
function shape(): string {
  const sorted = parse(printSchema(lexicographicSortSchema(schema)))
  const bare = visit(sorted, {
    enter: (node) => ('description' in node && node.description ? { ...node, description: undefined } : undefined),
  })
  return `${print(bare)}\n`
}

describe('what clients were promised, schema.snapshot.graphql,', () => {
  const promised = readFileSync(snapshotFile, 'utf8')

  it('is broken by no change', () => {
    const broken = findBreakingChanges(buildSchema(promised), schema).map(({ description }) => description)
    expect(
      broken,
      'clients of the schema as it was would fail: keep what is there with @deprecated, and add what is new beside it',
    ).toEqual([])
  })

  it('has every change that is made', () => {
    // Only what breaks nobody is written by itself.
    const isAllowed = findBreakingChanges(buildSchema(promised), schema).length === 0
    if (process.env['CELLARHAND_WRITE_SNAPSHOT'] === '1' && isAllowed) writeFileSync(snapshotFile, shape())
    const written = readFileSync(snapshotFile, 'utf8')
    expect(
      print(parse(written)),
      'run `CELLARHAND_WRITE_SNAPSHOT=1 npx vitest run server/src/gateway/graphql/schema.test.ts` and commit what it writes',
    ).toBe(print(parse(shape())))
  })
})

it('every type, field and argument says what it means', () => {
  const silent = types.flatMap((type): string[] => {
    const own = type.description || ['String', 'Int', 'Float', 'Boolean', 'ID'].includes(type.name) ? [] : [type.name]
    if (isEnumType(type) || !('getFields' in type)) return own
    const fields = Object.values<GraphQLField<unknown, unknown> | GraphQLInputField>(type.getFields()).flatMap(
      (field) => [
        ...(field.description ? [] : [`${type.name}.${field.name}`]),
        ...('args' in field ? field.args : [])
          .filter(({ description }) => !description)
          .map(({ name }) => `${type.name}.${field.name}(${name})`),
      ],
    )
    return [...own, ...fields]
  })
  expect(silent, 'say it in schema.graphql, or the word in words.ts').toEqual([])
})

it('every field of Query, Mutation and Subscription stands for an operation that has a line in the policy', () => {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  const fields = roots.flatMap((root) => Object.keys(root?.getFields() ?? {}).map((name) => `${root?.name}.${name}`))
  const without = fields.filter((field) => !operationOf[field] && !openFields.includes(field))
  expect(without).toEqual([])
  const unknown = Object.values(operationOf).filter((operation) => operation && !policyTable.has(operation))
  expect(unknown).toEqual([])
  for (const key of Object.keys(operationOf)) {
    const [type = '', field = ''] = key.split('.')
    const found = schema.getType(type)
    expect(isObjectType(found) && Object.keys(found.getFields())).toContain(field)
  }
})

it('the unions of mutations have a type for each refusal that they foresee, and no other', () => {
  for (const [name, slugs] of Object.entries(foreseenRefusals)) {
    const union = schema.getType(name as ResultUnion)
    const refusals = isUnionType(union)
      ? union.getTypes().filter((type) => type.getInterfaces().some((one) => one.name === 'Refusal'))
      : []
    expect([name, ...refusals.map((type) => type.name).toSorted()]).toEqual([
      name,
      ...slugs.map(typeOfRefusal).toSorted(),
    ])
  }
})

it('members of a union that are called alike have one type, so that a client may ask for both', () => {
  for (const union of types.filter(isUnionType)) {
    const seen = new Map<string, string>()
    for (const type of union.getTypes()) {
      for (const field of Object.values(type.getFields())) {
        const known = seen.get(field.name) ?? String(field.type)
        expect(`${union.name} ${type.name}.${field.name}: ${String(field.type)}`).toBe(
          `${union.name} ${type.name}.${field.name}: ${known}`,
        )
        seen.set(field.name, known)
      }
    }
  }
})

it('is no wider than an operation may be', () => {
  const fields = types.filter((type) => isObjectType(type) || isInterfaceType(type) || isInputObjectType(type))
  const wide = fields.filter((type) => Object.keys(type.getFields()).length > 20)
  expect(wide).toEqual([])
})
