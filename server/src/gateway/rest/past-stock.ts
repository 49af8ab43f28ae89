import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { Instant, LocationId, Position, Sku } from '@cellarhand/protocol/primitives'
import { formatPosition } from '../../log/log.ts'
import { instantUs, type Moment, type PastPage, type Refused } from '../../report/report.ts'
import { sendProblem } from './problems.ts'
import { badCursor, limitOf, pageQuery, readHeaders } from './read.ts'
import type { Services } from '../services.ts'

export const StockQuery = Type.Object(
  {
    ...pageQuery,
    sku: Type.Optional(Sku),
    location: Type.Optional(LocationId),
    at: Type.Optional({ ...Instant, description: 'levels of this moment, which has to have come' }),
    position: Type.Optional({ ...Position, description: 'levels as of this position, of this epoch' }),
    basis: Type.Optional(
      Type.Enum(['recorded', 'occurred'], {
        description:
          '`recorded`: as the books stood then. `occurred`: on hand at that moment as it is known now, from late facts too; needs `at`',
      }),
    ),
  },
  { additionalProperties: false },
)
export type StockQuery = Static<typeof StockQuery>

/** Whether a query asks for levels of the past. */
export function isOfThePast({ at, position, basis }: StockQuery): boolean {
  return at !== undefined || position !== undefined || basis === 'occurred'
}

/** Answers a page of levels of a past moment. */
export async function sendPastStock(
  services: Services,
  request: FastifyRequest<{ Querystring: StockQuery }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { at, position, basis } = request.query
  const atUs = at === undefined ? undefined : instantUs(at)
  if (at !== undefined && atUs === undefined) return sendProblem(reply, 'unprocessable', `${at} is no time.`)
  if (at !== undefined && position !== undefined) {
    return sendProblem(reply, 'unprocessable', 'Name a time or a position, and not both.')
  }
  if (basis === 'occurred' && atUs === undefined) {
    return sendProblem(reply, 'unprocessable', 'basis=occurred is about a time: name it as `at`.')
  }
  const page = await readPast(services, request.query, atUs)
  if (page === undefined) return badCursor(reply)
  if (page.kind === 'refused') return sendProblem(reply, page.slug, page.detail)
  const next = page.next && `${page.position}.${page.next.sku}@${page.next.location}`
  const stands = readHeaders(services, reply, page.position)
  return reply.send({ items: page.items, ...(next ? { next } : {}), position: stands })
}

/** Undefined for a cursor that is none of ours. A page goes on with the books that the one before was of. */
async function readPast(
  { reports, replica }: Services,
  query: StockQuery,
  atUs: number | undefined,
): Promise<PastPage | Refused | undefined> {
  const { sku, location, limit, basis } = query
  const cursor = query.cursor === undefined ? undefined : pastCursor(query.cursor)
  if (cursor === null) return undefined
  const epoch = replica.epoch()
  const levels = { sku, location, limit: limitOf(limit), after: cursor }
  if (basis === 'occurred' && atUs !== undefined) return reports.occurred(atUs, levels, cursor?.position)
  const begun = cursor && ({ kind: 'position', position: formatPosition(epoch, cursor.position) } as const)
  return reports.recorded(begun ?? momentOf(query.position, atUs), epoch, levels)
}

/** The moment that a position or a time names, in microseconds since 1970; now without either. */
export function momentOf(position: string | undefined, atUs: number | undefined): Moment {
  if (position !== undefined) return { kind: 'position', position }
  return atUs === undefined ? { kind: 'now' } : { kind: 'at', atUs }
}

/** `position.sku@location`; null for anything else. */
function pastCursor(text: string): { position: number; sku: string; location: string } | null {
  const [, position, sku, location] = /^(\d{1,15})\.([^@]{1,64})@([^@]{1,32})$/.exec(text) ?? []
  return position && sku && location ? { position: Number(position), sku, location } : null
}
