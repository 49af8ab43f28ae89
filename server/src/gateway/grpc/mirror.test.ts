import type { DescField, DescMessage } from '@bufbuild/protobuf'
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt'
import { expect, test } from 'vitest'
import { Wine, WineList } from '@cellarhand/protocol/catalogue'
import { ResetReason } from '@cellarhand/protocol/feed'
import { GoneOffer, Offer } from '@cellarhand/protocol/offer'
import { OpenBottle } from '@cellarhand/protocol/open-bottle'
import { Order } from '@cellarhand/protocol/order'
import { Purchase } from '@cellarhand/protocol/purchase'
import { Repack } from '@cellarhand/protocol/repack'
import { Commitment, Hold, Level, PriceEffect, StockEffect } from '@cellarhand/protocol/stock'
import { Clearance, Transfer } from '@cellarhand/protocol/transfer'
import { policyTable } from '../../access/access.ts'
import { intents } from '../commands.ts'
import { messageOf } from '../../platform/grpc/image.ts'
import { wordsIn } from '../../platform/grpc/shape.ts'
import { operations, publicServices } from './operations.ts'
import { reads } from './reads.ts'

interface Shape {
  readonly type?: string
  readonly format?: string
  readonly const?: unknown
  readonly enum?: readonly string[]
  readonly anyOf?: readonly Shape[]
  readonly items?: Shape
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Shape>>
}

/** What a schema has and a message has not, or the other way round, by where it stands. */
function* differences(type: DescMessage, shape: Shape, at: string): Generator<string> {
  const properties = shape.properties ?? {}
  const fields = new Map(type.fields.map((field) => [field.jsonName, field]))
  for (const name of Object.keys(properties))
    if (!fields.has(name)) yield `${at}.${name} is in no field of ${type.name}`
  for (const [name, field] of fields) {
    const inner = properties[name]
    if (inner) yield* different(field, inner, `${at}.${name}`, shape.required?.includes(name) === true)
    else yield `${type.name}.${field.name} is in no member of ${at}`
  }
}

const isImplicit = ({ presence }: DescField) => Number(presence) === Number(FeatureSet_FieldPresence.IMPLICIT)

function* different(field: DescField, shape: Shape, at: string, isRequired: boolean): Generator<string> {
  const isList = shape.type === 'array'
  if (isList !== (field.fieldKind === 'list')) yield `${at}: one of the two is a list`
  const one = isList ? (shape.items ?? {}) : shape
  if (!isList && !field.message && !isRequired && isImplicit(field)) yield `${at} may be left out: make it optional`
  if (field.enum) {
    const words = one.enum ?? one.anyOf?.map((part) => String(part.const)) ?? []
    if (wordsIn(field.enum).toSorted().join() !== [...words].toSorted().join()) yield `${at}: other words`
  } else if (field.message && field.message.typeName !== 'google.protobuf.Timestamp') {
    yield* differences(field.message, one, at)
  } else if (Boolean(field.message) !== (one.format === 'date-time')) yield `${at}: one of the two is an instant`
}

const differs = (name: string, shape: unknown) => [
  ...differences(messageOf(`cellarhand.v1.${name}`), shape as Shape, name),
]

test('every answer has the members of its schema, under the same names and with the same words', () => {
  const shapes = { Hold, Commitment, Level, StockEffect, PriceEffect, Order, Transfer, Clearance, Purchase, Repack }
  const others = { OpenBottle, Offer, Wine, Facets: (WineList as Shape).properties?.['facets'] }
  // That it is gone is said by the field it stands in.
  const said = Object.entries((GoneOffer as Shape).properties ?? {}).filter(([name]) => name !== 'gone')
  const GoneShape = { properties: Object.fromEntries(said), required: said.map(([name]) => name) }
  const found = Object.entries({ ...shapes, ...others, GoneOffer: GoneShape }).flatMap(([name, shape]) =>
    differs(name, shape),
  )
  expect(found).toEqual([])
  expect(wordsIn(messageOf('cellarhand.v1.OffersReset').field['reason']!.enum!)).toEqual((ResetReason as Shape).enum)
})

test('every request that writes has the members of the schema that it is held to, a key and who does it', () => {
  const found = Object.entries(intents).flatMap(([name, { schema }]) => {
    const message = `${name[0]?.toUpperCase()}${name.slice(1)}Request`
    const text = { type: 'string' }
    const properties = { idempotencyKey: text, actor: text, ...(schema as Shape).properties }
    const required = ['idempotencyKey', 'actor', ...((schema as Shape).required ?? [])]
    return differs(message, { properties, required })
  })
  expect(found).toEqual([])
})

test('a schema with a member that no field has, and words that no enum has, are told of', () => {
  const { properties, required } = Hold as Shape
  const shape = { required, properties: { ...properties, more: { type: 'string' }, state: { enum: ['active'] } } }
  expect(differs('Hold', shape)).toEqual(['Hold.more is in no field of Hold', 'Hold.state: other words'])
})

test('every method is an operation with a line in the policy, and is answered', () => {
  const methods = publicServices.flatMap((service) => service.methods.map(({ localName }) => localName))
  expect(methods.length).toBeGreaterThan(45)
  expect([...operations.keys()]).toEqual(methods)
  expect(methods.filter((name) => !policyTable.has(operations.get(name) ?? ''))).toEqual([])
  const answered = [...Object.keys(intents), ...Object.keys(reads), 'followOffers']
  expect(methods.toSorted()).toEqual(answered.toSorted())
})
