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
  /** what is said, beside the id of what it is about */
  readonly body: TObject
  /** all that is said: the body, with the `id` where it is about one thing */
  readonly schema: TObject
  /** @param asked fits the schema */
  meant(asked: object, known: Known): Meant | Promise<Meant>
}

/** An intent whose request says all of it. */
export function intent<Properties extends TProperties>(
  body: TObject<Properties>,
  meant: (asked: Static<TObject<Properties>>, known: Known) => Meant | Promise<Meant>,
): Intent {
  const ordered = inOrderOf(body)
  return { body, schema: body, meant: (asked, known) => meant(ordered(asked), known) }
}

/** An intent about one thing, which its `id` says. */
export function intentFor<Properties extends TProperties>(
  body: TObject<Properties>,
  meant: (id: string, asked: Static<TObject<Properties>>, known: Known) => Meant,
): Intent {
  const schema = Type.Object({ id: Uuid, ...body.properties }, { additionalProperties: false })
  const ordered = inOrderOf(body)
  return { body, schema, meant: (asked, known) => meant((asked as { id: string }).id, ordered(asked), known) }
}

/** What is asked, in the order of its schema: a command is known again by its text, and a retry may write its members in another order. */
function inOrderOf<Properties extends TProperties>(schema: TObject<Properties>) {
  const names = Object.keys(schema.properties)
  return (asked: object): Static<TObject<Properties>> => {
    const said = asked as Readonly<Record<string, unknown>>
    const ordered: Record<string, unknown> = {}
    for (const name of names) if (said[name] !== undefined) ordered[name] = said[name]
    return ordered as Static<TObject<Properties>>
  }
}

/** Why what was asked fits its schema, and is no request all the same. Members of the request are named as `body/lines`: see `refusedAt`. */
export function invalid(detail: string): Refusal {
  return { slug: 'unprocessable', detail }
}

/** A refusal in the words of a way in where a request is not called `body`. */
export function refusedAt(place: string, refusal: Refusal): Refusal {
  return { ...refusal, detail: refusal.detail.replace('body/', place) }
}

/** Whether it is a refusal. */
export function isRefusal(meant: Meant): meant is Refusal {
  return 'slug' in meant
}

/** That a SKU is in no catalogue. */
export function unknownSku(sku: string): Refusal {
  return { slug: 'unknown-sku', detail: `There is no SKU ${sku}. Import it first.`, members: { sku } }
}

/** `occurredAt` (RFC 3339) in milliseconds, where it is said. */
export function timed<T extends { readonly occurredAt?: string }>({
  occurredAt,
  ...rest
}: T): Omit<T, 'occurredAt'> & { readonly occurredAtMs?: number } {
  return { ...rest, ...(occurredAt === undefined ? {} : { occurredAtMs: Date.parse(occurredAt) }) }
}
