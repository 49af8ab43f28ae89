import { describe, expect, test } from 'vitest'
import { openWorld, type CellarWorld } from '../../../test/cellar-world.ts'
import type { Command } from './command.ts'
import type { OrderBody, OrderCommand, OrderTerms } from './order.ts'

const lines = (quantity: number, sku = 'A') => [{ sku, quantity }]
const terms: OrderTerms = { fulfilment: 'ship', destination: { country: 'DE' }, buyer: { bornOn: '1980-05-01' } }

/** An order of so many bottles of A at the shop, with one left beside them; its id. */
function ordered(world: CellarWorld, quantity: number, more: Partial<Extract<OrderCommand, { kind: 'order' }>> = {}) {
  world.done({ kind: 'receive', location: 'shop', lines: lines(quantity + 1) })
  world.done({ kind: 'hold', ttlSeconds: 60, lines: [{ sku: 'A', quantity, channel: 'counter' }] })
  return world.done({ kind: 'order', holdId: world.lastHold(), terms, ...more }).document?.id ?? ''
}

function refusalOf(world: CellarWorld, command: Command) {
  const decision = world.tell(command)
  return decision.kind === 'refusal' ? decision.refusal : undefined
}

const slugOf = (world: CellarWorld, command: Command) => refusalOf(world, command)?.slug
const bodyOf = (world: CellarWorld, id: string) => world.context.documents.get(id)?.body as OrderBody
const stateOf = (world: CellarWorld, id: string) => world.context.documents.get(id)?.state

describe('placing an order', () => {
  test('commits its hold in the same entry, and keeps what was agreed as it was given', () => {
    const world = openWorld()
    const charges = [{ kind: 'vat', label: 'MwSt 19 %', amountMinor: 479, currency: 'EUR' }]
    const id = ordered(world, 3, { reference: 'W-1', terms: { ...terms, charges, customer: 'anna' } })
    expect(world.context.holds.get(id)?.state).toBe('committed')
    expect(world.level('A')).toMatchObject({ available: 1, held: 0, committed: 3 })
    expect(world.context.documents.get(id)).toMatchObject({
      kind: 'order',
      state: 'placed',
      reference: 'W-1',
      levels: ['A@shop'],
      body: { ...terms, charges, customer: 'anna', lines: [{ sku: 'A', location: 'shop', quantity: 3, shipped: 0 }] },
    })
  })

  test('is refused for a hold that ended, and for a reference that another order has, with its id', () => {
    const world = openWorld()
    const id = ordered(world, 1, { reference: 'W-1' })
    expect(slugOf(world, { kind: 'order', holdId: id, terms })).toBe('hold-ended')
    expect(slugOf(world, { kind: 'order', holdId: 'nobody', terms })).toBe('not-found')
    world.done({ kind: 'hold', ttlSeconds: 60, lines: [{ sku: 'A', quantity: 1, channel: 'counter' }] })
    const again = { kind: 'order', holdId: world.lastHold(), reference: 'W-1', terms } as const
    expect(refusalOf(world, again)).toMatchObject({ slug: 'reference-taken', members: { order: id } })
  })

  test('leaves commitments without an order to their own verbs, and sends those with one to the order', () => {
    const world = openWorld()
    const id = ordered(world, 2)
    for (const kind of ['ship', 'cancel'] as const) {
      expect(refusalOf(world, { kind, commitmentId: id })).toMatchObject({ slug: 'belongs-to-order' })
    }
    world.done({ kind: 'hold', ttlSeconds: 60, lines: [{ sku: 'A', quantity: 1, channel: 'counter' }] })
    world.done({ kind: 'commit', holdId: world.lastHold() })
    world.done({ kind: 'ship', commitmentId: world.lastHold() })
    expect(slugOf(world, { kind: 'shipOrder', documentId: world.lastHold(), tracking: {} })).toBe('not-found')
  })
})

