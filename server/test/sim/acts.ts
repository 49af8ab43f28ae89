import type { Act, LevelLine } from '@cellarhand/bench/src/witness/history.ts'
import type { Command } from '../../src/stock/core/command.ts'
import { locations, skus, tenEuros, worldSettings } from '../cellar-world.ts'
import type { Chance } from './chance.ts'
import { POISON } from './writing.ts'

/** What a client knows of: holds it was granted, commitments it made. */
export interface Known {
  readonly holds: string[]
  readonly commitments: string[]
  readonly transfers: string[]
  readonly openBottles: string[]
}

/** Something to ask for: mostly holds, and what ends them; sometimes a fact, late or not; once in a while poison. */
export function drawCommand(chance: Chance, known: Known, nowMs: number): Command {
  const roll = chance.below(100)
  const [holdId] = known.holds.slice(-1 - chance.below(3))
  if (roll < 42 || (roll < 68 && holdId === undefined)) return drawHold(chance)
  if (roll < 54 && holdId) return { kind: 'release', holdId }
  if (roll < 66 && holdId) return { kind: 'commit', holdId }
  if (roll < 68 && holdId) return { kind: 'extend', holdId, ttlSeconds: 1 + chance.below(3) }
  if (roll < 74) return drawFulfilment(chance, known)
  if (roll < 80) return drawTransfer(chance, known)
  if (roll < 84) return drawParcels(chance)
  if (roll < 85) return drawOpenBottle(chance, known, nowMs)
  if (roll < 97) return drawFact(chance, nowMs)
  if (roll < 98) return { kind: 'receive', location: 'shop', reference: POISON, lines: [{ sku: 'A', quantity: 1 }] }
  return { kind: 'setPrice', lines: [{ sku: chance.pick(skus), channel: 'web', price: tenEuros }] }
}

