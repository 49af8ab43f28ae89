import type { FastifyInstance } from 'fastify'
import type { Static, TSchema } from 'typebox'
import type { ProblemSlug } from '@cellarhand/protocol/problem'
import {
  DeliveryRequest,
  Purchase,
  PurchaseCancelRequest,
  PurchaseRequest,
  PurchaseState,
  RescheduleRequest,
} from '@cellarhand/protocol/purchase'
import type { Command } from '../../stock/stock.ts'
import { DocumentId, readDocumentRoutes } from './document-routes.ts'
import { described } from './openapi.ts'
import type { Services } from '../services.ts'
import { sendProblem } from './problems.ts'
import { COST_ALONE, hasCostAlone } from './stock-routes.ts'
import { submit, timeOf, WriteHeaders } from './write.ts'
import { postRoute } from './write-route.ts'

const path = '/v1/purchase-orders'

/** Bottles ordered of suppliers: expected from then on, and promised before they are there. */
export function registerPurchaseRoutes(app: FastifyInstance, services: Services): void {
  postRoute(app, services, {
    path,
    id: 'orderBottles',
    summary: 'Order bottles of a supplier',
    description:
      'They are `incoming` from now on: not on hand, but a hold line may say `from: incoming`. With `expectedAt` an offer that has nothing else is `coming`, with its date.',
    body: PurchaseRequest,
    answers: { 201: Purchase },
    refusals: ['unknown-sku', 'unknown-location', 'currency-required', 'quantity-overflow'],
    commandOf: purchaseCommand,
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

function purchaseCommand({ expectedAt, ...body }: Static<typeof PurchaseRequest>): Command {
  return { kind: 'purchase', ...body, ...(expectedAt === undefined ? {} : { expectedAtMs: Date.parse(expectedAt) }) }
}

interface OrderAct<Body extends TSchema> {
  readonly verb: string
  readonly id: string
  readonly summary: string
  readonly description: string
  /** What is sent with it: a body that may be left out, or one that may not. */
  readonly sent: { readonly optionalBody: Body } | { readonly body: Body }
  readonly refusals: readonly ProblemSlug[]
  /** What is wrong with a body that fits its schema. */
  readonly wrongWith?: (body: Partial<Static<Body>>) => string | undefined
  readonly commandOf: (documentId: string, body: Partial<Static<Body>>) => Command
}

/** Makes the route of what is done with one order. */
function orderRoute<Body extends TSchema>(app: FastifyInstance, services: Services, act: OrderAct<Body>): void {
  const { verb, id, summary, description, sent, refusals, wrongWith, commandOf } = act
  app.post<{ Params: Static<typeof DocumentId>; Body: Partial<Static<Body>> | undefined }>(
    `${path}/:id/${verb}`,
    {
      schema: described('stock', summary, {
        id,
        description,
        headers: WriteHeaders,
        params: DocumentId,
        ...sent,
        answers: { 200: Purchase },
        refusals: ['not-found', 'nothing-outstanding', ...refusals],
      }),
    },
    async (request, reply) => {
      const body = request.body ?? {}
      const wrong = wrongWith?.(body)
      if (wrong !== undefined) return sendProblem(reply, 'unprocessable', wrong)
      return submit(services, request, reply, commandOf(request.params.id, body))
    },
  )
}

function registerDelivery(app: FastifyInstance, services: Services): void {
  orderRoute(app, services, {
    verb: 'receive',
    id: 'receivePurchaseOrder',
    summary: 'Receive a purchase order',
    description:
      'A fact: all that is expected, or by `lines` what came. Who was promised bottles has theirs first: commitments, oldest first, then holds; what is left fills `short`, and then is available. With `close` nothing more will come, and without `lines` nothing has: the newest holds that wait are revoked, and commitments have theirs of what is there, or are named in `shortfalls`. A line may say which lot the bottles are and in which bin they lie; where none does and the order has their cost, they are of one lot for each SKU of the order, `PO-` and its id.',
    sent: { optionalBody: DeliveryRequest },
    refusals: ['unprocessable', 'not-in-order', 'unknown-sku', 'quantity-overflow'],
    wrongWith: ({ lines = [] }) => (lines.some(({ lot }) => hasCostAlone(lot)) ? COST_ALONE : undefined),
    commandOf: (documentId, { occurredAt, ...body }) => ({
      kind: 'receivePurchase',
      documentId,
      ...body,
      ...timeOf(occurredAt),
    }),
  })
}

function registerCancel(app: FastifyInstance, services: Services): void {
  orderRoute(app, services, {
    verb: 'cancel',
    id: 'cancelPurchaseOrder',
    summary: 'Cancel a purchase order',
    description:
      'All that is expected, or some of its lines; no more than nobody was promised. Where it is a fact that bottles will not come, close the order when you receive it.',
    sent: { optionalBody: PurchaseCancelRequest },
    refusals: ['promised-already', 'not-in-order', 'unknown-sku'],
    commandOf: (documentId, body) => ({ kind: 'cancelPurchase', documentId, ...body }),
  })
}

function registerReschedule(app: FastifyInstance, services: Services): void {
  orderRoute(app, services, {
    verb: 'reschedule',
    id: 'reschedulePurchaseOrder',
    summary: 'Say when a purchase order comes',
    description: 'Another date for what is expected of it still, which offers show; or that nobody knows any more.',
    sent: { body: RescheduleRequest },
    refusals: [],
    commandOf: (documentId, { expectedAt, ...body }) => ({
      kind: 'reschedulePurchase',
      documentId,
      expectedAtMs: expectedAt === undefined ? null : Date.parse(expectedAt),
      ...body,
    }),
  })
}
