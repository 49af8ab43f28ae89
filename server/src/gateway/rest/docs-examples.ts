import { accessExamples, accessSteps } from './docs-access-examples.ts'
import {
  SKU,
  OTHER,
  price,
  allocation,
  quarantineBody,
  transfer,
  clearance,
  order,
  purchase,
  opening,
  repack,
  oneLot,
  lotOffer,
  bundle,
  mixedCase,
  holdBody,
  receipt,
} from './docs-bodies.ts'

/** A request that can be copied: it works on the starter cellar as it is. */
export interface Example {
  readonly method: string
  /** with the query; `$NAME` stands for what a step before found out */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** what has to be there first */
  readonly needs?:
    | 'hold'
    | 'commitment'
    | 'quarantine'
    | 'allotment'
    | 'transfer'
    | 'clearance'
    | 'order'
    | 'shipped'
    | 'purchase'
    | 'openBottle'
    | 'repack'
    | 'lot'
    | keyof typeof accessSteps
    | 'lotOffer'
    | 'bundle'
    | 'mixedCase'
    | 'wine'
  /** an event stream, which does not end by itself */
  readonly streams?: true
}

/** By operation. Every operation has one: a test holds this to the document. */
export const examples: Readonly<Record<string, Example>> = {
  holdBottles: {
    method: 'POST',
    path: '/v1/holds',
    body: {
      lines: [
        { sku: SKU, quantity: 2, expectedPrice: { amountMinor: 4_400, currency: 'EUR' } },
        { sku: OTHER, quantity: 1 },
      ],
      ttlSeconds: 300,
    },
  },
  extendHold: { needs: 'hold', method: 'PATCH', path: '/v1/holds/$HOLD', body: { ttlSeconds: 900 } },
  releaseHold: { needs: 'hold', method: 'DELETE', path: '/v1/holds/$HOLD' },
  getHold: { needs: 'hold', method: 'GET', path: '/v1/holds/$HOLD' },
  commitHold: { needs: 'hold', method: 'POST', path: '/v1/holds/$HOLD/commit', body: { reference: 'order 1001' } },
  getCommitment: { needs: 'commitment', method: 'GET', path: '/v1/commitments/$HOLD' },
  shipCommitment: { needs: 'commitment', method: 'POST', path: '/v1/commitments/$HOLD/ship' },
  cancelCommitment: {
    needs: 'commitment',
    method: 'POST',
    path: '/v1/commitments/$HOLD/cancel',
    body: { lines: [{ sku: SKU, quantity: 1 }], reference: 'customer called' },
  },
  recordReceipt: {
    method: 'POST',
    path: '/v1/receipts',
    body: receipt,
  },
  recordSale: {
    method: 'POST',
    path: '/v1/sales',
    headers: { 'Cellarhand-Actor': 'till 2' },
    body: { location: 'shop', reference: 'receipt 4711', lines: [{ sku: SKU, quantity: 1 }] },
  },
  recordCount: { method: 'POST', path: '/v1/counts', body: { location: 'shop', lines: [{ sku: OTHER, counted: 3 }] } },
  recordWriteOff: {
    method: 'POST',
    path: '/v1/write-offs',
    body: { location: 'shop', reason: 'corked', lines: [{ sku: SKU, quantity: 1 }] },
  },
  adjustLevel: {
    method: 'POST',
    path: '/v1/adjustments',
    body: { sku: SKU, location: 'warehouse', delta: -1, reason: 'counted into the wrong bin' },
  },
  quarantineBottles: {
    method: 'POST',
    path: '/v1/quarantine',
    body: {
      location: 'shop',
      reason: 'leaking',
      lines: [{ sku: SKU, quantity: 1, condition: 'capsule pushed up, level at mid-shoulder' }],
    },
  },
  reinstateBottles: {
    needs: 'quarantine',
    method: 'POST',
    path: '/v1/reinstatements',
    body: { location: 'shop', reason: 'sound after all', lines: [{ sku: SKU, quantity: 1 }] },
  },
  listNotes: { method: 'GET', path: `/v1/notes?sku=${SKU}` },
  sendTransfer: { method: 'POST', path: '/v1/transfers', body: transfer },
  receiveTransfer: {
    needs: 'transfer',
    method: 'POST',
    path: '/v1/transfers/$TRANSFER/receive',
    body: { lines: [{ sku: SKU, quantity: 2, missing: 1 }], reason: 'breakage' },
  },
  cancelTransfer: { needs: 'transfer', method: 'POST', path: '/v1/transfers/$TRANSFER/cancel' },
  getTransfer: { needs: 'transfer', method: 'GET', path: '/v1/transfers/$TRANSFER' },
  listTransfers: { method: 'GET', path: '/v1/transfers?state=in_transit' },
  orderBottles: { method: 'POST', path: '/v1/purchase-orders', body: purchase },
  receivePurchaseOrder: {
    needs: 'purchase',
    method: 'POST',
    path: '/v1/purchase-orders/$ORDER/receive',
    body: { lines: [{ sku: SKU, quantity: 48, bin: 'A/12/3' }], close: true, reason: 'a case was broken' },
  },
  cancelPurchaseOrder: {
    needs: 'purchase',
    method: 'POST',
    path: '/v1/purchase-orders/$ORDER/cancel',
    body: { lines: [{ sku: SKU, quantity: 12 }], reason: 'ordered too many' },
  },
  reschedulePurchaseOrder: {
    needs: 'purchase',
    method: 'POST',
    path: '/v1/purchase-orders/$ORDER/reschedule',
    body: { expectedAt: '2027-04-02T09:00:00Z', reason: 'the ship is late' },
  },
  getPurchaseOrder: { needs: 'purchase', method: 'GET', path: '/v1/purchase-orders/$ORDER' },
  listPurchaseOrders: { method: 'GET', path: '/v1/purchase-orders?state=open' },
  clearDuty: { method: 'POST', path: '/v1/clearances', body: clearance },
  getClearance: { needs: 'clearance', method: 'GET', path: '/v1/clearances/$CLEARANCE' },
  listClearances: { method: 'GET', path: '/v1/clearances' },
  moveBottles: {
    method: 'POST',
    path: '/v1/moves',
    body: { location: 'warehouse', lines: [{ sku: SKU, quantity: 6, toBin: 'A/12/3' }] },
  },
  openLot: {
    method: 'POST',
    path: '/v1/lots',
    body: {
      sku: OTHER,
      location: 'warehouse',
      quantity: 1,
      lot: {
        supplier: 'Maison',
        costMinor: 12900,
        currency: 'EUR',
        provenance: 'from the house, 2026',
      },
    },
  },
  offerLot: { needs: 'lot', ...lotOffer },
  withdrawLot: {
    needs: 'lotOffer',
    method: 'POST',
    path: `/v1/lot-offers/${lotOffer.body.as}/withdraw`,
    body: { location: 'warehouse' },
  },
  getLotOffer: { needs: 'lotOffer', method: 'GET', path: `/v1/lot-offers/${lotOffer.body.as}` },
  listLotOffers: { method: 'GET', path: '/v1/lot-offers' },
  listLots: { method: 'GET', path: `/v1/lots?sku=${SKU}` },
  listParcels: { method: 'GET', path: '/v1/parcels?location=warehouse&bin=A' },
  openBottle: { method: 'POST', path: '/v1/open-bottles', body: opening },
  pour: { needs: 'openBottle', method: 'POST', path: '/v1/open-bottles/$BOTTLE/pour', body: { ml: 125 } },
  discardBottle: {
    needs: 'openBottle',
    method: 'POST',
    path: '/v1/open-bottles/$BOTTLE/discard',
    body: { reason: 'oxidised' },
  },
  getOpenBottle: { needs: 'openBottle', method: 'GET', path: '/v1/open-bottles/$BOTTLE' },
  listOpenBottles: { method: 'GET', path: '/v1/open-bottles?state=open' },
  repackBottles: { method: 'POST', path: '/v1/repacks', body: repack },
  getRepack: { needs: 'repack', method: 'GET', path: '/v1/repacks/$REPACK' },
  listRepacks: { method: 'GET', path: '/v1/repacks' },
  allocateBottles: { method: 'POST', path: '/v1/allocations', body: allocation },
  deallocateBottles: { needs: 'allotment', method: 'POST', path: '/v1/deallocations', body: allocation },
  listAllotments: { method: 'GET', path: '/v1/allotments?allotment=club' },
  setPrices: { method: 'POST', path: '/v1/prices', body: { lines: [{ sku: SKU, channel: 'web', price }] } },
  placeOrder: { needs: 'hold', method: 'POST', path: '/v1/orders', body: order },
  payOrder: { needs: 'order', method: 'POST', path: '/v1/orders/$HOLD/pay', body: { reference: 'payment 26-77' } },
  pickOrder: {
    needs: 'order',
    method: 'POST',
    path: '/v1/orders/$HOLD/pick',
    body: { lines: [{ sku: SKU, quantity: 1, lot: 'L2018-3' }] },
  },
  readyOrder: { needs: 'order', method: 'POST', path: '/v1/orders/$HOLD/ready' },
  shipOrder: {
    needs: 'order',
    method: 'POST',
    path: '/v1/orders/$HOLD/ship',
    body: { carrier: 'DHL', trackingNumber: '00340434161094042557' },
  },
  deliverOrder: { needs: 'shipped', method: 'POST', path: '/v1/orders/$HOLD/deliver' },
  collectOrder: {
    needs: 'order',
    method: 'POST',
    path: '/v1/orders/$HOLD/collect',
    body: { place: { country: 'DE' }, buyer: { ageVerifiedBy: 'Jo, at the counter' } },
  },
  cancelOrder: { needs: 'order', method: 'POST', path: '/v1/orders/$HOLD/cancel', body: { reason: 'customer called' } },
  returnOrder: {
    needs: 'shipped',
    method: 'POST',
    path: '/v1/orders/$HOLD/return',
    body: { reason: 'refused', lines: [{ sku: SKU, quantity: 1, condition: 'label torn' }] },
  },
  getOrder: { needs: 'order', method: 'GET', path: '/v1/orders/$HOLD' },
  listOrders: { method: 'GET', path: '/v1/orders?state=placed' },
  listLevels: { method: 'GET', path: `/v1/stock?sku=${SKU}` },
  listMovements: { method: 'GET', path: `/v1/skus/${SKU}/movements?limit=10` },
  listShortfalls: { method: 'GET', path: '/v1/shortfalls?open=true' },
  listJournal: { method: 'GET', path: `/v1/movements?sku=${SKU}&kind=count&limit=10` },
  getMonthEnd: {
    method: 'GET',
    path: '/v1/reports/month-end?month=2026-01&timezone=Europe/Paris',
    headers: { Accept: 'text/csv' },
  },
  getValue: { method: 'GET', path: `/v1/reports/value?sku=${SKU}` },
  searchWines: { method: 'GET', path: '/v1/wines?q=chateau%20musar&colour=red&facets=true&limit=5' },
  getWine: { needs: 'wine', method: 'GET', path: '/v1/wines/$WINE' },
  getOffer: { method: 'GET', path: `/v1/offers/${SKU}` },
  listOffers: { method: 'GET', path: `/v1/offers?channel=web&sku=${SKU},${OTHER}` },
  putBundle: bundle,
  getBundle: { needs: 'bundle', method: 'GET', path: bundle.path },
  deleteBundle: { needs: 'bundle', method: 'DELETE', path: bundle.path },
  listBundles: { method: 'GET', path: '/v1/bundles' },
  putMixedCase: mixedCase,
  getMixedCase: { needs: 'mixedCase', method: 'GET', path: mixedCase.path },
  deleteMixedCase: { needs: 'mixedCase', method: 'DELETE', path: mixedCase.path },
  listMixedCases: { method: 'GET', path: '/v1/mixed-cases' },
  listChannels: { method: 'GET', path: '/v1/channels' },
  listLocations: { method: 'GET', path: '/v1/locations' },
  follow: { method: 'GET', path: `/v1/feed?topic=sku:${SKU}@web&topic=sku:${OTHER}@web`, streams: true },
  getHealth: { method: 'GET', path: '/healthz' },
  getReadiness: { method: 'GET', path: '/readyz' },
  getMetrics: { method: 'GET', path: '/metrics' },
  ...accessExamples,
}

