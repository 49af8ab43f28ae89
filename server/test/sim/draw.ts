import type { Command } from '../../src/stock/core/command.ts'
import { locations, skus, tenEuros, worldContents } from '../cellar-world.ts'
import type { Chance } from './chance.ts'
import { drawOrder, drawOrderAct, drawReference } from './order-acts.ts'
import { drawRelabel } from './sold-lot.ts'
import { POISON } from './writing.ts'

/** What a client knows of: holds it was granted, commitments it made. */
export interface Known {
  readonly holds: string[]
  readonly commitments: string[]
  readonly transfers: string[]
  readonly orders: string[]
  readonly purchases: string[]
  /** Orders of which bottles were handed over. */
  readonly handedOver: string[]
  readonly openBottles: string[]
}

/** Something to ask for: mostly holds, and what ends them; sometimes a fact, late or not; once in a while poison. */
export function drawCommand(chance: Chance, known: Known, nowMs: number): Command {
  const roll = chance.below(100)
  const [holdId] = known.holds.slice(-1 - chance.below(3))
  if (roll < 42 || (roll < 68 && holdId === undefined)) return drawHold(chance)
  if (roll < 54 && holdId) return { kind: 'release', holdId }
  if (roll < 58 && holdId) return { kind: 'commit', holdId }
  if (roll < 66 && holdId) return drawOrder(chance, holdId)
  if (roll < 68 && holdId) return { kind: 'extend', holdId, ttlSeconds: 1 + chance.below(3) }
  if (roll < 70) return drawFulfilment(chance, known)
  if (roll < 76 && known.orders.length > 0) return drawOrderAct(chance, known, nowMs)
  if (roll < 79) return drawElsewhere(chance, known)
  if (roll < 82) return drawParcels(chance)
  if (roll < 83) return drawOpenBottle(chance, known, nowMs)
  if (roll < 89) return drawPurchase(chance, known, nowMs)
  if (roll < 97) return drawFact(chance, nowMs)
  if (roll < 98) return { kind: 'receive', location: 'shop', reference: POISON, lines: [{ sku: 'A', quantity: 1 }] }
  return { kind: 'setPrice', lines: [{ sku: chance.pick(skus), channel: 'web', price: tenEuros }] }
}

function drawHold(chance: Chance): Command {
  const lines = Array.from({ length: chance.percent(70) ? 1 : 2 }, () => ({
    sku: chance.percent(10) ? 'SET' : chance.pick(skus),
    quantity: 1 + chance.below(3),
    channel: chance.pick(['web', 'web', 'counter']),
    ...(chance.percent(20) ? { location: 'shop' } : {}),
    ...(chance.percent(15) ? { allotment: 'club' } : chance.percent(30) ? { from: 'incoming' as const } : {}),
  }))
  return { kind: 'hold', lines, ttlSeconds: chance.pick([1, 2, 600]) }
}

function drawFulfilment(chance: Chance, { commitments }: Known): Command {
  const commitmentId = commitments.at(-1 - chance.below(2)) ?? 'nobody'
  const lines = [{ sku: chance.pick(skus), location: chance.pick(locations), quantity: 1 }]
  return { kind: chance.pick(['ship', 'cancel']), commitmentId, ...(chance.percent(40) ? { lines } : {}) }
}

/** Lots and bins: which bottles, where the rest does not care. */
function drawParcels(chance: Chance): Command {
  const location = chance.pick(['shop', 'cellar'])
  const [sku, quantity] = [chance.pick(skus), 1 + chance.below(3)]
  const [lot, bin] = [chance.pick(['L1', 'L2']), chance.pick(['A/1', 'B/2'])]
  switch (chance.below(6)) {
    case 0:
      return { kind: 'move', location, lines: [{ sku, quantity, toBin: bin }] }
    case 1:
      return { kind: 'move', location, lines: [{ sku, quantity, lot, toBin: bin }] }
    case 2:
      return { kind: 'openLot', location, sku, quantity, lot: { id: lot, drinkBy: 2030 } }
    case 3:
      return { kind: 'sale', location, lines: [{ sku, quantity, lot }] }
    case 4:
      return drawLotHold(chance)
    default:
      return {
        kind: 'receive',
        location,
        lines: [{ sku, quantity, lot: { id: lot, costMinor: 900, currency: 'EUR' }, bin }],
      }
  }
}

/** Of a lot that is sold by itself, or is not. */
function drawLotHold(chance: Chance): Command {
  const lot = chance.percent(80) ? 'L1' : 'L2'
  return { kind: 'hold', lines: [{ sku: 'A', quantity: 1, channel: 'counter', lot }], ttlSeconds: 2 }
}

/** Bottles that are to stand elsewhere, or as something else. */
function drawElsewhere(chance: Chance, known: Known): Command {
  const roll = chance.below(10)
  if (roll < 5) return drawTransfer(chance, known)
  return roll < 8 ? drawRepack(chance) : drawRelabel(chance)
}

