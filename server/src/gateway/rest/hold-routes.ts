import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import { Uuid } from '@cellarhand/protocol/primitives'
import { Commitment, Hold } from '@cellarhand/protocol/stock'
import { readCommitment, readHold } from '../../stock/stock.ts'
import { described } from './openapi.ts'
import { sendProblem } from './problems.ts'
import { isShown } from './caller.ts'
import { readHeaders, ReadQuery, reached } from './read.ts'
import type { Services } from '../services.ts'
import { writeRoute } from './write-route.ts'

const Id = Type.Object({ id: Uuid })
type Id = Static<typeof Id>

/** Holds: claimed, looked at, extended, given back, confirmed. */
export function registerHoldRoutes(app: FastifyInstance, services: Services): void {
  registerHold(app, services)
  registerHoldEnds(app, services)
  registerHoldReads(app, services)
  registerFulfilment(app, services)
}

function registerHold(app: FastifyInstance, services: Services): void {
  writeRoute(app, services, {
    path: '/v1/holds',
    tag: 'holds',
    id: 'holdBottles',
    summary: 'Hold bottles',
    description:
      'All lines or none. A line is filled from its channel’s locations in order and may be split, answered per location; `location` narrows where from, and is exempt from safety stock. With `allotment` a line draws on what is left of that, with `from: incoming` on what is expected. With `lot` it is of that lot, which is sold by itself: at its own price, and answered as the SKU it is sold as. A bundle is held by its components, each line with its share of the bundle’s price. The hold keeps the price it was made at.',
    answers: { 201: Hold },
    refusals: [
      'insufficient-stock',
      'too-many-holds',
      'lot-not-offered',
      'not-for-sale',
      'price-changed',
      'unknown-sku',
      'unknown-channel',
      'unknown-location',
      'location-not-in-channel',
      'quantity-overflow',
    ],
  })
}

function registerHoldEnds(app: FastifyInstance, services: Services): void {
  writeRoute(app, services, {
    method: 'PATCH',
    path: '/v1/holds/:id',
    tag: 'holds',
    id: 'extendHold',
    summary: 'Extend a hold',
    description: 'It then ends `ttlSeconds` from now, within the longest life a hold may have.',
    answers: { 200: Hold },
    refusals: ['not-found', 'hold-ended', 'hold-life-exceeded'],
  })
  writeRoute(app, services, {
    method: 'DELETE',
    path: '/v1/holds/:id',
    tag: 'holds',
    id: 'releaseHold',
    summary: 'Give a hold back',
    description: 'Its bottles are available again.',
    sent: 'nothing',
    answers: { 200: Hold },
    refusals: ['not-found', 'hold-ended'],
  })
  writeRoute(app, services, {
    path: '/v1/holds/:id/commit',
    tag: 'holds',
    id: 'commitHold',
    summary: 'Confirm the sale',
    description: 'The hold becomes a commitment under the same id, at the prices it was made at.',
    sent: 'maybe',
    answers: { 201: Commitment },
    refusals: ['not-found', 'hold-ended'],
  })
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
    writeRoute(app, services, {
      path: `/v1/commitments/:id/${kind}`,
      tag: 'holds',
      id: kind === 'ship' ? 'shipCommitment' : 'cancelCommitment',
      summary: kind === 'ship' ? 'Ship a commitment' : 'Cancel a commitment',
      description: `The whole commitment, or by \`lines\`. ${
        kind === 'ship' ? 'The bottles leave.' : 'The bottles are available again, after what is short is filled.'
      }`,
      sent: 'maybe',
      answers: { 200: Commitment },
      refusals: ['not-found', 'nothing-outstanding'],
    })
  }
}