/** What is done first, by what is needed. */
export const steps: Readonly<Record<NonNullable<Example['needs']>, readonly { found?: string; example: Example }[]>> = {
  hold: [{ found: 'HOLD', example: { method: 'POST', path: '/v1/holds', body: holdBody } }],
  commitment: [
    { found: 'HOLD', example: { method: 'POST', path: '/v1/holds', body: holdBody } },
    { example: { method: 'POST', path: '/v1/holds/$HOLD/commit' } },
  ],
  quarantine: [{ example: { method: 'POST', path: '/v1/quarantine', body: quarantineBody } }],
  allotment: [{ example: { method: 'POST', path: '/v1/allocations', body: allocation } }],
  transfer: [{ found: 'TRANSFER', example: { method: 'POST', path: '/v1/transfers', body: transfer } }],
  clearance: [{ found: 'CLEARANCE', example: { method: 'POST', path: '/v1/clearances', body: clearance } }],
  purchase: [{ found: 'ORDER', example: { method: 'POST', path: '/v1/purchase-orders', body: purchase } }],
  order: [
    { found: 'HOLD', example: { method: 'POST', path: '/v1/holds', body: holdBody } },
    { example: { method: 'POST', path: '/v1/orders', body: order } },
  ],
  shipped: [
    { found: 'HOLD', example: { method: 'POST', path: '/v1/holds', body: holdBody } },
    { example: { method: 'POST', path: '/v1/orders', body: order } },
    { example: { method: 'POST', path: '/v1/orders/$HOLD/ship' } },
  ],
  openBottle: [{ found: 'BOTTLE', example: { method: 'POST', path: '/v1/open-bottles', body: opening } }],
  repack: [{ found: 'REPACK', example: { method: 'POST', path: '/v1/repacks', body: repack } }],
  lot: [{ example: oneLot }],
  lotOffer: [{ example: oneLot }, { example: lotOffer }],
  bundle: [{ example: bundle }],
  mixedCase: [{ example: mixedCase }],
  ...accessSteps,
  wine: [{ found: 'WINE', example: { method: 'GET', path: '/v1/wines?q=musar&limit=1' } }],
}
