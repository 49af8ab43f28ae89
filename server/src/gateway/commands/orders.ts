import {
  CancelOrderRequest,
  CollectRequest,
  DeliverRequest,
  OrderRequest,
  PayRequest,
  PickRequest,
  ReturnRequest,
  ShipOrderRequest,
} from '@cellarhand/protocol/order'
import { Nothing } from './holds.ts'
import { intent, intentFor, invalid, timed, type Meant } from './intent.ts'

/** What is asked of orders, by its operation. */
export const orderIntents = {
  placeOrder: intent(OrderRequest, place),
  payOrder: intentFor(PayRequest, (documentId, body) => ({ kind: 'payOrder', documentId, ...body })),
  pickOrder: intentFor(PickRequest, (documentId, body) => ({ kind: 'pickOrder', documentId, ...body })),
  readyOrder: intentFor(Nothing, (documentId) => ({ kind: 'readyOrder', documentId })),
  shipOrder: intentFor(ShipOrderRequest, (documentId, { lines, ...tracking }) => ({
    kind: 'shipOrder',
    documentId,
    ...(lines === undefined ? {} : { lines }),
    tracking,
  })),
  deliverOrder: intentFor(DeliverRequest, (documentId, body) => ({ kind: 'deliverOrder', documentId, ...body })),
  collectOrder: intentFor(CollectRequest, (documentId, body) => ({ kind: 'collectOrder', documentId, ...body })),
  cancelOrder: intentFor(CancelOrderRequest, (documentId, body) => ({ kind: 'cancelOrder', documentId, ...body })),
  returnOrder: intentFor(ReturnRequest, (documentId, body) => ({
    kind: 'returnOrder',
    documentId,
    ...timed(body),
  })),
} as const

function place({ holdId, externalRef, ...terms }: OrderRequest): Meant {
  if (terms.fulfilment === 'ship' && terms.destination === undefined) {
    return invalid('Say where it is to be shipped, with body/destination.')
  }
  return { kind: 'order', holdId, ...(externalRef === undefined ? {} : { reference: externalRef }), terms }
}
