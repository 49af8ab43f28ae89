import { expect, test } from 'vitest'
import { must } from '../platform/must.ts'
import { intents, meantBy, refusedAt } from './commands.ts'
import { misfitOf } from './misfit.ts'

const id = '0198c0de-0000-7000-8000-000000000001'
const lines = [{ sku: 'A', quantity: 2 }]
const occurredAt = '2026-01-02T03:04:05Z'
const fact = { location: 'shop', reference: 'r 1', occurredAt, lines }
const between = { from: 'bonded', to: 'shop', reference: 'r 1', lines }
const price = { amountMinor: 1, currency: 'EUR', taxIncluded: true, dutyIncluded: true }

/** All that can be said with each operation, but what contradicts it. */
const samples: Readonly<Record<string, object>> = {
  holdBottles: { lines, ttlSeconds: 60, customer: 'c' },
  extendHold: { id, ttlSeconds: 60 },
  releaseHold: { id },
  commitHold: { id, reference: 'r 1' },
  shipCommitment: { id, lines, reference: 'r 1' },
  cancelCommitment: { id, lines, reference: 'r 1' },
  recordReceipt: { ...fact, lines: [{ ...lines[0], lot: { costMinor: 1, currency: 'EUR' }, bin: 'A/1' }] },
  recordSale: { ...fact, allotment: 'club', orderRef: 'o 1' },
  recordCount: { ...fact, lines: [{ sku: 'A', counted: 2 }] },
  recordWriteOff: { ...fact, reason: 'breakage', from: 'quarantined' },
  adjustLevel: { sku: 'A', location: 'shop', delta: 1, reason: 'found', reference: 'r 1', version: 12 },
  setPrices: { lines: [{ sku: 'A', channel: 'web', price }] },
  quarantineBottles: { ...fact, reason: 'leaking' },
  reinstateBottles: { location: 'shop', reason: 'dry again', reference: 'r 1', lines },
  allocateBottles: { allotment: 'club', location: 'shop', reference: 'r 1', lines },
  deallocateBottles: { allotment: 'club', location: 'shop', reference: 'r 1', lines },
  moveBottles: { location: 'shop', reference: 'r 1', lines: [{ ...lines[0], toBin: 'A/1' }] },
  openLot: { sku: 'A', location: 'shop', quantity: 1, bin: 'A/1', lot: { id: 'L' }, reference: 'r 1' },
  sendTransfer: { ...between, expectedAt: occurredAt, changesOwner: true },
  receiveTransfer: { id, lines: [{ sku: 'A', quantity: 1, missing: 1 }], reason: 'breakage', occurredAt },
  cancelTransfer: { id, reason: 'back' },
  clearDuty: { ...between, currency: 'EUR', lines: [{ sku: 'A', quantity: 1, dutyMinor: 310 }] },
  orderBottles: { location: 'shop', supplier: 's', reference: 'r 1', expectedAt: occurredAt, currency: 'EUR', lines },
  receivePurchaseOrder: { id, lines, close: true, reason: 'all there is', occurredAt },
  cancelPurchaseOrder: { id, lines, reason: 'too dear' },
  reschedulePurchaseOrder: { id, expectedAt: occurredAt, reason: 'a strike' },
  repackBottles: { location: 'shop', reference: 'r 1', reason: 'gifts', break: lines, build: lines },
  openBottle: { location: 'shop', sku: 'A', servingMl: 125, preservation: 'argon', discardAfterHours: 4, occurredAt },
  pour: { id, ml: 125, reference: 'r 1', occurredAt },
  discardBottle: { id, reason: 'old', occurredAt },
  placeOrder: { holdId: id, externalRef: 'o 1', fulfilment: 'ship', destination: { country: 'DE' }, customer: 'c' },
  payOrder: { id, reference: 'r 1' },
  pickOrder: { id, lines },
  readyOrder: { id },
  shipOrder: { id, lines, carrier: 'c', trackingNumber: '1', trackingUrl: 'https://carrier.example/1' },
  deliverOrder: { id, shipment: 1 },
  collectOrder: { id, lines, place: { country: 'DE' }, buyer: { bornOn: '1980-01-01' } },
  cancelOrder: { id, lines, reason: 'changed my mind' },
  returnOrder: { id, lines, location: 'shop', to: 'available', reason: 'too many', occurredAt },
}

const known: Parameters<typeof meantBy>[0] = {
  config: { holdTtlDefaultS: 900, holdTtlMaxS: 86_400 },
  catalogue: { contentsOf: async () => [], sizeOf: async () => ({ formatMl: 750, pack: 1 }) },
}

const schemaOf = (name: string) => must(intents[name], name).schema
const partsOf = (asked: object) =>
  Object.keys(asked).map((member) => Object.fromEntries(Object.entries(asked).filter(([other]) => other !== member)))
const backwards = (asked: object) => Object.fromEntries(Object.entries(asked).toReversed())

test('what can be asked of stock has a sample here, which fits its schema', () => {
  expect(Object.keys(samples).toSorted()).toEqual(Object.keys(intents).toSorted())
  const misfits = Object.entries(intents).map(([name, { schema }]) => [name, misfitOf(schema, samples[name])])
  expect(misfits.filter(([, misfit]) => misfit !== undefined)).toEqual([])
})

test.each(Object.entries(samples))(
  '%s is the same command to the letter in whatever order its members are written, and another where one is left out',
  async (name, asked) => {
    const command = JSON.stringify(await meantBy(known, name, asked))
    expect(JSON.parse(command)).toHaveProperty('kind')
    expect(JSON.stringify(await meantBy(known, name, backwards(asked)))).toBe(command)
    for (const left of partsOf(asked).filter((part) => !misfitOf(schemaOf(name), part))) {
      expect(JSON.stringify(await meantBy(known, name, left))).not.toBe(command)
    }
  },
)

test('what no schema could say is refused in the words of each way in', async () => {
  const asked = { holdId: id, fulfilment: 'ship' }
  const refusal = { slug: 'unprocessable', detail: 'Say where it is to be shipped, with body/destination.' } as const
  expect(await meantBy(known, 'placeOrder', asked)).toEqual(refusal)
  expect(refusedAt('input/', refusal).detail).toBe('Say where it is to be shipped, with input/destination.')
  const twice = { ...fact, lines: [1, 2].map((counted) => ({ sku: 'A', counted })) }
  expect(await meantBy(known, 'recordCount', twice)).toMatchObject({ slug: 'unprocessable' })
})