describe('an order', () => {
  test('is paid, picked, made ready, shipped and delivered', () => {
    const world = openWorld()
    const id = ordered(world, 3)
    const steps: readonly [OrderCommand, string][] = [
      [{ kind: 'payOrder', documentId: id, reference: 'psp 1' }, 'paid'],
      [{ kind: 'pickOrder', documentId: id, lines: [{ sku: 'A', quantity: 2, lot: 'L1' }] }, 'picking'],
      [{ kind: 'pickOrder', documentId: id }, 'picking'],
      [{ kind: 'readyOrder', documentId: id }, 'ready'],
      [{ kind: 'shipOrder', documentId: id, tracking: { carrier: 'DHL', trackingNumber: '00340' } }, 'shipped'],
      [{ kind: 'deliverOrder', documentId: id }, 'delivered'],
    ]
    for (const [command, state] of steps) expect(world.done(command).document?.state).toBe(state)
    expect(bodyOf(world, id)).toMatchObject({
      paid: { reference: 'psp 1' },
      picks: [
        { sku: 'A', quantity: 2, lot: 'L1' },
        { sku: 'A', location: 'shop', quantity: 1 },
      ],
      shipments: [
        { number: 1, carrier: 'DHL', trackingNumber: '00340', lines: [{ sku: 'A', location: 'shop', quantity: 3 }] },
      ],
    })
    expect(world.level('A')).toMatchObject({ available: 1, committed: 0 })
    world.audit()
  })

  test('takes no more picks than are to go, nor is it paid twice', () => {
    const world = openWorld()
    const id = ordered(world, 3)
    world.done({ kind: 'cancelOrder', documentId: id, lines: lines(1) })
    expect(slugOf(world, { kind: 'pickOrder', documentId: id, lines: lines(3) })).toBe('nothing-outstanding')
    world.done({ kind: 'pickOrder', documentId: id, lines: lines(2) })
    expect(slugOf(world, { kind: 'pickOrder', documentId: id })).toBe('order-state')
    world.done({ kind: 'payOrder', documentId: id })
    expect(slugOf(world, { kind: 'payOrder', documentId: id })).toBe('order-state')
  })

  test('says which shipment was delivered where several are on their way', () => {
    const world = openWorld()
    const id = ordered(world, 2)
    for (const n of [1, 2]) {
      world.done({ kind: 'shipOrder', documentId: id, lines: lines(1), tracking: { trackingNumber: `T${n}` } })
    }
    expect(refusalOf(world, { kind: 'deliverOrder', documentId: id })?.detail).toContain('1, 2 are on their way')
    expect(slugOf(world, { kind: 'deliverOrder', documentId: id, shipment: 3 })).toBe('order-state')
    world.done({ kind: 'deliverOrder', documentId: id, shipment: 2 })
    expect(stateOf(world, id)).toBe('shipped')
    world.done({ kind: 'deliverOrder', documentId: id })
    expect(stateOf(world, id)).toBe('delivered')
  })

  test('says how it stands and what is possible when it is asked for what is not', () => {
    const world = openWorld()
    const id = ordered(world, 1)
    world.done({ kind: 'collectOrder', documentId: id })
    expect(refusalOf(world, { kind: 'cancelOrder', documentId: id })).toMatchObject({
      slug: 'order-state',
      members: { state: 'collected', possible: ['pay', 'return'] },
    })
    expect(slugOf(world, { kind: 'returnOrder', documentId: 'nobody' })).toBe('not-found')
  })

  test('that is to be collected is not shipped to nowhere', () => {
    const world = openWorld()
    const id = ordered(world, 1, { terms: { fulfilment: 'collect' } })
    expect(refusalOf(world, { kind: 'shipOrder', documentId: id, tracking: {} })).toMatchObject({ slug: 'order-state' })
  })

  test('has no more shipments than it may, and can still be cancelled', () => {
    const world = openWorld()
    const id = ordered(world, 102)
    const one = { kind: 'shipOrder', documentId: id, lines: lines(1), tracking: {} } as const
    for (let n = 0; n < 100; n++) world.done(one)
    expect(slugOf(world, one)).toBe('order-full')
    world.done({ kind: 'cancelOrder', documentId: id })
    expect(stateOf(world, id)).toBe('shipped')
  })
})

