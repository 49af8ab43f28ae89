import { Type, type Static, type TObject, type TProperties } from 'typebox'
import { Uuid } from '@cellarhand/protocol/primitives'
import type { Catalogue } from '../../catalogue/catalogue.ts'
import type { Config } from '../../platform/config.ts'
import type { Command, Refusal } from '../../stock/stock.ts'

/** What an intent may look up before it is a command. */
export interface Known {
  readonly config: Pick<Config, 'holdTtlDefaultS' | 'holdTtlMaxS'>
  readonly catalogue: Pick<Catalogue, 'contentsOf' | 'sizeOf'>
}

/** What comes of an intent: a command, or why it cannot be one. */
export type Meant = Command | Refusal

/** What is asked of stock, in the shape of the protocol, and the command that it is. */
export interface Intent {
  readonly schema: TObject
  /** @param asked fits the schema */
  meant(asked: unknown, known: Known): Meant | Promise<Meant>
}

/** An intent whose request says all of it. */
export function intent<Properties extends TProperties>(
  schema: TObject<Properties>,
  meant: (asked: Static<TObject<Properties>>, known: Known) => Meant | Promise<Meant>,
): Intent {
  return { schema, meant: (asked, known) => meant(asked as Static<TObject<Properties>>, known) }
}

/** An intent about one thing, which its `id` says. */
export function intentFor<Properties extends TProperties>(
  schema: TObject<Properties>,
  meant: (id: string, asked: Static<TObject<Properties>>, known: Known) => Meant,
): Intent {
  const withId = Type.Object({ id: Uuid, ...schema.properties }, { additionalProperties: false })
  return {
    schema: withId,
    meant: (asked, known) => {
      const { id, ...body } = asked as { id: string } & Static<TObject<Properties>>
      return meant(id, body as Static<TObject<Properties>>, known)
    },
  }
}

/** Why what was asked fits its schema, and is no request all the same. */
export function invalid(detail: string): Refusal {
  return { slug: 'unprocessable', detail }
}

/** Whether it is a refusal. */
export function isRefusal(meant: Meant): meant is Refusal {
  return 'slug' in meant
}

/** `occurredAt` (RFC 3339) in milliseconds, where it is said. */
export function timed<T extends { readonly occurredAt?: string }>({
  occurredAt,
  ...rest
}: T): Omit<T, 'occurredAt'> & { readonly occurredAtMs?: number } {
  return { ...rest, ...(occurredAt === undefined ? {} : { occurredAtMs: Date.parse(occurredAt) }) }
}

/** A command, or what is wrong with the request that no schema could say. */
export const orInvalid = (command: Command | string): Meant =>
  typeof command === 'string' ? invalid(command.replace('body/', '')) : command
