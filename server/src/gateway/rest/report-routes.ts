import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { Instant, LocationId, Sku } from '@cellarhand/protocol/primitives'
import { Month, MonthEnd, TimeZone } from '@cellarhand/protocol/report'
import { Movement } from '@cellarhand/protocol/stock'
import { instantUs, type JournalCursor, type Span, type Stretch } from '../../report/report.ts'
import { movementsOfKind } from '../../stock/stock.ts'
import { wantsCsv } from './accepts.ts'
import { described } from './openapi.ts'
import { sendProblem } from './problems.ts'
import { badCursor, LAST_LINE, limitOf, listOf, pageQuery, reached, readHeaders, ReadQuery } from './read.ts'
import type { Services } from '../services.ts'
import { sendStreamed } from './streamed.ts'

const accounts = [
  ...new Set(Object.values(movementsOfKind).flatMap((movements) => [...movements].flatMap((one) => one.split('>')))),
].toSorted()

const JournalQuery = Type.Object(
  {
    ...pageQuery,
    from: Type.Optional({ ...Instant, description: 'what was recorded at this moment or later' }),
    to: Type.Optional({ ...Instant, description: 'what was recorded before this moment' }),
    sku: Type.Optional(Sku),
    location: Type.Optional(LocationId),
    account: Type.Optional(Type.Enum(accounts, { description: 'only what left this account or came to it' })),
    kind: Type.Optional(Type.Enum(Object.keys(movementsOfKind), { description: 'only entries of this kind' })),
  },
  { additionalProperties: false },
)
type JournalQuery = Static<typeof JournalQuery>

const MonthQuery = Type.Object(
  { ...ReadQuery.properties, month: Month, timezone: Type.Optional(TimeZone) },
  { additionalProperties: false },
)
type MonthQuery = Static<typeof MonthQuery>

const CSV = 'text/csv; charset=utf-8; header=present'

/** What the journal tells of the past: movements between two moments, and months. */
export function registerReportRoutes(app: FastifyInstance, services: Services): void {
  app.get<{ Querystring: JournalQuery }>(
    '/v1/movements',
    {
      schema: described('reports', 'The journal between two moments', {
        id: 'listJournal',
        description:
          'Oldest first. `from` is in it and `to` is not, so that one stretch begins where the last ended. With `Accept: text/csv` all of it, in one stream.',
        query: JournalQuery,
        csv: true,
        answers: { 200: listOf(Movement) },
        refusals: ['unknown-sku', 'unknown-location', 'not-yet', 'position-unknown'],
      }),
    },
    (request, reply) => sendJournal(services, request, reply),
  )
  app.get<{ Querystring: MonthQuery }>(
    '/v1/reports/month-end',
    {
      schema: described('reports', 'A month: what there was, what moved, what is left', {
        id: 'getMonthEnd',
        description:
          'For each SKU at each location: opening, changes by column, closing. As the books stood when the month was over, so a closed month never changes. A month that is not over is told so far, and says `complete: false`. With `Accept: text/csv` as CSV.',
        query: MonthQuery,
        csv: true,
        answers: { 200: MonthEnd },
        refusals: ['unknown-time-zone', 'not-yet', 'position-unknown'],
      }),
    },
    (request, reply) => sendMonthEnd(services, request, reply),
  )
}

async function sendJournal(
  services: Services,
  request: FastifyRequest<{ Querystring: JournalQuery }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (!(await reached(services, request, reply))) return reply
  const { query } = request
  const stretch = { fromUs: timeOf(query.from), toUs: timeOf(query.to) }
  const bad = badStretch(query, stretch) ?? badPages(query, request)
  if (bad !== undefined) return sendProblem(reply, 'unprocessable', bad)
  const unknown = await unknownPlace(services, query)
  if (unknown) return sendProblem(reply, ...unknown)
  const span = await services.reports.span(stretch, services.replica.epoch())
  if (span.kind === 'refused') return sendProblem(reply, span.slug, span.detail)
  if (!wantsCsv(request.headers.accept)) return sendJournalPage(services, query, reply, span)
  readHeaders(services, reply, span.to)
  reply.header('content-type', CSV).header('content-disposition', 'attachment; filename="movements.csv"')
  return sendStreamed(reply, () => services.reports.journalCsv(span, filterOf(query)))
}

const timeOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : instantUs(text))

function badStretch({ from, to }: JournalQuery, { fromUs, toUs }: Stretch): string | undefined {
  if (from !== undefined && fromUs === undefined) return `${from} is no time.`
  if (to !== undefined && toUs === undefined) return `${to} is no time.`
  return fromUs !== undefined && toUs !== undefined && fromUs > toUs ? '`from` is later than `to`.' : undefined
}

function badPages({ cursor, limit }: JournalQuery, request: FastifyRequest): string | undefined {
  if (!wantsCsv(request.headers.accept) || (cursor === undefined && limit === undefined)) return undefined
  return 'CSV has all lines and no pages: leave `cursor` and `limit` out.'
}

async function unknownPlace(
  { replica, catalogue }: Services,
  { sku, location }: JournalQuery,
): Promise<['unknown-sku' | 'unknown-location', string] | undefined> {
  if (sku !== undefined && !replica.hasSku(sku) && !(await catalogue.knownSkus([sku])).has(sku)) {
    return ['unknown-sku', `There is no SKU ${sku}.`]
  }
  if (location !== undefined && !replica.settings().locations.some(({ id }) => id === location)) {
    return ['unknown-location', `There is no location ${location}.`]
  }
  return undefined
}

const filterOf = ({ sku, location, account, kind }: JournalQuery) => ({ sku, location, account, kind })

async function sendJournalPage(
  services: Services,
  query: JournalQuery,
  reply: FastifyReply,
  span: Span,
): Promise<FastifyReply> {
  const cursor = query.cursor === undefined ? undefined : journalCursor(query.cursor)
  // The end a list was begun with is never ahead of what there is.
  if (cursor === null || (cursor && cursor.to > span.to)) return badCursor(reply)
  const page = await services.reports.journal(
    { ...span, to: cursor?.to ?? span.to },
    { ...filterOf(query), after: cursor, limit: limitOf(query.limit) },
  )
  const next = page.next && `${page.next.to}.${page.next.entry}.${page.next.line}`
  const position = readHeaders(services, reply, page.position)
  return reply.send({ items: page.items, ...(next ? { next } : {}), position })
}

/** `position.entry.line`; null for anything else. */
function journalCursor(text: string): JournalCursor | null {
  const match = /^(\d{1,15})\.(\d{1,16})\.(\d{1,5})$/.exec(text)
  if (!match || Number(match[3]) > LAST_LINE) return null
  return { to: Number(match[1]), entry: Number(match[2]), line: Number(match[3]) }
}

async function sendMonthEnd(
  services: Services,
  request: FastifyRequest<{ Querystring: MonthQuery }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (!(await reached(services, request, reply))) return reply
  const { reports, replica } = services
  const { month, timezone = 'UTC' } = request.query
  const report = await reports.month(month, timezone, replica.epoch())
  if (report.kind === 'refused') return sendProblem(reply, report.slug, report.detail)
  readHeaders(services, reply, report.position)
  if (!wantsCsv(request.headers.accept)) {
    reply.header('content-type', 'application/json; charset=utf-8')
    return sendStreamed(reply, () => reports.monthJson(report))
  }
  const name = `month-end-${month}${report.complete ? '' : '-so-far'}.csv`
  reply.header('content-type', CSV).header('content-disposition', `attachment; filename="${name}"`)
  return sendStreamed(reply, () => reports.monthCsv(report))
}
