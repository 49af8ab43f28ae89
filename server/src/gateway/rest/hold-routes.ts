import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import { Uuid } from '@cellarhand/protocol/primitives'
import { Commitment, CommitRequest, ExtendRequest, FulfilRequest, Hold, HoldRequest } from '@cellarhand/protocol/stock'
import { readCommitment, readHold } from '../../stock/stock.ts'
import { extendCommand, holdCommand } from '../commands.ts'
import { described } from './openapi.ts'
import { sendProblem } from './problems.ts'
import { isShown } from './caller.ts'
import { readHeaders, ReadQuery, reached } from './read.ts'
import type { Services } from '../services.ts'
import { submit, WriteHeaders } from './write.ts'

const Id = Type.Object({ id: Uuid })
type Id = Static<typeof Id>

/** Holds: claimed, looked at, extended, given back, confirmed. */
export function registerHoldRoutes(app: FastifyInstance, services: Services): void {
  registerHold(app, services)
  registerExtend(app, services)
  registerHoldEnds(app, services)
  registerHoldReads(app, services)
  registerFulfilment(app, services)
}

function registerHold(app: FastifyInstance, services: Services): void {
  const { config } = services
  app.post<{ Body: HoldRequest }>(
    '/v1/holds',
    {
      schema: described('holds', 'Hold bottles', {
        id: 'holdBottles',
        description:
          'All lines or none. A line is filled from its channel’s locations in order and may be split, answered per location; `location` narrows where from, and is exempt from safety stock. With `allotment` a line draws on what is left of that, with `from: incoming` on what is expected. With `lot` it is of that lot, which is sold by itself: at its own price, and answered as the SKU it is sold as. A bundle is held by its components, each line with its share of the bundle’s price. The hold keeps the price it was made at.',
        headers: WriteHeaders,
        body: HoldRequest,
        answers: { 201: Hold },
        refusals: [
          'insufficient-stock',
          'too-many-holds',
          'lot-not-offered',
          'not-for-sale',
          'price-changed',
          'unprocessable',
          'unknown-sku',
          'unknown-channel',
          'unknown-location',
          'location-not-in-channel',
          'quantity-overflow',
        ],
      }),
    },
    async (request, reply) => {
      const command = holdCommand(config, request.body)
      if (typeof command === 'string') return sendProblem(reply, 'unprocessable', command)
      return submit(services, request, reply, command)
    },
  )
}

function registerExtend(app: FastifyInstance, services: Services): void {
  const { config } = services
  app.patch<{ Params: Id; Body: Static<typeof ExtendRequest> }>(
    '/v1/holds/:id',
    {
      schema: described('holds', 'Extend a hold', {
        id: 'extendHold',
        description: 'It then ends `ttlSeconds` from now, within the longest life a hold may have.',
        headers: WriteHeaders,
        params: Id,
        body: ExtendRequest,
        answers: { 200: Hold },
        refusals: ['not-found', 'hold-ended', 'hold-life-exceeded', 'unprocessable'],
      }),
    },
    async (request, reply) => {
      const command = extendCommand(config, request.params.id, request.body.ttlSeconds)
      if (typeof command === 'string') return sendProblem(reply, 'unprocessable', command)
      return submit(services, request, reply, command)
    },
  )
}

function registerHoldEnds(app: FastifyInstance, services: Services): void {
  app.delete<{ Params: Id }>(
    '/v1/holds/:id',
    {
      schema: described('holds', 'Give a hold back', {
        id: 'releaseHold',
        description: 'Its bottles are available again.',
        headers: WriteHeaders,
        params: Id,
        answers: { 200: Hold },
        refusals: ['not-found', 'hold-ended'],
      }),
    },
    (request, reply) => submit(services, request, reply, { kind: 'release', holdId: request.params.id }),
  )
  app.post<{ Params: Id; Body: Static<typeof CommitRequest> | undefined }>(
    '/v1/holds/:id/commit',
    {
      schema: described('holds', 'Confirm the sale', {
        id: 'commitHold',
        description: 'The hold becomes a commitment under the same id, at the prices it was made at.',
        headers: WriteHeaders,
        params: Id,
        optionalBody: CommitRequest,
        answers: { 201: Commitment },
        refusals: ['not-found', 'hold-ended'],
      }),
    },
    (request, reply) => {
      const reference = request.body?.reference
      return submit(services, request, reply, {
        kind: 'commit',
        holdId: request.params.id,
        ...(reference === undefined ? {} : { reference }),
      })
    },
  )
}

function registerHoldReads(app: FastifyInstance, services: Services): void {
  const look = { hold: readHold, commitment: readCommitment }
  for (const [what, read] of Object.entries(look)) {
    app.get<{ Params: Id; Querystring: Static<typeof ReadQuery> }>(
      `/v1/${what}s/:id`,
      {
        schema: described('holds', `A ${what} as it is now`, {
          id: what === 'hold' ? 'getHold' : 'getCommitment',
          description:
            what === 'hold'
              ? 'Holds that ended are kept: `state` says how. Lines are as they were held.'
              : 'With what of each line is shipped and cancelled.',
          params: Id,
          query: ReadQuery,
          answers: { 200: what === 'hold' ? Hold : Commitment },
          refusals: ['not-found'],
        }),
      },
      async (request, reply) => {
        if (!(await reached(services, request, reply))) return reply
        const { value, position } = await read(services.pool, request.params.id)
        const at = readHeaders(services, reply, position)
        if (!value || !isShown(request, value))
          return sendProblem(reply, 'not-found', `There is no ${what} ${request.params.id}.`)
        return reply.send({ ...value, position: at })
      },
    )
  }
}

function registerFulfilment(app: FastifyInstance, services: Services): void {
  for (const kind of ['ship', 'cancel'] as const) {
    app.post<{ Params: Id; Body: Static<typeof FulfilRequest> | undefined }>(
      `/v1/commitments/:id/${kind}`,
      {
        schema: described('holds', kind === 'ship' ? 'Ship a commitment' : 'Cancel a commitment', {
          id: kind === 'ship' ? 'shipCommitment' : 'cancelCommitment',
          description: `The whole commitment, or by \`lines\`. ${
            kind === 'ship' ? 'The bottles leave.' : 'The bottles are available again, after what is short is filled.'
          }`,
          headers: WriteHeaders,
          params: Id,
          optionalBody: FulfilRequest,
          answers: { 200: Commitment },
          refusals: ['not-found', 'nothing-outstanding'],
        }),
      },
      (request, reply) => {
        const { lines, reference } = request.body ?? {}
        return submit(services, request, reply, {
          kind,
          commitmentId: request.params.id,
          ...(lines === undefined ? {} : { lines }),
          ...(reference === undefined ? {} : { reference }),
        })
      },
    )
  }
}
