import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { Clearance, Transfer, TransferState } from '@cellarhand/protocol/transfer'
import { readDocumentRoutes } from './document-routes.ts'
import type { Services } from '../services.ts'
import { writeRoute } from './write-route.ts'

/** Bottles that go from one location to another: transfers, and releases from bond. */
export function registerTransferRoutes(app: FastifyInstance, services: Services): void {
  writeRoute(app, services, {
    path: '/v1/transfers',
    id: 'sendTransfer',
    summary: 'Send bottles to another location',
    description:
      'They leave now, no more than are available, and are in transit until they are received. Both locations have the same duty status, and the same owner unless `changesOwner` is said.',
    answers: { 201: Transfer },
    refusals: [
      'insufficient-stock',
      'invalid-transfer',
      'duty-differs',
      'owner-differs',
      'unknown-sku',
      'is-a-bundle',
      'unknown-location',
    ],
  })
  registerArrival(app, services)
  readDocumentRoutes(app, services, {
    kind: 'transfer',
    path: '/v1/transfers',
    schema: Transfer,
    states: TransferState,
    one: { id: 'getTransfer', summary: 'A transfer as it is now' },
    all: { id: 'listTransfers', summary: 'Transfers' },
    description: 'What of each line came, is missing, turned back or came besides. What is left is in transit.',
  })
  registerClearances(app, services)
}

function registerArrival(app: FastifyInstance, services: Services): void {
  writeRoute(app, services, {
    path: '/v1/transfers/:id/receive',
    id: 'receiveTransfer',
    summary: 'Receive a transfer',
    description:
      'A fact: all that is on its way, or by `lines` what came, and what will not come any more (`missing`, a loss with its `reason`). What came beyond what was sent is booked as an adjustment. The rest stays in transit.',
    sent: 'maybe',
    answers: { 200: Transfer },
    refusals: ['not-found', 'nothing-outstanding', 'not-in-transfer', 'reason-required', 'quantity-overflow'],
  })
  writeRoute(app, services, {
    path: '/v1/transfers/:id/cancel',
    id: 'cancelTransfer',
    summary: 'Turn a transfer back',
    description: 'All that is on its way is available again where it came from, after what is short there is filled.',
    sent: 'maybe',
    answers: { 200: Transfer },
    refusals: ['not-found', 'nothing-outstanding'],
  })
}

function registerClearances(app: FastifyInstance, services: Services): void {
  writeRoute(app, services, {
    path: '/v1/clearances',
    id: 'clearDuty',
    summary: 'Release bottles from bond',
    description:
      'From a location in bond to one where duty is paid, in one entry, with the duty due. Both have the same owner. No more than are available.',
    answers: { 201: Clearance },
    refusals: [
      'insufficient-stock',
      'duty-differs',
      'owner-differs',
      'unknown-sku',
      'is-a-bundle',
      'unknown-location',
      'quantity-overflow',
    ],
  })
  readDocumentRoutes(app, services, {
    kind: 'clearance',
    path: '/v1/clearances',
    schema: Clearance,
    states: Type.Enum(['cleared']),
    one: { id: 'getClearance', summary: 'A release from bond' },
    all: { id: 'listClearances', summary: 'Releases from bond' },
    description: 'What was released, with the duty due and the value for customs.',
  })
}
