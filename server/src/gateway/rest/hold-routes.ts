import type { FastifyInstance } from 'fastify'
import { Commitment, Hold } from '@cellarhand/protocol/stock'
import { readCommitment, readHold } from '../../stock/stock.ts'
import { oneRoute } from './one-route.ts'
import type { Services } from '../services.ts'
import { writeRoute } from './write-route.ts'

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
      'proof-required',
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
    refusals: ['not-found', 'hold-ended', 'hold-life-exceeded', 'proof-required', 'unprocessable'],
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
  oneRoute(app, services, {
    path: '/v1/holds/:id',
    tag: 'holds',
    id: 'getHold',
    summary: 'A hold as it is now',
    description: 'Holds that ended are kept: `state` says how. Lines are as they were held.',
    noun: 'hold',
    schema: Hold,
    read: readHold,
  })
  oneRoute(app, services, {
    path: '/v1/commitments/:id',
    tag: 'holds',
    id: 'getCommitment',
    summary: 'A commitment as it is now',
    description: 'With what of each line is shipped and cancelled.',
    noun: 'commitment',
    schema: Commitment,
    read: readCommitment,
  })
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
