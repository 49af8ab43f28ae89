import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { Instant, LocationId, Position, Sku } from '@cellarhand/protocol/primitives'
import { Owner, SkuValue } from '@cellarhand/protocol/value'
import { formatPosition } from '../../log/log.ts'
import { instantUs, type Moment, type ValueReport, type Whose } from '../../report/report.ts'
import { wantsCsv } from './accepts.ts'
import { described } from './openapi.ts'
import { momentOf } from './past-stock.ts'
import { sendProblem } from './problems.ts'
import { badCursor, limitOf, listOf, pageQuery, reached, readHeaders } from './read.ts'
import type { Services } from '../services.ts'
import { sendStreamed } from './streamed.ts'

const ValueQuery = Type.Object(
  {
    ...pageQuery,
    at: Type.Optional({ ...Instant, description: 'as the books stood at this moment, which has to have come' }),
    position: Type.Optional({ ...Position, description: 'as of this position, of this epoch' }),
    sku: Type.Optional(Sku),
    owner: Type.Optional(Owner),
    location: Type.Optional({ ...LocationId, description: 'only what is there, by lot alone' }),
  },
  { additionalProperties: false },
)
type ValueQuery = Static<typeof ValueQuery>

const HOUSE = 'house'

/** What stock was worth at a moment. */
export function registerValueRoute(app: FastifyInstance, services: Services): void {
  app.get<{ Querystring: ValueQuery }>(
    '/v1/reports/value',
    {
      schema: described('reports', 'What stock is worth: by lot, first-in first-out, and average', {
        id: 'getValue',
        description:
          'For each SKU of an owner, on hand and in transit, as the books stood at a moment; without `at` or `position`, now. Bottles whose cost nobody knows are counted as `unvalued` and never valued at zero. With `location` what is there, by lot alone. With `Accept: text/csv` all of it, in one stream.',
        query: ValueQuery,
        csv: true,
        answers: { 200: listOf(SkuValue) },
        refusals: ['unknown-location', 'not-yet', 'position-unknown'],
      }),
    },
    (request, reply) => sendValue(services, request, reply),
  )
}

async function sendValue(
  services: Services,
  request: FastifyRequest<{ Querystring: ValueQuery }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (!(await reached(services, request, reply))) return reply
  const { query } = request
  const isCsv = wantsCsv(request.headers.accept)
  const bad = badQuery(query, isCsv)
  if (bad !== undefined) return sendProblem(reply, 'unprocessable', bad)
  const cursor = query.cursor === undefined ? undefined : valueCursor(query.cursor)
  if (cursor === null) return badCursor(reply)
  const { reports, replica } = services
  const epoch = replica.epoch()
  // A page goes on with the books that the first was of.
  const moment: Moment = cursor
    ? { kind: 'position', position: formatPosition(epoch, cursor.position) }
    : momentOf(query.position, query.at === undefined ? undefined : instantUs(query.at))
  const report = await reports.value(moment, epoch, { whose: whoseOf(query), ...(query.sku ? { sku: query.sku } : {}) })
  if (report.kind === 'refused') return sendProblem(reply, report.slug, report.detail)
  if (!isCsv) return sendPage(services, reply, report, { ...cursor, limit: limitOf(query.limit) })
  readHeaders(services, reply, report.position)
  reply.header('content-type', 'text/csv; charset=utf-8; header=present')
  reply.header('content-disposition', 'attachment; filename="value.csv"')
  return sendStreamed(reply, () => reports.valueCsv(report))
}

function badQuery({ at, position, owner, location, cursor, limit }: ValueQuery, isCsv: boolean): string | undefined {
  if (at !== undefined && instantUs(at) === undefined) return `${at} is no time.`
  if (at !== undefined && position !== undefined) return 'Name a time or a position, and not both.'
  if (owner !== undefined && location !== undefined)
    return 'Name an owner or a location, and not both: a location has one.'
  if (isCsv && (cursor ?? limit) !== undefined) {
    return 'CSV has all lines and no pages: leave `cursor` and `limit` out.'
  }
  return undefined
}

function whoseOf({ location, owner = HOUSE }: ValueQuery): Whose {
  return location === undefined ? { kind: 'owner', owner } : { kind: 'location', location }
}

async function sendPage(
  services: Services,
  reply: FastifyReply,
  report: ValueReport,
  page: { readonly after?: string; readonly limit: number },
): Promise<FastifyReply> {
  const { items, next } = await services.reports.valuePage(report, page)
  const position = readHeaders(services, reply, report.position)
  return reply.send({ items, ...(next === undefined ? {} : { next: `${report.position}.${next}` }), position })
}

/** `position.sku`; null for anything else. */
function valueCursor(text: string): { position: number; after: string } | null {
  const [, position, after] = /^(\d{1,15})\.([A-Za-z0-9][A-Za-z0-9._-]{0,63})$/.exec(text) ?? []
  return position && after ? { position: Number(position), after } : null
}