describe('a return', () => {
  const back = (documentId: string, more: Partial<Extract<Command, { kind: 'returnOrder' }>> = {}): Command => ({
    kind: 'returnOrder',
    documentId,
    ...more,
  })

  test('comes to quarantine with what was seen of it, and what is short stays short', () => {
    const world = openWorld()
    const id = ordered(world, 3)
    world.done({ kind: 'shipOrder', documentId: id, tracking: {} })
    world.done({ kind: 'sale', location: 'shop', lines: lines(2) })
    const seen = { sku: 'A', quantity: 2, condition: 'label torn', photos: ['https://photos.example/1'] }
    const { notes, reason } = world.done(back(id, { lines: [seen], reason: 'refused' }))
    expect(notes).toEqual([
      { sku: 'A', location: 'shop', condition: 'label torn', photos: ['https://photos.example/1'] },
    ])
    expect(reason).toBe('refused')
    expect(world.level('A')).toMatchObject({ available: 0, quarantined: 2, short: -1 })
    expect(bodyOf(world, id)).toMatchObject({
      lines: [{ shipped: 3, returned: 2 }],
      returns: [{ to: 'quarantined', reason: 'refused', lines: [{ sku: 'A', location: 'shop', quantity: 2 }] }],
    })
    expect(stateOf(world, id)).toBe('shipped')
    world.done(back(id, { to: 'available' }))
    expect(world.level('A')).toMatchObject({ available: 0, quarantined: 2, short: 0 })
    expect(stateOf(world, id)).toBe('returned')
    world.audit()
  })

  test('is bounded by what was handed over and did not come back before', () => {
    const world = openWorld()
    const id = ordered(world, 3)
    expect(slugOf(world, back(id))).toBe('nothing-to-return')
    world.done({ kind: 'collectOrder', documentId: id, lines: lines(2) })
    expect(slugOf(world, back(id, { lines: lines(3) }))).toBe('nothing-to-return')
    world.done(back(id, { lines: lines(1) }))
    expect(refusalOf(world, back(id, { lines: lines(2) }))).toMatchObject({ members: { outstanding: 1 } })
    expect(slugOf(world, back(id, { lines: lines(1, 'B') }))).toBe('nothing-to-return')
  })

  test('may come to another place, where it makes a level of its own', () => {
    const world = openWorld()
    const id = ordered(world, 2)
    world.done({ kind: 'collectOrder', documentId: id })
    expect(slugOf(world, back(id, { location: 'moon' }))).toBe('unknown-location')
    world.done(back(id, { location: 'cellar', to: 'available' }))
    expect(world.level('A', 'cellar')).toMatchObject({ available: 2 })
    world.audit()
  })

  test('that a count has seen changes nothing on hand, and stands in quarantine all the same', () => {
    const world = openWorld()
    const id = ordered(world, 2)
    world.done({ kind: 'collectOrder', documentId: id })
    world.nowUs += 5_000_000
    const occurredAtMs = Math.floor(world.nowUs / 1_000)
    world.nowUs += 5_000_000
    world.done({ kind: 'count', location: 'shop', lines: [{ sku: 'A', counted: 3 }] })
    world.done({ kind: 'hold', ttlSeconds: 60, lines: [{ sku: 'A', quantity: 2, channel: 'counter' }] })
    const { answer } = world.done(back(id, { occurredAtMs }))
    expect(answer).toMatchObject({ rebased: true, revokedHolds: [world.lastHold()] })
    expect(world.level('A')).toMatchObject({ available: 1, held: 0, quarantined: 2, short: 0 })
    world.audit()
  })
})

