import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { Order, OrderState } from '@cellarhand/protocol/order'
import { Reference } from '@cellarhand/protocol/primitives'
import { readDocumentRoutes } from './document-routes.ts'
import type { Services } from '../services.ts'
import { writeRoute, type WriteRoute } from './write-route.ts'

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
  writeRoute(app, services, {
    path: '/v1/orders',
    tag: 'orders',
    id: 'placeOrder',
    summary: 'Place an order',
    description:
      'Commits the hold and puts the order on record, in one transaction, at the prices the hold was made at. The order has the hold’s id. `externalRef` is one order’s for ever: a till may name it, and a second order that wants it is refused with the id of the first. The buyer’s age and the destination are checked by the law of today, and again at the hand-over.',
    answers: { 201: Order },
    refusals: ['not-found', 'hold-ended', 'reference-taken', ...lawful, 'destination-blocked', 'unprocessable'],
  })
}

interface Act extends Pick<WriteRoute, 'id' | 'summary' | 'description' | 'refusals'> {
  readonly verb: string
}

/** Makes the route of something that is asked of an order. Its body may be left out. */
function actRoute(app: FastifyInstance, services: Services, { verb, refusals, ...act }: Act): void {
  writeRoute(app, services, {
    ...act,
    path: `/v1/orders/:id/${verb}`,
    tag: 'orders',
    sent: 'maybe',
    answers: { 200: Order },
    refusals: ['not-found', 'order-state', ...refusals],
  })
}

function registerPreparation(app: FastifyInstance, services: Services): void {
  actRoute(app, services, {
    verb: 'pay',
    id: 'payOrder',
    summary: 'Say that an order is paid',
    description: 'Once. `reference` is that of the payment, which is made elsewhere.',
    refusals: [],
  })
  actRoute(app, services, {
    verb: 'pick',
    id: 'pickOrder',
    summary: 'Take bottles of an order from the shelf',
    description:
      'All that is not picked yet, or by `lines` some of it, with the `lot` that they are of. The bottles stay where the books have them until they are handed over.',
    refusals: ['nothing-outstanding', 'order-full', 'unknown-sku'],
  })
  actRoute(app, services, {
    verb: 'ready',
    id: 'readyOrder',
    summary: 'Say that an order is ready',
    description: 'To be shipped, or to be collected. Whoever picks again after that says so anew.',
    refusals: [],
  })
}

function registerHandOver(app: FastifyInstance, services: Services): void {
  actRoute(app, services, {
    verb: 'ship',
    id: 'shipOrder',
    summary: 'Give bottles of an order to a carrier',
    description:
      'All that is outstanding, or by `lines` some of it: one shipment. With a `lot` those bottles leave; else those that were picked, and then the oldest to drink. The destination and the buyer’s age are checked by the law of today.',
    refusals: ['nothing-outstanding', 'not-in-lot', 'order-full', 'unknown-sku', ...lawful, 'destination-blocked'],
  })
  actRoute(app, services, {
    verb: 'deliver',
    id: 'deliverOrder',
    summary: 'Say that a shipment has arrived',
    description: 'Without `shipment`: the only one that is on its way.',
    refusals: [],
  })
  actRoute(app, services, {
    verb: 'collect',
    id: 'collectOrder',
    summary: 'Hand bottles of an order over in person',
    description:
      'All that is outstanding, or by `lines` some of it. The buyer’s age is checked by the law of today at `place`, else at the order’s `destination`, else in the country of the configuration; `buyer` adds what was seen. A till that sells it says `orderRef` with its sale instead.',
    refusals: ['nothing-outstanding', 'not-in-lot', 'unknown-sku', ...lawful],
  })
}

function registerCancel(app: FastifyInstance, services: Services): void {
  actRoute(app, services, {
    verb: 'cancel',
    id: 'cancelOrder',
    summary: 'Cancel what of an order is outstanding',
    description:
      'All of that, or by `lines` some of it. It goes back, and fills what is short before anything is available again.',
    refusals: ['nothing-outstanding', 'unknown-sku'],
  })
}

function registerReturn(app: FastifyInstance, services: Services): void {
  actRoute(app, services, {
    verb: 'return',
    id: 'returnOrder',
    summary: 'Take bottles of an order back',
    description:
      'A fact in time, of no more than was handed over: all of that, or by `lines` some of it. They come to quarantine, unless somebody has looked and says `to: available`; where each was sold from, or all to `location`. They are of the lots they left as; `lot` says which.',
    refusals: ['nothing-to-return', 'not-in-lot', 'order-full', 'unknown-sku', 'unknown-location', 'quantity-overflow'],
  })
}
