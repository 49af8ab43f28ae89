import type { FastifyInstance } from 'fastify'
import { Purchase, PurchaseState } from '@cellarhand/protocol/purchase'
import { readDocumentRoutes } from './document-routes.ts'
import type { Services } from '../services.ts'
import { writeRoute, type WriteRoute } from './write-route.ts'

const path = '/v1/purchase-orders'

/** Bottles ordered of suppliers: expected from then on, and promised before they are there. */
export function registerPurchaseRoutes(app: FastifyInstance, services: Services): void {
  writeRoute(app, services, {
    path,
    id: 'orderBottles',
    summary: 'Order bottles of a supplier',
    description:
      'They are `incoming` from now on: not on hand, but a hold line may say `from: incoming`. With `expectedAt` an offer that has nothing else is `coming`, with its date.',
    answers: { 201: Purchase },
    refusals: ['unknown-sku', 'unknown-location', 'currency-required', 'quantity-overflow'],
  })
  registerDelivery(app, services)
  registerCancel(app, services)
  registerReschedule(app, services)
  readDocumentRoutes(app, services, {
    kind: 'purchaseOrder',
    noun: 'purchase order',
    path,
    schema: Purchase,
    states: PurchaseState,
    one: { id: 'getPurchaseOrder', summary: 'A purchase order as it is now' },
    all: { id: 'listPurchaseOrders', summary: 'Purchase orders' },
    description: 'What of each line came, will not come, or came besides. What is left is expected.',
  })
}

interface Act extends Pick<WriteRoute, 'id' | 'summary' | 'description' | 'sent' | 'refusals'> {
  readonly verb: string
}

/** Makes the route of what is done with one order. */
function actRoute(app: FastifyInstance, services: Services, { verb, refusals, ...act }: Act): void {
  writeRoute(app, services, {
    ...act,
    path: `${path}/:id/${verb}`,
    answers: { 200: Purchase },
    refusals: ['not-found', 'nothing-outstanding', ...refusals],
  })
}

function registerDelivery(app: FastifyInstance, services: Services): void {
  actRoute(app, services, {
    verb: 'receive',
    id: 'receivePurchaseOrder',
    summary: 'Receive a purchase order',
    description:
      'A fact: all that is expected, or by `lines` what came. Who was promised bottles has theirs first: commitments, oldest first, then holds; what is left fills `short`, and then is available. With `close` nothing more will come, and without `lines` nothing has: the newest holds that wait are revoked, and commitments have theirs of what is there, or are named in `shortfalls`. A line may say which lot the bottles are and in which bin they lie; where none does and the order has their cost, they are of one lot for each SKU of the order, `PO-` and its id.',
    sent: 'maybe',
    refusals: ['unprocessable', 'not-in-order', 'unknown-sku', 'quantity-overflow'],
  })
}

function registerCancel(app: FastifyInstance, services: Services): void {
  actRoute(app, services, {
    verb: 'cancel',
    id: 'cancelPurchaseOrder',
    summary: 'Cancel a purchase order',
    description:
      'All that is expected, or some of its lines; no more than nobody was promised. Where it is a fact that bottles will not come, close the order when you receive it.',
    sent: 'maybe',
    refusals: ['promised-already', 'not-in-order', 'unknown-sku'],
  })
}

function registerReschedule(app: FastifyInstance, services: Services): void {
  actRoute(app, services, {
    verb: 'reschedule',
    id: 'reschedulePurchaseOrder',
    summary: 'Say when a purchase order comes',
    description: 'Another date for what is expected of it still, which offers show; or that nobody knows any more.',
    refusals: [],
  })
}
