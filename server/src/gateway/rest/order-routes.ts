import type { FastifyInstance } from 'fastify'
import { Type, type Static, type TSchema } from 'typebox'
import {
  CancelOrderRequest,
  CollectRequest,
  DeliverRequest,
  Order,
  OrderRequest,
  OrderState,
  PayRequest,
  PickRequest,
  ReturnRequest,
  ShipOrderRequest,
} from '@cellarhand/protocol/order'
import type { ProblemSlug } from '@cellarhand/protocol/problem'
import { Reference } from '@cellarhand/protocol/primitives'
import type { Command } from '../../stock/stock.ts'
import { orderCommand } from '../commands.ts'
import { DocumentId, readDocumentRoutes } from './document-routes.ts'
import { described } from './openapi.ts'
import { sendProblem } from './problems.ts'
import type { Services } from '../services.ts'
import { submit, timeOf, WriteHeaders } from './write.ts'

/** What the law may have against a sale or a hand-over. */
const lawful = ['too-young', 'age-unknown', 'sale-prohibited', 'policy-unknown'] as const

/** Orders: what was sold to somebody, until it is with them, or back. */
export function registerOrderRoutes(app: FastifyInstance, services: Services): void {
  registerPlacing(app, services)
  registerPreparation(app, services)
  registerHandOver(app, services)
  registerCancel(app, services)
  registerReturn(app, services)
  readDocumentRoutes(app, services, {
    kind: 'order',
    path: '/v1/orders',
    tag: 'orders',
    schema: Order,
    states: OrderState,
    filters: { externalRef: Type.Optional(Reference), customer: Type.Optional(Reference) },
    one: { id: 'getOrder', summary: 'An order as it is now' },
    all: { id: 'listOrders', summary: 'Orders' },
    description:
      'As long as a bottle is outstanding, `state` says how far the preparation of the rest is (`placed`, `paid`, `picking`, `ready`); what left before is in `lines`. After that it is `cancelled` if nothing was handed over, `returned` if all of that came back, `shipped` while a shipment is on its way, else `delivered` or, where there was none, `collected`.',
  })
}

function registerPlacing(app: FastifyInstance, services: Services): void {
  app.post<{ Body: OrderRequest }>(
    '/v1/orders',
    {
      schema: described('orders', 'Place an order', {
        id: 'placeOrder',
        description:
          'Commits the hold and puts the order on record, in one transaction, at the prices the hold was made at. The order has the hold’s id. `externalRef` is one order’s for ever: a till may name it, and a second order that wants it is refused with the id of the first. The buyer’s age and the destination are checked by the law of today, and again at the hand-over.',
        headers: WriteHeaders,
        body: OrderRequest,
        answers: { 201: Order },
        refusals: ['not-found', 'hold-ended', 'reference-taken', ...lawful, 'destination-blocked', 'unprocessable'],
      }),
    },
    async (request, reply) => {
      const command = orderCommand(request.body)
      if (typeof command === 'string') return sendProblem(reply, 'unprocessable', command)
      return submit(services, request, reply, command)
    },
  )
}

interface Act<Body extends TSchema> {
  readonly verb: string
  readonly id: string
  readonly summary: string
  readonly description: string
  readonly body: Body
  readonly refusals: readonly ProblemSlug[]
  readonly commandOf: (documentId: string, body: Static<Body>) => Command
}

/** Makes the route of something that is asked of an order. Its body may be left out. */
function actRoute<Body extends TSchema>(app: FastifyInstance, services: Services, act: Act<Body>): void {
  const { id, summary, description, body, refusals } = act
  app.post<{ Params: Static<typeof DocumentId>; Body: Static<Body> | undefined }>(
    `/v1/orders/:id/${act.verb}`,
    {
      schema: described('orders', summary, {
        id,
        description,
        headers: WriteHeaders,
        params: DocumentId,
        optionalBody: body,
        answers: { 200: Order },
        refusals: ['not-found', 'order-state', ...refusals],
      }),
    },
    (request, reply) =>
      submit(services, request, reply, act.commandOf(request.params.id, (request.body ?? {}) as Static<Body>)),
  )
}

