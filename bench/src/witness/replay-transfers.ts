import type { Act } from './history.ts'
import type { Fault } from './replay-fault.ts'
import { give, levelOf, type World } from './world.ts'

type Sending = Extract<Act, { kind: 'transfer' | 'clearDuty' }>

/** Whether there are too few bottles where they are to leave from. */
export function isFew(world: World, { from, bottles }: Sending): boolean {
  const wanted = new Map<string, number>()
  for (const { sku, quantity } of bottles) wanted.set(sku, (wanted.get(sku) ?? 0) + quantity)
  return [...wanted].some(([sku, quantity]) => levelOf(world, `${sku}@${from}`).available < quantity)
}

/** Bottles of a transfer that have neither come, nor are missed, nor turned back. */
export function onTheWay(world: World, transferId: string): number {
  const left = world.transfers.get(transferId)?.left ?? new Map<string, number>()
  return [...left.values()].reduce((sum, bottles) => sum + bottles, 0)
}

type Travel = Extract<Act, { kind: 'transfer' | 'clearDuty' | 'receiveTransfer' | 'cancelTransfer' }>

/** Bottles that go from one location to another. */
export function travel(world: World, act: Travel): Fault | undefined {
  switch (act.kind) {
    case 'transfer':
    case 'clearDuty':
      return sendOff(world, act)
    case 'receiveTransfer':
      return takeIn(world, act)
    case 'cancelTransfer':
      return turnBack(world, act.transferId)
  }
}

function sendOff(world: World, act: Sending): Fault | undefined {
  const few = isFew(world, act)
  const left = new Map<string, number>()
  for (const { sku, quantity } of act.bottles) {
    levelOf(world, `${sku}@${act.from}`).available -= quantity
    if (act.kind === 'clearDuty') give(levelOf(world, `${sku}@${act.to}`), quantity)
    else left.set(sku, (left.get(sku) ?? 0) + quantity)
  }
  if (few) return { kind: 'oversold', what: `a ${act.kind} took more than was available` }
  if (act.kind === 'clearDuty') return undefined
  if (act.transferId === undefined) return { kind: 'wrong-answer', what: 'a granted transfer names its id' }
  if (world.transfers.has(act.transferId)) {
    return { kind: 'twice', what: `the transfer ${act.transferId} was made twice` }
  }
  world.transfers.set(act.transferId, { from: act.from, to: act.to, left })
  return undefined
}

function takeIn(world: World, act: Extract<Act, { kind: 'receiveTransfer' }>): Fault | undefined {
  const transfer = world.transfers.get(act.transferId)
  if (!transfer) return { kind: 'granted-in-vain', what: `there is no transfer ${act.transferId}` }
  const bottles = act.bottles ?? [...transfer.left].map(([sku, quantity]) => ({ sku, quantity }))
  for (const line of bottles) {
    const { sku, quantity } = line
    const left = transfer.left.get(sku) ?? 0
    const after = left - Math.min(left, quantity) - (('missing' in line ? line.missing : undefined) ?? 0)
    if (after < 0) return { kind: 'granted-in-vain', what: `more of ${sku} is missing than was on its way` }
    transfer.left.set(sku, after)
    if (act.seen !== true) give(levelOf(world, `${sku}@${transfer.to}`), quantity)
  }
  return undefined
}

function turnBack(world: World, transferId: string): Fault | undefined {
  const transfer = world.transfers.get(transferId)
  if (!transfer || onTheWay(world, transferId) === 0) {
    return { kind: 'granted-in-vain', what: `nothing of the transfer ${transferId} was on its way` }
  }
  for (const [sku, quantity] of transfer.left) give(levelOf(world, `${sku}@${transfer.from}`), quantity)
  transfer.left.clear()
  return undefined
}
