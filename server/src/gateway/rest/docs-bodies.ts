/** A wine of the starter cellar of which there is plenty, in the shop and in the warehouse. */
export const SKU = 'MUSAR-RED-2018-75'
export const OTHER = 'KRUG-GC-NV-75'

export const price = { amountMinor: 4_400, currency: 'EUR', taxIncluded: true, dutyIncluded: true }
export const allocation = { allotment: 'club', location: 'warehouse', lines: [{ sku: SKU, quantity: 2 }] }
export const quarantineBody = { location: 'shop', reason: 'leaking', lines: [{ sku: SKU, quantity: 1 }] }
export const transfer = { from: 'warehouse', to: 'shop', reference: 'van 3', lines: [{ sku: SKU, quantity: 3 }] }
/** A case that stands in the bonded store. */
export const clearance = {
  from: 'bonded',
  to: 'warehouse',
  reference: 'customs 26-1177',
  currency: 'EUR',
  lines: [
    {
      sku: 'CHEVAL-DES-ANDES-2020-75X6',
      quantity: 1,
      dutyMinor: 1860,
    },
  ],
}
export const order = {
  holdId: '$HOLD',
  fulfilment: 'ship',
  destination: { country: 'DE', postcode: '10115' },
  buyer: { bornOn: '1980-05-01' },
  charges: [{ kind: 'vat', label: 'VAT 19 %', amountMinor: 703, currency: 'EUR' }],
}
export const purchase = {
  location: 'warehouse',
  supplier: 'Château Musar',
  reference: 'PO 26-031',
  expectedAt: '2027-03-12T09:00:00Z',
  currency: 'EUR',
  lines: [{ sku: SKU, quantity: 60, unitCostMinor: 1_900 }],
}
export const opening = { location: 'shop', sku: SKU, servingMl: 125, preservation: 'argon', discardAfterHours: 48 }
/** A bottle of which it matters which it is. */
export const oneLot = {
  method: 'POST',
  path: '/v1/lots',
  body: { sku: OTHER, location: 'warehouse', quantity: 1, lot: { id: 'ID-163-7', condition: 'perfect' } },
}
export const lotOffer = {
  method: 'POST',
  path: '/v1/lot-offers',
  body: { sku: OTHER, lot: 'ID-163-7', location: 'warehouse', as: 'KRUG-GC-NV-75-ID-163-7' },
}
/** A case that stands in the warehouse, and bottles of the same wine. */
export const repack = {
  location: 'warehouse',
  break: [{ sku: 'COLOME-ESTATE-2021-75X6', quantity: 1 }],
  build: [{ sku: 'COLOME-ESTATE-2021-75', quantity: 5 }],
  losses: [{ sku: 'COLOME-ESTATE-2021-75', quantity: 1, reason: 'breakage' }],
}
/** SKUs of which the starter has none anywhere, not even a level, so that they may be made of others and the demo never restocks them. */
export const bundle = {
  method: 'PUT',
  path: '/v1/bundles/BRUN-ANCIEN-2022-75X6',
  body: {
    components: [
      { sku: SKU, quantity: 1 },
      { sku: OTHER, quantity: 2 },
    ],
  },
}
export const mixedCase = { ...bundle, path: '/v1/mixed-cases/LUIS-PATO-VV-2019-75X6' }
export const holdBody = { lines: [{ sku: SKU, quantity: 1 }] }

export const receipt = {
  location: 'warehouse',
  reference: 'delivery 77',
  lines: [{ sku: SKU, quantity: 12, lot: { costMinor: 1850, currency: 'EUR', drinkBy: 2038 }, bin: 'A/12/3' }],
}
