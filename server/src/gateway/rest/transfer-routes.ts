import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import {
  ArrivalRequest,
  Clearance,
  ClearanceRequest,
  Transfer,
  TransferCancelRequest,
  TransferRequest,
  TransferState,
} from '@cellarhand/protocol/transfer'
import type { Command } from '../../stock/stock.ts'
import { DocumentId, readDocumentRoutes } from './document-routes.ts'
import { described } from './openapi.ts'
import type { Services } from '../services.ts'
import { submit, timeOf, WriteHeaders } from './write.ts'
import { postRoute } from './write-route.ts'

/** Bottles that go from one location to another: transfers, and releases from bond. */
export function registerTransferRoutes(app: FastifyInstance, services: Services): void {
  postRoute(app, services, {
    path: '/v1/transfers',
    id: 'sendTransfer',
    summary: 'Send bottles to another location',
    description:
      'They leave now, no more than are available, and are in transit until they are received. Both locations have the same duty status, and the same owner unless `changesOwner` is said.',
    body: TransferRequest,
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
    commandOf: transferCommand,
  })
  registerArrival(app, services)
  registerCancel(app, services)
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

function transferCommand(body: Static<typeof TransferRequest>): Command {
  const { from, to, reference, expectedAt, changesOwner, lines } = body
  return {
    kind: 'transfer',
    fromLocation: from,
    toLocation: to,
    ...(reference === undefined ? {} : { reference }),
    ...(expectedAt === undefined ? {} : { expectedAtMs: Date.parse(expectedAt) }),
    ...(changesOwner === undefined ? {} : { changesOwner }),
    lines,
  }
}

function registerArrival(app: FastifyInstance, services: Services): void {
  app.post<{ Params: Static<typeof DocumentId>; Body: Static<typeof ArrivalRequest> | undefined }>(
    '/v1/transfers/:id/receive',
    {
      schema: described('stock', 'Receive a transfer', {
        id: 'receiveTransfer',
        description:
          'A fact: all that is on its way, or by `lines` what came, and what will not come any more (`missing`, a loss with its `reason`). What came beyond what was sent is booked as an adjustment. The rest stays in transit.',
        headers: WriteHeaders,
        params: DocumentId,
        optionalBody: ArrivalRequest,
        answers: { 200: Transfer },
        refusals: ['not-found', 'nothing-outstanding', 'not-in-transfer', 'reason-required', 'quantity-overflow'],
      }),
    },
    (request, reply) => {
      const { lines, reason, occurredAt } = request.body ?? {}
      return submit(services, request, reply, {
        kind: 'receiveTransfer',
        documentId: request.params.id,
        ...(lines === undefined ? {} : { lines }),
        ...(reason === undefined ? {} : { reason }),
        ...timeOf(occurredAt),
      })
    },
  )
}

function registerCancel(app: FastifyInstance, services: Services): void {
  app.post<{ Params: Static<typeof DocumentId>; Body: Static<typeof TransferCancelRequest> | undefined }>(
    '/v1/transfers/:id/cancel',
    {
      schema: described('stock', 'Turn a transfer back', {
        id: 'cancelTransfer',
        description:
          'All that is on its way is available again where it came from, after what is short there is filled.',
        headers: WriteHeaders,
        params: DocumentId,
        optionalBody: TransferCancelRequest,
        answers: { 200: Transfer },
        refusals: ['not-found', 'nothing-outstanding'],
      }),
    },
    (request, reply) => {
      const reason = request.body?.reason
      return submit(services, request, reply, {
        kind: 'cancelTransfer',
        documentId: request.params.id,
        ...(reason === undefined ? {} : { reason }),
      })
    },
  )
}

function registerClearances(app: FastifyInstance, services: Services): void {
  postRoute(app, services, {
    path: '/v1/clearances',
    id: 'clearDuty',
    summary: 'Release bottles from bond',
    description:
      'From a location in bond to one where duty is paid, in one entry, with the duty due. Both have the same owner. No more than are available.',
    body: ClearanceRequest,
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
    commandOf: ({ from, to, reference, currency, lines }) => ({
      kind: 'clearDuty',
      fromLocation: from,
      toLocation: to,
      ...(reference === undefined ? {} : { reference }),
      currency,
      lines,
    }),
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
