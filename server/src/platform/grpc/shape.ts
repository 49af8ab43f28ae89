import { create, fromBinary, ScalarType, toBinary } from '@bufbuild/protobuf'
import type { DescEnum, DescField, DescMessage, Message } from '@bufbuild/protobuf'
import { timestampDate, timestampFromDate, type Timestamp } from '@bufbuild/protobuf/wkt'

// A message as a plain value and back: the shape that REST has, under the same names. Enums are their words, 64-bit numbers are numbers, instants RFC 3339.

/** A plain value: what JSON can say. */
export type Plain = Readonly<Record<string, unknown>>

/** Bytes that are no message of the kind that was expected, or one with fields that are not known here. The message is for people. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage'
}

const TIMESTAMP = 'google.protobuf.Timestamp'
const STRUCT = 'google.protobuf.Struct'

/** Words that are not written in small letters. */
const otherWords: Readonly<Record<string, string>> = { PACKAGING_OWC: 'OWC', PACKAGING_OCB: 'OCB' }

type Fields = Readonly<Record<string, unknown>>

/**
 * The plain value of a message's bytes. Lists without items and what is not said are left out.
 *
 * @throws MalformedMessage where the bytes are no such message, or say what this version does not know: nothing is quietly dropped
 */
export function decode(type: DescMessage, bytes: Uint8Array): Plain {
  return plainOf(type, read(type, bytes), true)
}

/** The same between processes of one installation: what a newer one says besides is left out. Throws MalformedMessage where the bytes are no such message. */
export function decodeKnown(type: DescMessage, bytes: Uint8Array): Plain {
  return plainOf(type, read(type, bytes), false)
}

function read(type: DescMessage, bytes: Uint8Array): Message {
  try {
    return fromBinary(type, bytes)
  } catch (error) {
    throw new MalformedMessage(
      `These bytes are no ${type.name}: ${error instanceof Error ? error.message : 'unknown'}.`,
    )
  }
}

/** The bytes of a plain value. What the message has no field for is left out. */
export function encode(type: DescMessage, plain: Plain): Buffer {
  const bytes = toBinary(type, create(type, initOf(type, plain)))
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function plainOf(type: DescMessage, message: Message, strict: boolean): Plain {
  const [unknown] = message.$unknown ?? []
  if (unknown && strict) throw new MalformedMessage(`${type.name} has no field ${unknown.no} in this version.`)
  const plain: Record<string, unknown> = {}
  for (const field of type.fields) {
    const value = plainField(field, valueIn(message, field), strict)
    if (value !== undefined) plain[field.jsonName] = value
  }
  return plain
}

/** What a message has in a field; of a oneof only the one that is set. */
function valueIn(message: Message, field: DescField): unknown {
  const fields = message as unknown as Fields
  if (!field.oneof) return fields[field.localName]
  const chosen = fields[field.oneof.localName] as { readonly case?: string; readonly value?: unknown }
  return chosen.case === field.localName ? chosen.value : undefined
}

function plainField(field: DescField, value: unknown, strict: boolean): unknown {
  if (value === undefined) return undefined
  if (field.fieldKind !== 'list') return plainValue(field, value, strict)
  const list = value as readonly unknown[]
  return list.length === 0 ? undefined : list.map((one) => plainValue(field, one, strict))
}

function plainValue(field: DescField, value: unknown, strict: boolean): unknown {
  if (field.enum) return wordOf(field.enum, value as number)
  if (field.message) return plainMessage(field.message, value as Message, strict)
  return typeof value === 'bigint' ? Number(value) : value
}

function plainMessage(type: DescMessage, value: Message, strict: boolean): unknown {
  // It is a plain value already.
  if (type.typeName === STRUCT) return value
  if (type.typeName !== TIMESTAMP) return plainOf(type, value, strict)
  const date = timestampDate(value as Timestamp)
  if (Number.isNaN(date.getTime())) throw new MalformedMessage('An instant is out of bounds.')
  return date.toISOString()
}

interface Words {
  readonly byNumber: ReadonlyMap<number, string>
  readonly byWord: ReadonlyMap<string, number>
}

const wordsByEnum = new WeakMap<DescEnum, Words>()

/** The words of an enum: `HOLD_STATE_ACTIVE` is `active`. Zero is what is not said. */
function wordsOf(type: DescEnum): Words {
  const known = wordsByEnum.get(type)
  if (known) return known
  const prefix = type.sharedPrefix?.length ?? 0
  const said = type.values.filter(({ number }) => number !== 0)
  const words = said.map(({ number, name }) => [number, otherWords[name] ?? name.slice(prefix).toLowerCase()] as const)
  const made = { byNumber: new Map(words), byWord: new Map(words.map(([number, word]) => [word, number])) }
  wordsByEnum.set(type, made)
  return made
}

function wordOf(type: DescEnum, number: number): unknown {
  return number === 0 ? undefined : (wordsOf(type).byNumber.get(number) ?? number)
}

/** Every word that an enum has. */
export function wordsIn(type: DescEnum): string[] {
  return [...wordsOf(type).byWord.keys()]
}

function initOf(type: DescMessage, plain: Plain): Record<string, unknown> {
  const init: Record<string, unknown> = {}
  for (const field of type.fields) {
    const value = plain[field.jsonName]
    if (value === undefined || value === null) continue
    const given =
      field.fieldKind === 'list' ? (value as unknown[]).map((one) => initValue(field, one)) : initValue(field, value)
    if (field.oneof) init[field.oneof.localName] = { case: field.localName, value: given }
    else init[field.localName] = given
  }
  return init
}

function initValue(field: DescField, value: unknown): unknown {
  if (field.enum) return wordsOf(field.enum).byWord.get(String(value)) ?? 0
  if (field.message?.typeName === TIMESTAMP) return timestampFromDate(new Date(String(value)))
  // A Struct is said as it is: JSON.
  if (field.message) return field.message.typeName === STRUCT ? value : initOf(field.message, value as Plain)
  if (field.scalar === ScalarType.STRING) return String(value)
  return field.scalar === ScalarType.INT64 ? BigInt(value as number) : value
}