function registerPreparation(app: FastifyInstance, services: Services): void {
  actRoute(app, services, {
    verb: 'pay',
    id: 'payOrder',
    summary: 'Say that an order is paid',
    description: 'Once. `reference` is that of the payment, which is made elsewhere.',
    body: PayRequest,
    refusals: [],
    commandOf: (documentId, { reference }) => ({
      kind: 'payOrder',
      documentId,
      ...(reference === undefined ? {} : { reference }),
    }),
  })
  actRoute(app, services, {
    verb: 'pick',
    id: 'pickOrder',
    summary: 'Take bottles of an order from the shelf',
    description:
      'All that is not picked yet, or by `lines` some of it, with the `lot` that they are of. The bottles stay where the books have them until they are handed over.',
    body: PickRequest,
    refusals: ['nothing-outstanding', 'order-full', 'unknown-sku'],
    commandOf: (documentId, { lines }) => ({
      kind: 'pickOrder',
      documentId,
      ...(lines === undefined ? {} : { lines }),
    }),
  })
  actRoute(app, services, {
    verb: 'ready',
    id: 'readyOrder',
    summary: 'Say that an order is ready',
    description: 'To be shipped, or to be collected. Whoever picks again after that says so anew.',
    body: Type.Object({}, { additionalProperties: false }),
    refusals: [],
    commandOf: (documentId) => ({ kind: 'readyOrder', documentId }),
  })
}

function registerHandOver(app: FastifyInstance, services: Services): void {
  actRoute(app, services, {
    verb: 'ship',
    id: 'shipOrder',
    summary: 'Give bottles of an order to a carrier',
    description:
      'All that is outstanding, or by `lines` some of it: one shipment. With a `lot` those bottles leave; else those that were picked, and then the oldest to drink. The destination and the buyer’s age are checked by the law of today.',
    body: ShipOrderRequest,
    refusals: ['nothing-outstanding', 'not-in-lot', 'order-full', 'unknown-sku', ...lawful, 'destination-blocked'],
    commandOf: (documentId, { lines, ...tracking }) => ({
      kind: 'shipOrder',
      documentId,
      ...(lines === undefined ? {} : { lines }),
      tracking,
    }),
  })
  actRoute(app, services, {
    verb: 'deliver',
    id: 'deliverOrder',
    summary: 'Say that a shipment has arrived',
    description: 'Without `shipment`: the only one that is on its way.',
    body: DeliverRequest,
    refusals: [],
    commandOf: (documentId, { shipment }) => ({
      kind: 'deliverOrder',
      documentId,
      ...(shipment === undefined ? {} : { shipment }),
    }),
  })
  actRoute(app, services, {
    verb: 'collect',
    id: 'collectOrder',
    summary: 'Hand bottles of an order over in person',
    description:
      'All that is outstanding, or by `lines` some of it. The buyer’s age is checked by the law of today at `place`, else at the order’s `destination`, else in the country of the configuration; `buyer` adds what was seen. A till that sells it says `orderRef` with its sale instead.',
    body: CollectRequest,
    refusals: ['nothing-outstanding', 'not-in-lot', 'unknown-sku', ...lawful],
    commandOf: (documentId, body) => ({ kind: 'collectOrder', documentId, ...body }),
  })
}

function registerCancel(app: FastifyInstance, services: Services): void {
  actRoute(app, services, {
    verb: 'cancel',
    id: 'cancelOrder',
    summary: 'Cancel what of an order is outstanding',
    description:
      'All of that, or by `lines` some of it. It goes back, and fills what is short before anything is available again.',
    body: CancelOrderRequest,
    refusals: ['nothing-outstanding', 'unknown-sku'],
    commandOf: (documentId, body) => ({ kind: 'cancelOrder', documentId, ...body }),
  })
}

function registerReturn(app: FastifyInstance, services: Services): void {
  actRoute(app, services, {
    verb: 'return',
    id: 'returnOrder',
    summary: 'Take bottles of an order back',
    description:
      'A fact in time, of no more than was handed over: all of that, or by `lines` some of it. They come to quarantine, unless somebody has looked and says `to: available`; where each was sold from, or all to `location`. They are of the lots they left as; `lot` says which.',
    body: ReturnRequest,
    refusals: ['nothing-to-return', 'not-in-lot', 'order-full', 'unknown-sku', 'unknown-location', 'quantity-overflow'],
    commandOf: (documentId, { occurredAt, ...body }) => ({
      kind: 'returnOrder',
      documentId,
      ...body,
      ...timeOf(occurredAt),
    }),
  })
}
