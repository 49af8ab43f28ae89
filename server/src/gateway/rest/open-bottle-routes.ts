import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import {
  DiscardRequest,
  OpenBottle,
  OpenBottleListed,
  OpenBottleRecord,
  OpenBottleRequest,
  OpenBottleState,
  PourRequest,
} from '@cellarhand/protocol/open-bottle'
import { LocationId } from '@cellarhand/protocol/primitives'
import { readOpenBottle, readOpenBottles } from '../../stock/stock.ts'
import { DocumentId } from './document-routes.ts'
import { described } from './openapi.ts'
import { sendProblem } from './problems.ts'
import { badCursor, limitOf, listOf, pageQuery, ReadQuery, readHeaders, reached } from './read.ts'
import type { Services } from '../services.ts'
import { refuseUnknownSku, submit, timeOf, WriteHeaders } from './write.ts'

/** Bottles that are open: from the first glass to the last, or to the sink. */
export function registerOpenBottleRoutes(app: FastifyInstance, services: Services): void {
  registerOpening(app, services)
  registerPour(app, services)
  registerDiscard(app, services)
  registerOne(app, services)
  registerList(app, services)
}

function registerOpening(app: FastifyInstance, services: Services): void {
  app.post<{ Body: Static<typeof OpenBottleRequest> }>(
    '/v1/open-bottles',
    {
      schema: described('stock', 'Open a bottle', {
        id: 'openBottle',
        description:
          'A fact, as a sale: one bottle leaves the stock, and is kept in millilitres from now on. It is not on hand any more: a count does not count it. An `occurredAt` in the future is set to now, and the answer says `clamped: true`.',
        headers: WriteHeaders,
        body: OpenBottleRequest,
        answers: { 201: OpenBottle },
        refusals: ['not-a-bottle', 'unknown-sku', 'unknown-location', 'quantity-overflow'],
      }),
    },
    (request, reply) => openBottle(services, request, reply),
  )
}

type Opening = FastifyRequest<{ Body: Static<typeof OpenBottleRequest> }>

/** The catalogue knows how large the bottle is, and whether it is one. */
async function openBottle(services: Services, request: Opening, reply: FastifyReply): Promise<FastifyReply> {
  const { occurredAt, ...opening } = request.body
  const { sku } = opening
  const size = await services.catalogue.sizeOf(sku)
  if (!size) return refuseUnknownSku(services, reply, sku)
  if (size.pack !== 1) {
    return sendProblem(
      reply,
      'not-a-bottle',
      `${sku} is a case of ${size.pack}: unpack it, and open one of its bottles.`,
      {
        sku,
        pack: size.pack,
      },
    )
  }
  return submit(services, request, reply, {
    kind: 'openBottle',
    ...opening,
    formatMl: size.formatMl,
    ...timeOf(occurredAt),
  })
}

function registerPour(app: FastifyInstance, services: Services): void {
  app.post<{ Params: Static<typeof DocumentId>; Body: Static<typeof PourRequest> | undefined }>(
    '/v1/open-bottles/:id/pour',
    {
      schema: described('stock', 'Pour from an open bottle', {
        id: 'pour',
        description:
          'A fact, whatever the books say is left: what was beyond it is answered as `over`. At nothing left the bottle is `empty`. A pour that is heard of after the bottle was discarded was not thrown away.',
        headers: WriteHeaders,
        params: DocumentId,
        optionalBody: PourRequest,
        answers: { 200: OpenBottle },
        refusals: ['not-found', 'serving-unknown'],
      }),
    },
    (request, reply) => {
      const { occurredAt, ...pour } = request.body ?? {}
      return submit(services, request, reply, {
        kind: 'pour',
        documentId: request.params.id,
        ...pour,
        ...timeOf(occurredAt),
      })
    },
  )
}

function registerDiscard(app: FastifyInstance, services: Services): void {
  app.post<{ Params: Static<typeof DocumentId>; Body: Static<typeof DiscardRequest> }>(
    '/v1/open-bottles/:id/discard',
    {
      schema: described('stock', 'Discard an open bottle', {
        id: 'discardBottle',
        description: 'What is left of it is thrown away, and recorded as `discardedMl`.',
        headers: WriteHeaders,
        params: DocumentId,
        body: DiscardRequest,
        answers: { 200: OpenBottle },
        refusals: ['not-found', 'bottle-finished'],
      }),
    },
    (request, reply) => {
      const { reason, occurredAt } = request.body
      return submit(services, request, reply, {
        kind: 'discard',
        documentId: request.params.id,
        reason,
        ...timeOf(occurredAt),
      })
    },
  )
}

function registerOne(app: FastifyInstance, services: Services): void {
  app.get<{ Params: Static<typeof DocumentId>; Querystring: Static<typeof ReadQuery> }>(
    '/v1/open-bottles/:id',
    {
      schema: described('stock', 'An open bottle as it is now', {
        id: 'getOpenBottle',
        description: 'What was poured of it, what is left and what was thrown away, with its newest pours.',
        params: DocumentId,
        query: ReadQuery,
        answers: { 200: OpenBottleRecord },
        refusals: ['not-found'],
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const { value, position } = await readOpenBottle(services.pool, request.params.id)
      const at = readHeaders(services, reply, position)
      if (!value) return sendProblem(reply, 'not-found', `There is no open bottle ${request.params.id}.`)
      return reply.send({ ...value, position: at })
    },
  )
}

const ListQuery = Type.Object(
  {
    ...pageQuery,
    location: Type.Optional(LocationId),
    state: Type.Optional(OpenBottleState),
    due: Type.Optional(Type.Union([Type.Literal('true'), Type.Literal('false')])),
  },
  { additionalProperties: false },
)

function registerList(app: FastifyInstance, services: Services): void {
  app.get<{ Querystring: Static<typeof ListQuery> }>(
    '/v1/open-bottles',
    {
      schema: described('stock', 'Open bottles', {
        id: 'listOpenBottles',
        description: 'Those that are open, empty or discarded, newest first.',
        query: ListQuery,
        answers: { 200: listOf(OpenBottleListed) },
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const { cursor, limit, location, state, due } = request.query
      if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) return badCursor(reply)
      const { value, position } = await readOpenBottles(services.pool, {
        location,
        state,
        due: due === 'true',
        limit: limitOf(limit),
        before: cursor === undefined ? undefined : Number(cursor),
      })
      const at = readHeaders(services, reply, position)
      return reply.send({ items: value.items, ...(value.next === undefined ? {} : { next: value.next }), position: at })
    },
  )
}
