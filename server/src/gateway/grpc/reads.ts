import { Type, type Static, type TObject, type TProperties } from 'typebox'
import { ChannelId, LocationId, Position, Sku, Uuid } from '@cellarhand/protocol/primitives'
import { formatPosition } from '../../log/log.ts'
import type { Plain } from '../../platform/grpc/shape.ts'
import { readCommitment, readDocument, readHold } from '../../stock/stock.ts'
import { DEFAULT_CHANNEL } from '../default-channel.ts'
import { awaitPosition, BAD_CURSOR, levelCursor, LIMIT_DEFAULT } from '../reading.ts'
import { readShown, type Reading } from '../shown.ts'
import { wineQuery, WinesQuery } from '../rest/wine-query.ts'
import { allowAt } from '../allow.ts'
import { denial, type Admitted } from './caller.ts'
import type { GrpcServices } from './grpc.ts'
import type { Refused } from './refusal.ts'
import type { Answer, Answers } from './unary.ts'
import { fitting } from './validate.ts'

/** SKUs that one call may name. */
const SKUS_MAX = 500

const minPosition = Type.Optional(Position)
const page = {
  minPosition,
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 600 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
}
const strict = { additionalProperties: false }

type Reads = (services: GrpcServices) => Answers

/** A read: what it is asked with, and its answer once the position that it asks for can be seen. */
function read<Properties extends TProperties>(
  schema: TObject<Properties>,
  answer: (services: GrpcServices, asked: Static<TObject<Properties>>, by: Admitted) => Answer | Promise<Answer>,
): Reads {
  return (services) =>
    ({ request, deadlineMs, ...by }) => {
      const denied = allowAt(by.caller, by.grant, [(request as { location?: string }).location])
      if (denied) return denial(services, by, denied)
      const fit = fitting(schema, request)
      if ('slug' in fit) return fit
      const { minPosition } = fit.asked as { minPosition?: string }
      // The read that is asked for most waits for nothing.
      if (minPosition === undefined) return answer(services, fit.asked, by)
      return unreached(services, minPosition, deadlineMs).then((late) => late ?? answer(services, fit.asked, by))
    }
}

/** Why a read does not see the position that it asks for. */
async function unreached(
  { replica }: GrpcServices,
  minPosition: string,
  deadlineMs: number | undefined,
): Promise<Refused | undefined> {
  const missed = await awaitPosition({ replica }, minPosition, deadlineMs)
  return missed && { ...missed, position: replica.position() }
}

/** Methods that read, by their name. */
export const reads: Readonly<Record<string, Reads>> = {
  getHold: one('hold', readHold),
  getCommitment: one('commitment', readCommitment),
  getOrder: one('order', (pool, id) => readDocument(pool, 'order', id)),
  listLevels: read(
    Type.Object({ sku: Type.Optional(Sku), location: Type.Optional(LocationId), ...page }, strict),
    listLevels,
  ),
  getOffer: read(Type.Object({ sku: Sku, channel: Type.Optional(ChannelId), minPosition }, strict), getOffer),
  listOffers: read(
    Type.Object(
      {
        channel: Type.Optional(ChannelId),
        skus: Type.Optional(Type.Array(Sku, { maxItems: SKUS_MAX })),
        ...page,
        cursor: Type.Optional(Sku),
      },
      strict,
    ),
    listOffers,
  ),
  searchWines: (services) => (asked) => searchWines(services)({ ...asked, request: asTexts(asked.request) }),
  getWine: read(Type.Object({ id: Type.String({ minLength: 1, maxLength: 160 }), minPosition }, strict), getWine),
}

/** Reads one thing of the database, by its id. */
function one(what: string, find: (pool: GrpcServices['pool'], id: string) => Reading): Reads {
  return read(Type.Object({ id: Uuid, minPosition }, strict), async (services, { id }, by) => {
    const { value, position } = await readShown(services, by.caller, by.operation, find(services.pool, id))
    if (!value) return { slug: 'not-found', detail: `There is no ${what} ${id}.`, position }
    return { answer: { [what]: value, position } }
  })
}

const badCursor = (position: string): Refused => ({
  slug: 'unprocessable',
  detail: BAD_CURSOR,
  position,
})

function listLevels(
  { replica }: GrpcServices,
  asked: { sku?: string; location?: string; cursor?: string; limit?: number },
): Answer {
  const { sku, location, cursor, limit = LIMIT_DEFAULT } = asked
  const position = replica.position()
  const after = cursor === undefined ? undefined : levelCursor(cursor)
  if (after === null) return badCursor(position)
  const found = replica.levels({ sku, location, after, limit })
  const next = found.next && `${found.next.sku}@${found.next.location}`
  return { answer: { items: found.items, next, position } }
}

function getOffer(
  { replica, offerBytes }: GrpcServices,
  { sku, channel = DEFAULT_CHANNEL }: { sku: string; channel?: string },
): Answer {
  const position = replica.position()
  const offer = replica.offerJson(sku, channel)
  if (offer === undefined)
    return { slug: 'not-found', detail: `${sku} is not offered in channel ${channel}.`, position }
  return { bytes: offerBytes(offer, position) }
}

function listOffers(
  { replica }: GrpcServices,
  asked: { channel?: string; skus?: string[]; cursor?: string; limit?: number },
): Answer {
  const { channel = DEFAULT_CHANNEL, skus, cursor, limit = LIMIT_DEFAULT } = asked
  const position = replica.position()
  if (!replica.hasChannel(channel)) {
    return { slug: 'unknown-channel', detail: `There is no channel ${channel}.`, position }
  }
  const { items, next } = replica.offers({ channel, skus, after: cursor, limit })
  return { answer: { items, next, position } }
}

/** The query as REST has it: everything in it is text. */
function asTexts({ limit, offered, facets, ...request }: Plain): Plain {
  const flag = (name: string, value: unknown) => (value === true ? { [name]: 'true' } : {})
  return {
    ...request,
    ...(typeof limit === 'number' ? { limit: String(limit) } : {}),
    ...flag('offered', offered),
    ...flag('facets', facets),
  }
}

const searchWines = read(WinesQuery, async (services, asked) => {
  const query = wineQuery(asked)
  const now = services.replica.position()
  if (typeof query === 'string') return { slug: 'invalid-request', detail: query, position: now }
  const found = await services.catalogue.searchWines(query)
  if (found.kind === 'bad-cursor') return badCursor(now)
  const { items, total, next, facets, logPosition } = found
  return { answer: { items, total, next, facets, position: formatPosition(services.replica.epoch(), logPosition) } }
})

async function getWine({ catalogue, replica }: GrpcServices, { id }: { id: string }): Promise<Answer> {
  const found = await catalogue.getWine(id)
  if (!found) return { slug: 'not-found', detail: `There is no wine ${id}.`, position: replica.position() }
  return { answer: { wine: found.wine, position: formatPosition(replica.epoch(), found.logPosition) } }
}