function drawHold(chance: Chance): Command {
  const lines = Array.from({ length: chance.percent(70) ? 1 : 2 }, () => ({
    sku: chance.pick(skus),
    quantity: 1 + chance.below(3),
    channel: chance.pick(['web', 'web', 'counter']),
    ...(chance.percent(20) ? { location: 'shop' } : {}),
    ...(chance.percent(15) ? { allotment: 'club' } : {}),
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
  switch (chance.below(5)) {
    case 0:
      return { kind: 'move', location, lines: [{ sku, quantity, toBin: bin }] }
    case 1:
      return { kind: 'move', location, lines: [{ sku, quantity, lot, toBin: bin }] }
    case 2:
      return { kind: 'openLot', location, sku, quantity, lot: { id: lot, drinkBy: 2030 } }
    case 3:
      return { kind: 'sale', location, lines: [{ sku, quantity, lot }] }
    default:
      return {
        kind: 'receive',
        location,
        lines: [{ sku, quantity, lot: { id: lot, costMinor: 900, currency: 'EUR' }, bin }],
      }
  }
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

function drawFact(chance: Chance, nowMs: number): Command {
  const location = chance.pick(locations)
  const sku = chance.pick(skus)
  // One line, so that whether a count had seen it can be told from the answer.
  const late = chance.percent(25) ? { occurredAtMs: 1_767_225_600_000 + Math.round(nowMs) - chance.below(3_000) } : {}
  const lines = [{ sku, quantity: 1 + chance.below(3) }]
  switch (chance.below(11)) {
    case 0:
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
      return { kind: 'sale', location, lines, ...late }
  }
}

interface Answered {
  readonly id?: string
  readonly lines?: readonly LevelLine[]
  readonly rebased?: boolean
  readonly revokedHolds?: readonly string[]
  readonly over?: number
  readonly pouredMl?: number
  readonly discardedMl?: number
}

/** The witness' words for a command, with what its answer said. */
export function actOf(command: Command, answer: Answered = {}): Act {
  switch (command.kind) {
    case 'hold': {
      const asked = command.lines.map(({ sku, quantity, channel, location, allotment }) => {
        const sold = worldSettings.channels.find((one) => one.id === channel)
        const from = location === undefined ? (sold?.locations ?? []) : [location]
        if (allotment !== undefined) return { sku, quantity, from, allotment }
        return location === undefined ? { sku, quantity, from, keep: sold?.safetyStock ?? 0 } : { sku, quantity, from }
      })
      const granted = answer.lines?.map(({ sku, location, quantity }) => ({ sku, location, quantity }))
      return { kind: 'hold', asked, ...(answer.id !== undefined && granted ? { holdId: answer.id, granted } : {}) }
    }
    case 'ship':
    case 'cancel': {
      const lines = command.lines as readonly LevelLine[] | undefined
      return { kind: command.kind, holdId: command.commitmentId, ...(lines ? { lines } : {}) }
    }
    case 'receive':
    case 'sale':
    case 'writeOff':
    case 'quarantine':
    case 'count':
      return factAct(command, answer)
    case 'transfer':
    case 'clearDuty':
    case 'receiveTransfer':
    case 'cancelTransfer':
      return transferAct(command, answer)
    case 'openBottle':
    case 'pour':
    case 'discard':
      return openBottleAct(command, answer)
    case 'reinstate':
    case 'allocate':
    case 'deallocate':
      return asideAct(command)
    case 'adjust':
      return { kind: 'adjust', lines: [{ sku: command.sku, location: command.location, quantity: command.delta }] }
    case 'setPrice':
    case 'move':
    case 'openLot':
      return { kind: command.kind }
    default:
      return { kind: command.kind, holdId: command.holdId }
  }
}

type Fact = Extract<Command, { kind: 'receive' | 'sale' | 'writeOff' | 'quarantine' | 'count' }>

function factAct(command: Fact, answer: Answered): Act {
  const lines = command.lines.map((line) => ({ ...line, location: command.location }))
  const seen = answer.rebased === true
  const told = { kind: command.kind, lines, seen, revoked: answer.revokedHolds ?? [] }
  if (command.kind === 'sale' && command.allotment !== undefined)
    return { ...told, aside: `allotted ${command.allotment}` } as Act
  return (command.kind === 'writeOff' && command.from ? { ...told, aside: 'quarantined' } : told) as Act
}

function asideAct(command: Extract<Command, { kind: 'reinstate' | 'allocate' | 'deallocate' }>): Act {
  const lines = command.lines.map(({ sku, quantity }) => ({ sku, quantity, location: command.location }))
  return command.kind === 'reinstate'
    ? { kind: command.kind, lines }
    : { kind: command.kind, allotment: command.allotment, lines }
}

type OpenBottleCommand = Extract<Command, { kind: 'openBottle' | 'pour' | 'discard' }>

function openBottleAct(command: OpenBottleCommand, answer: Answered): Act {
  // What was not answered says nothing of what is in the bottle.
  const isTold = answer.id !== undefined
  switch (command.kind) {
    case 'openBottle': {
      const { kind, sku, location, formatMl } = command
      const told = { seen: answer.rebased === true, revoked: answer.revokedHolds ?? [] }
      return { kind, at: { sku, location }, formatMl, ...told, ...(isTold ? { bottleId: answer.id ?? '' } : {}) }
    }
    case 'pour': {
      const { kind, documentId: bottleId, ml = 0 } = command
      const told = { over: answer.over ?? 0, poured: answer.pouredMl ?? 0 }
      return { kind, bottleId, ml, ...(isTold ? { told } : {}) }
    }
    case 'discard': {
      const { kind, documentId: bottleId } = command
      return { kind, bottleId, ...(isTold ? { thrownAwayMl: answer.discardedMl ?? 0 } : {}) }
    }
  }
}

type Moving = Extract<Command, { kind: 'transfer' | 'clearDuty' | 'receiveTransfer' | 'cancelTransfer' }>

function transferAct(command: Moving, answer: Answered): Act {
  switch (command.kind) {
    case 'transfer':
    case 'clearDuty': {
      const { fromLocation: from, toLocation: to, lines: bottles } = command
      return { kind: command.kind, from, to, bottles, ...(answer.id === undefined ? {} : { transferId: answer.id }) }
    }
    case 'receiveTransfer': {
      const { documentId: transferId, lines: bottles } = command
      return { kind: command.kind, transferId, ...(bottles ? { bottles } : {}), seen: answer.rebased === true }
    }
    case 'cancelTransfer':
      return { kind: command.kind, transferId: command.documentId }
  }
}