describe('a sale at a till that names an order', () => {
  const sale = (quantity: number, orderRef: string, more: object = {}): Command => ({
    kind: 'sale',
    location: 'shop',
    orderRef,
    lines: lines(quantity),
    ...more,
  })

  test('hands over what was set aside for it and takes no more stock, until all of it is collected', () => {
    const world = openWorld()
    const id = ordered(world, 3, { reference: 'W-1', terms: { fulfilment: 'collect' } })
    const { movements, answer } = world.done(sale(1, 'W-1'))
    expect(movements).toEqual([{ sku: 'A', location: 'shop', from: 'committed', to: 'customer', quantity: 1 }])
    expect(answer).toMatchObject({ order: { id, state: 'placed' } })
    expect(world.done(sale(2, id)).answer).toMatchObject({ order: { id, state: 'collected' } })
    expect(world.level('A')).toMatchObject({ available: 1, committed: 0 })
    expect(bodyOf(world, id).lines).toMatchObject([{ collected: 3, shipped: 0 }])
    world.audit()
  })

  test('is an ordinary sale of what goes beyond the order, of what stands elsewhere, and of an order nobody knows', () => {
    const world = openWorld()
    const id = ordered(world, 2)
    expect(world.done(sale(3, id)).movements.map(({ from, quantity }) => [from, quantity])).toEqual([
      ['committed', 2],
      ['available', 1],
    ])
    const { answer, document } = world.done(sale(1, id))
    expect(answer).toMatchObject({ order: { id, state: 'collected' } })
    expect(document).toBeUndefined()
    expect(world.done(sale(1, 'nobody')).answer).toMatchObject({ orderUnknown: true })
    const elsewhere = openWorld()
    elsewhere.done(sale(1, ordered(elsewhere, 2), { location: 'cellar' }))
    expect(elsewhere.level('A')).toMatchObject({ committed: 2 })
    expect(elsewhere.level('A', 'cellar')).toMatchObject({ short: -1 })
  })

  test('may come late, from before a count that did not find the bottles any more', () => {
    const world = openWorld()
    const id = ordered(world, 2)
    world.nowUs += 5_000_000
    const occurredAtMs = Math.floor(world.nowUs / 1_000)
    world.nowUs += 5_000_000
    world.done({ kind: 'count', location: 'shop', lines: [{ sku: 'A', counted: 1 }] })
    expect(world.level('A')).toMatchObject({ available: 0, committed: 2, short: -1 })
    expect(world.done(sale(2, id, { occurredAtMs })).answer).toMatchObject({ rebased: true })
    expect(world.level('A')).toMatchObject({ available: 1, committed: 0, short: 0 })
    expect(stateOf(world, id)).toBe('collected')
    world.audit()
  })
})

describe('the law', () => {
  const refuse = { slug: 'too-young', detail: 'Too young.' } as const

  test('is asked at the order and again at the hand-over, of that day, with what is known of the buyer then', () => {
    const world = openWorld()
    const asked: unknown[] = []
    Object.assign(world.context, { policy: (handOver: object) => void asked.push(handOver) })
    const id = ordered(world, 2)
    const orderedUs = world.nowUs
    world.nowUs += 86_400_000_000
    world.done({ kind: 'shipOrder', documentId: id, lines: lines(1), tracking: {} })
    world.done({ kind: 'collectOrder', documentId: id, place: { country: 'FR' }, buyer: { ageVerifiedBy: 'Jo' } })
    const { destination: place, buyer } = terms
    expect(asked).toEqual([
      { place, buyer, isShipped: true, atUs: orderedUs },
      { place, buyer, isShipped: true, atUs: world.nowUs - 1 },
      { place: { country: 'FR' }, buyer: { ...buyer, ageVerifiedBy: 'Jo' }, isShipped: false, atUs: world.nowUs },
    ])
  })

  test('stops an order and a hand-over, and neither a cancellation nor a till', () => {
    const world = openWorld()
    const id = ordered(world, 3)
    Object.assign(world.context, { policy: () => refuse })
    expect(slugOf(world, { kind: 'shipOrder', documentId: id, tracking: {} })).toBe('too-young')
    expect(slugOf(world, { kind: 'collectOrder', documentId: id })).toBe('too-young')
    world.done({ kind: 'sale', location: 'shop', orderRef: id, lines: lines(1) })
    world.done({ kind: 'cancelOrder', documentId: id })
    world.done({ kind: 'hold', ttlSeconds: 60, lines: [{ sku: 'A', quantity: 1, channel: 'counter' }] })
    expect(slugOf(world, { kind: 'order', holdId: world.lastHold(), terms })).toBe('too-young')
    expect(world.context.holds.get(world.lastHold())?.state).toBe('active')
  })
})
