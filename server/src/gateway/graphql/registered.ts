import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf, SetupError } from '../../platform/setup-error.ts'
import { OPERATION_ID } from './asked.ts'
import type { Prepare, Prepared } from './documents.ts'

/** The SHA-256 of a text, as hexadecimal digits. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * The operations that are registered, by their ids, each read and found right. A folder: its `.graphql` files, by the SHA-256 of each. A file: JSON, an object of
 * operations by id, or what Apollo's tools write.
 *
 * @throws SetupError where there is none, or one of them is not right
 */
export function readRegistered(path: string, prepare: Prepare): ReadonlyMap<string, Prepared> {
  const texts = textsAt(path)
  return new Map(
    texts.map(({ id, name, text }) => {
      if (!OPERATION_ID.test(id)) throw new SetupError(`${path}: ${JSON.stringify(id)} cannot be an operation's id.`)
      const prepared = prepare(text)
      if ('operation' in prepared) return [id, prepared]
      throw new SetupError(`${path}: ${name} cannot be registered: ${prepared.map(({ message }) => message).join(' ')}`)
    }),
  )
}

interface Text {
  readonly id: string
  readonly name: string
  readonly text: string
}

function textsAt(path: string): Text[] {
  try {
    return statSync(path).isDirectory() ? folderTexts(path) : manifestTexts(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    throw new SetupError(`The registered operations of GraphQL cannot be read from ${path}: ${messageOf(error)}`)
  }
}

function folderTexts(path: string): Text[] {
  const names = readdirSync(path).filter((name) => name.endsWith('.graphql'))
  return names.toSorted().map((name) => {
    const text = readFileSync(join(path, name), 'utf8')
    return { id: sha256(text), name, text }
  })
}

/** `{ id: text }`, or `{ operations: [{ id, body }] }`. */
function manifestTexts(manifest: unknown): Text[] {
  if (typeof manifest !== 'object' || manifest === null) throw new Error('it is no object of operations by their ids')
  const { operations } = manifest as { readonly operations?: unknown }
  const pairs = Array.isArray(operations)
    ? operations.map(({ id, body }: { readonly id: unknown; readonly body: unknown }) => [id, body])
    : Object.entries(manifest)
  return pairs.map(([id, text]) => {
    if (typeof id === 'string' && typeof text === 'string') return { id, name: id, text }
    throw new Error('an operation has no id, or no text')
  })
}
