import type { ArrivalLine, Command } from '../src/stock/core/command.ts'
import { worldSettings } from './cellar-world.ts'
import { arrive, follow, free, leave, type Cellar, type NaiveTransfer } from './naive-bottles.ts'
import type { NaiveAsk } from './naive-cellar.ts'

type Sending = Extract<Command, { kind: 'transfer' | 'clearDuty' }>

/** Bottles that leave a place for another: at once where duty is cleared, else on their way for a while. */
export function sendOff(cellar: Cellar, { atUs, source, id }: NaiveAsk, command: Sending): string {
  const { fromLocation: from, toLocation: to, lines } = command
  const dutyOf = (place: string) => worldSettings.locations.find((one) => one.id === place)?.duty
  if (command.kind === 'transfer' && from === to) return 'invalid-transfer'
  if (command.kind === 'transfer' && dutyOf(from) !== dutyOf(to)) return 'duty-differs'
  if (command.kind === 'clearDuty' && (dutyOf(from) !== 'in_bond' || dutyOf(to) !== 'paid')) return 'duty-differs'
  const skus = lines.flatMap(({ sku, quantity }) => Array.from({ length: quantity }, () => sku))
  for (const sku of new Set(skus)) {
    if (free(cellar, `${sku}@${from}`).length < skus.filter((one) => one === sku).length) return 'insufficient-stock'
  }
  for (const sku of skus) {
    leave(cellar, `${sku}@${from}`, 1)
    cellar.diary.push({ level: `${sku}@${from}`, atUs, delta: -1, source })
    if (command.kind === 'transfer') continue
    arrive(cellar, `${sku}@${to}`, 1)
    cellar.diary.push({ level: `${sku}@${to}`, atUs, delta: 1, source })
  }
  if (command.kind === 'transfer') cellar.transfers.set(id, { from, to, skus, onTheWay: skus })
  return 'done'
}

type Ending = Extract<Command, { kind: 'receiveTransfer' | 'cancelTransfer' }>

/** What comes of a transfer, what is known to be lost, and what comes besides; or all that is on its way turns back. */
export function takeIn(cellar: Cellar, ask: NaiveAsk, command: Ending): string {
  const transfer = cellar.transfers.get(command.documentId)
  if (!transfer) return 'not-found'
  if (command.kind === 'cancelTransfer') return turnBack(cellar, ask, transfer)
  const waiting = (sku: string) => transfer.onTheWay.filter((one) => one === sku).length
  const lines = command.lines ?? [...new Set(transfer.onTheWay)].map((sku) => ({ sku, quantity: waiting(sku) }))
  const missing = (line: ArrivalLine) => line.missing ?? 0
  if (!lines.some((line) => line.quantity + missing(line) > 0)) return 'nothing-outstanding'
  if (lines.some(({ sku }) => !transfer.skus.includes(sku))) return 'not-in-transfer'
  const left = new Map(transfer.skus.map((sku) => [sku, waiting(sku)]))
  for (const line of lines) {
    const rest = (left.get(line.sku) ?? 0) - Math.min(line.quantity, left.get(line.sku) ?? 0) - missing(line)
    if (rest < 0) return 'nothing-outstanding'
    left.set(line.sku, rest)
  }
  if (command.reason === undefined && lines.some((line) => missing(line) > 0)) return 'reason-required'
  const happenedUs = Math.min(ask.atUs, command.occurredAtMs === undefined ? ask.atUs : command.occurredAtMs * 1_000)
  for (const { sku, quantity } of lines) {
    const level = `${sku}@${transfer.to}`
    if (quantity > 0) cellar.diary.push({ level, atUs: happenedUs, delta: quantity, source: ask.source })
    follow(cellar, level)
  }
  transfer.onTheWay = [...left].flatMap(([sku, bottles]) => Array.from({ length: bottles }, () => sku))
  return 'done'
}

function turnBack(cellar: Cellar, { atUs, source }: NaiveAsk, transfer: NaiveTransfer): string {
  if (transfer.onTheWay.length === 0) return 'nothing-outstanding'
  for (const sku of transfer.onTheWay) {
    cellar.diary.push({ level: `${sku}@${transfer.from}`, atUs, delta: 1, source })
    arrive(cellar, `${sku}@${transfer.from}`, 1)
  }
  transfer.onTheWay = []
  return 'done'
}
