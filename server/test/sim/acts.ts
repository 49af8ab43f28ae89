import type { Act, LevelLine } from '@cellarhand/bench/src/witness/history.ts'
import type { Command } from '../../src/stock/core/command.ts'
import { worldBundle, worldSettings } from '../cellar-world.ts'
import { isOfOrder, orderActOf } from './order-acts.ts'
import { SOLD_AS } from './sold-lot.ts'

type AnsweredLine = LevelLine & { readonly line?: number }

interface Answered {
  readonly id?: string
  readonly lines?: readonly AnsweredLine[]
  readonly rebased?: boolean
  readonly revokedHolds?: readonly string[]
  readonly order?: { readonly id: string }
  readonly over?: number
  readonly pouredMl?: number
  readonly discardedMl?: number
  readonly levels?: readonly { readonly sku: string }[]
}

/** The witness' words for a command, with what its answer said. */
export function actOf(command: Command, answer: Answered = {}): Act {
  if (isOfOrder(command)) return orderActOf(command, answer)
  switch (command.kind) {
    case 'hold':
      return holdAct(command, answer)
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
    case 'purchase':
    case 'receivePurchase':
    case 'cancelPurchase':
    case 'reschedulePurchase':
      return purchaseAct(command, answer)
    case 'repack':
      return repackAct(command)
    case 'relabel': {
      const { location, sku, as, quantity = 0 } = command
      return { kind: 'repack', broken: [{ sku, location, quantity }], built: [{ sku: as, location, quantity }] }
    }
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
  // A till that named a lot has sold what stands under the SKU it is sold as, if the answer says so.
  const isOfLot = answer.levels?.some(({ sku }) => sku === SOLD_AS) === true
  const meant = command.kind === 'sale' ? opened(command.lines, isOfLot) : command.lines
  const lines = meant.map((line) => ({ ...line, location: command.location }))
  const seen = answer.rebased === true
  const told = { kind: command.kind, lines, seen, revoked: answer.revokedHolds ?? [] }
  if (command.kind === 'sale' && command.orderRef !== undefined)
    return { ...told, order: command.orderRef, ...(answer.order ? { orderId: answer.order.id } : {}) } as Act
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

/** A bundle as its components, and a lot that is sold by itself as what it is sold as, for a witness who knows of neither. */
function opened<T extends { readonly sku: string; readonly quantity: number; readonly lot?: string }>(
  lines: readonly T[],
  isOfLot = true,
): T[] {
  const sold = lines.map((line) =>
    isOfLot && line.sku === 'A' && line.lot === 'L1' ? { ...line, sku: SOLD_AS } : line,
  )
  return sold.flatMap((line) =>
    line.sku === 'SET'
      ? worldBundle.map(({ sku, quantity }) => ({ ...line, sku, quantity: quantity * line.quantity }))
      : [line],
  )
}

/** Lines of one request and level as one: bottles of a bundle may differ in price by a cent. */
function joined(lines: readonly AnsweredLine[]): LevelLine[] {
  const sums: (LevelLine & { readonly of: string })[] = []
  for (const { line, sku, location, quantity } of lines) {
    const [last, of] = [sums.at(-1), `${line} ${sku}@${location}`]
    if (last?.of === of) sums.splice(-1, 1, { ...last, quantity: last.quantity + quantity })
    else sums.push({ sku, location, quantity, of })
  }
  return sums.map(({ sku, location, quantity }) => ({ sku, location, quantity }))
}

function holdAct({ lines }: Extract<Command, { kind: 'hold' }>, answer: Answered): Act {
  const asked = opened(lines).map(({ sku, quantity, channel, location, allotment, from: source }) => {
    const sold = worldSettings.channels.find((one) => one.id === channel)
    const from = location === undefined ? (sold?.locations ?? []) : [location]
    if (source !== undefined) return { sku, quantity, from, awaited: true as const }
    if (allotment !== undefined) return { sku, quantity, from, allotment }
    return location === undefined ? { sku, quantity, from, keep: sold?.safetyStock ?? 0 } : { sku, quantity, from }
  })
  const granted = answer.lines && joined(answer.lines)
  return { kind: 'hold', asked, ...(answer.id !== undefined && granted ? { holdId: answer.id, granted } : {}) }
}

function repackAct({ location, lines }: Extract<Command, { kind: 'repack' }>): Act {
  const of = (wanted: string) =>
    lines.flatMap(({ sku, quantity, part }) => (part === wanted ? [{ sku, quantity, location }] : []))
  return { kind: 'repack', broken: of('broken'), built: of('built') }
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

type Purchasing = Extract<Command, { kind: 'purchase' | 'receivePurchase' | 'cancelPurchase' | 'reschedulePurchase' }>

function purchaseAct(command: Purchasing, { id, rebased, revokedHolds }: Answered): Act {
  if (command.kind === 'purchase') {
    const { location, lines: bottles } = command
    return { kind: command.kind, location, bottles, ...(id === undefined ? {} : { purchaseId: id }) }
  }
  const purchaseId = command.documentId
  if (command.kind === 'reschedulePurchase') return { kind: command.kind, purchaseId }
  const bottles = command.lines ? { bottles: command.lines } : {}
  if (command.kind === 'cancelPurchase') return { kind: command.kind, purchaseId, ...bottles }
  const [seen, revoked] = [rebased === true, revokedHolds ?? []]
  return { kind: command.kind, purchaseId, ...bottles, ...(command.close ? { isLast: true } : {}), seen, revoked }
}