function drawTransfer(chance: Chance, { transfers }: Known): Command {
  const documentId = transfers.at(-1 - chance.below(2)) ?? 'nobody'
  const line = { sku: chance.pick(skus), quantity: 1 + chance.below(3) }
  switch (chance.below(6)) {
    case 0:
    case 1: {
      const [fromLocation, toLocation] = chance.pick([['shop', 'cellar'] as const, ['cellar', 'shop'] as const])
      return { kind: 'transfer', fromLocation, toLocation, lines: [line] }
    }
    case 2:
      return { kind: 'receiveTransfer', documentId }
    case 3:
      return { kind: 'receiveTransfer', documentId, reason: 'breakage', lines: [{ ...line, missing: chance.below(2) }] }
    case 4:
      return { kind: 'cancelTransfer', documentId }
    default:
      return {
        kind: 'clearDuty',
        fromLocation: 'bond',
        toLocation: 'shop',
        currency: 'EUR',
        lines: [{ ...line, dutyMinor: 300 }],
      }
  }
}

function drawOpenBottle(chance: Chance, { openBottles }: Known, nowMs: number): Command {
  const documentId = openBottles.at(-1 - chance.below(2)) ?? 'nobody'
  const late = chance.percent(25) ? { occurredAtMs: 1_767_225_600_000 + Math.round(nowMs) - chance.below(3_000) } : {}
  // A world is short: what can be poured from is opened first, and soon thrown away.
  switch (openBottles.length === 0 ? 0 : chance.below(5)) {
    case 0:
      return { kind: 'openBottle', location: chance.pick(locations), sku: chance.pick(skus), formatMl: 187, ...late }
    case 1:
    case 2:
      return { kind: 'discard', documentId, reason: 'oxidised', ...late }
    default:
      return { kind: 'pour', documentId, ml: chance.pick([25, 75, 250]), ...late }
  }
}

/** Pairs into bottles, bottles into pairs, and what does not come out even. */
function drawRepack(chance: Chance): Command {
  const [bottle, pair] = [
    { sku: 'A', quantity: 2 + chance.below(2) },
    { sku: 'B', quantity: 1 },
  ]
  const [broken, built] = chance.percent(70) ? [pair, bottle] : [bottle, pair]
  return {
    kind: 'repack',
    location: chance.pick(locations),
    lines: [
      { ...broken, part: 'broken', ...(chance.percent(20) ? { lot: chance.pick(['L1', 'L2']) } : {}) },
      { ...built, part: 'built' },
    ],
    contents: worldContents,
  }
}

/** Orders of one SKU, so that whether a count had seen what came can be told from the answer. */
function drawPurchase(chance: Chance, { purchases }: Known, nowMs: number): Command {
  const documentId = purchases.at(-1 - chance.below(3)) ?? 'nobody'
  const lines = [{ sku: chance.pick(skus), quantity: 1 + chance.below(4) }]
  const late = chance.percent(25) ? { occurredAtMs: 1_767_225_600_000 + Math.round(nowMs) - chance.below(3_000) } : {}
  switch (chance.below(8)) {
    case 0:
      return {
        kind: 'purchase',
        location: chance.pick(['shop', 'cellar']),
        ...(chance.percent(50)
          ? { lines }
          : { currency: 'EUR', lines: lines.map((line) => ({ ...line, unitCostMinor: 900 })) }),
      }
    case 1:
      return { kind: 'receivePurchase', documentId, ...late }
    case 2:
    case 3:
    case 4:
      return {
        kind: 'receivePurchase',
        documentId,
        lines: chance.percent(70) ? lines : lines.map((line) => ({ ...line, lot: { id: 'L1' }, bin: 'A/1' })),
        ...late,
      }
    case 5:
      return { kind: 'receivePurchase', documentId, close: true }
    case 6:
      return { kind: 'cancelPurchase', documentId, ...(chance.percent(50) ? { lines } : {}) }
    default:
      return { kind: 'reschedulePurchase', documentId, expectedAtMs: null }
  }
}

function drawFact(chance: Chance, nowMs: number): Command {
  const location = chance.pick(locations)
  const sku = chance.pick(skus)
  // One line, so that whether a count had seen it can be told from the answer.
  const late = chance.percent(25) ? { occurredAtMs: 1_767_225_600_000 + Math.round(nowMs) - chance.below(3_000) } : {}
  const lines = [{ sku, quantity: 1 + chance.below(3) }]
  switch (chance.below(14)) {
    case 0:
      return { kind: 'receive', location, lines: [{ sku: 'A', quantity: 3, lot: { id: 'L1' } }], ...late }
    case 1:
      return { kind: 'receive', location, lines, ...late }
    case 2:
      return { kind: 'count', location, lines: [{ sku, counted: chance.below(8) }] }
    case 3:
      return { kind: 'writeOff', reason: 'breakage', location, lines, ...late }
    case 5:
      return { kind: 'quarantine', reason: 'leaking', location, lines }
    case 6:
      return { kind: 'reinstate', location, lines }
    case 7:
      return { kind: 'allocate', allotment: 'club', location, lines }
    case 8:
      return { kind: 'deallocate', allotment: 'club', location, lines }
    case 9:
      return { kind: 'sale', allotment: 'club', location, lines, ...late }
    case 10:
      return { kind: 'writeOff', reason: 'breakage', from: 'quarantined', location, lines, ...late }
    case 4:
      return { kind: 'adjust', sku, location, delta: chance.below(5) - 2, reason: 'found' }
    default:
      return {
        kind: 'sale',
        location,
        lines,
        ...late,
        ...(chance.percent(40) ? { orderRef: drawReference(chance) } : {}),
      }
  }
}
