import type { Act, LevelLine, LevelSeen, WitnessStart } from './history.ts'
import { bringBack, fulfil, placeOrder, refusedInVain } from './replay-orders.ts'
import { isLeft, open, pour, throwAway } from './replay-bottles.ts'
import { adjust, count } from './replay-settle.ts'
import { isFewToBreak, repack } from './replay-repacks.ts'
import { isFew, onTheWay, travel } from './replay-transfers.ts'
import { isPurchaseRefusedInVain, keepPurchase } from './replay-purchases.ts'
import { asideFault, setAside, takeAll } from './replay-aside.ts'
import type { Fault } from './replay-fault.ts'
import {
  allot,
  emptyLevel,
  filled,
  freeLine,
  give,
  keyOf,
  levelOf,
  parts,
  quantitiesOf,
  tidyHolds,
  unreachable,
  type FilledLine,
  type ReplayLevel,
  type World,
} from './world.ts'

/** The rules of stock, once more and from scratch: what an act does to what is there. */
export interface Replay {
  /** An act that was granted or recorded. Applied even when it should not have been. */
  granted(act: Act): Fault | undefined
  /** An act that was refused, judged by what is there; reasons that the history cannot tell are believed. */
  refused(act: Act, slug: string): Fault | undefined
  /** Compares what was seen with what is there. */
  compare(levels: readonly LevelSeen[]): Fault | undefined
  levels(): LevelSeen[]
}

export function createReplay(start: WitnessStart): Replay {
  const world: World = {
    levels: new Map(),
    holds: new Map(),
    transfers: new Map(),
    purchases: new Map(),
    waiting: [],
    orders: new Set(),
    references: new Map(),
    bottles: new Map(),
  }
  for (const seen of start.levels ?? []) {
    const { available = 0, held = 0, committed = 0, quarantined = 0, short = 0, incoming = 0 } = seen
    const { incomingCommitted = 0 } = seen
    const states = { available, held, committed, quarantined, short, incoming, incomingCommitted }
    world.levels.set(keyOf(seen), { ...emptyLevel(), ...states })
  }
  return {
    granted: (act) => granted(world, act),
    refused: (act, slug) => refused(world, act, slug),
    compare: (levels) => compare(world, levels),
    levels: () =>
      [...world.levels].map(([key, level]) => {
        const at = key.indexOf('@')
        return { sku: key.slice(0, at), location: key.slice(at + 1), ...quantitiesOf(level) }
      }),
  }
}

function granted(world: World, act: Act): Fault | undefined {
  if ('purchaseId' in act || act.kind === 'purchase') return keepPurchase(world, act)
  switch (act.kind) {
    case 'hold':
      return grantHold(world, act)
    case 'extend':
    case 'release':
    case 'expire':
    case 'commit':
      return changeHold(world, act.holdId, act.kind)
    case 'free':
      return freeRest(world, act.holdId)
    case 'ship':
    case 'cancel':
      return fulfil(world, act)
    case 'receive':
      if (act.seen !== true) for (const line of act.lines) give(levelOf(world, keyOf(line)), line.quantity)
      return undefined
    case 'sale':
    case 'writeOff':
    case 'quarantine':
      return takeAll(world, act)
    case 'reinstate':
    case 'allocate':
    case 'deallocate':
      return setAside(world, act)
    case 'transfer':
    case 'clearDuty':
    case 'receiveTransfer':
    case 'cancelTransfer':
      return travel(world, act)
    case 'openBottle':
    case 'pour':
    case 'discard':
      return attend(world, act)
    case 'repack':
      return repack(world, act)
    case 'count':
      return count(world, act)
    case 'adjust':
      return adjust(world, act.lines)
    case 'setPrice':
    case 'move':
    case 'openLot':
      return undefined
    default:
      return grantOfOrder(world, act)
  }
}

type OrderAct = Extract<Act, { kind: 'order' | 'prepareOrder' | 'returnOrder' }>

function grantOfOrder(world: World, act: OrderAct): Fault | undefined {
  switch (act.kind) {
    case 'order':
      return endHold(world, act.holdId, 'commit') ?? placeOrder(world, act)
    case 'prepareOrder':
      return world.orders.has(act.holdId) ? undefined : { kind: 'granted-in-vain', what: `${act.holdId} is no order` }
    case 'returnOrder':
      return bringBack(world, act)
    default:
      return unreachable(act)
  }
}

function grantHold(world: World, act: Extract<Act, { kind: 'hold' }>): Fault | undefined {
  const { holdId, granted: lines } = act
  if (holdId === undefined || !lines) return { kind: 'wrong-answer', what: 'a granted hold names its id and lines' }
  const ours = filled(world, act.asked)
  if (world.holds.has(holdId)) return { kind: 'twice', what: `the hold ${holdId} was made twice` }
  world.holds.set(holdId, {
    state: 'active',
    lines: lines.map(({ sku, location, quantity }, at) => {
      const { allotment, awaited } = ours?.[at] ?? {}
      const pending = awaited ? quantity : 0
      return { sku, location, quantity, freed: false, outstanding: 0, outside: 0, pending, allotment }
    }),
  })
  for (const [at, line] of lines.entries()) {
    const level = levelOf(world, keyOf(line))
    claim(level, line.quantity, ours?.[at])
    if (level.holds.at(-1) !== holdId) level.holds.push(holdId)
  }
  if (!ours) return { kind: 'oversold', what: `the hold ${holdId} was granted more than was available` }
  const same = ours.length === lines.length && ours.every((line, i) => sameLine(line, lines[i] as LevelLine))
  return same
    ? undefined
    : { kind: 'wrong-answer', what: `the hold ${holdId} was filled from other levels than the rules say` }
}

function claim(level: ReplayLevel, quantity: number, { allotment, awaited }: Partial<FilledLine> = {}): void {
  if (awaited) level.incoming -= quantity
  else if (allotment === undefined) level.available -= quantity
  else allot(level, allotment, -quantity)
  if (awaited) level.incomingCommitted += quantity
  else level.held += quantity
}

function sameLine(a: LevelLine, b: LevelLine): boolean {
  return a.sku === b.sku && a.location === b.location && a.quantity === b.quantity
}

function endedHold(holdId: string, what: string): Fault {
  return { kind: 'granted-in-vain', what: `the hold ${holdId} was ${what}, and was not live` }
}

function attend(world: World, act: Extract<Act, { kind: 'openBottle' | 'pour' | 'discard' }>): Fault | undefined {
  if (act.kind === 'openBottle') return open(world, act)
  return act.kind === 'pour' ? pour(world, act) : throwAway(world, act)
}

function changeHold(world: World, holdId: string, how: 'extend' | 'release' | 'expire' | 'commit'): Fault | undefined {
  if (how !== 'extend') return endHold(world, holdId, how)
  return world.holds.get(holdId)?.state === 'active' ? undefined : endedHold(holdId, 'extended')
}

function endHold(world: World, holdId: string, how: 'release' | 'expire' | 'commit'): Fault | undefined {
  const hold = world.holds.get(holdId)
  const done = ({ release: 'released', expire: 'expired', commit: 'committed' } as const)[how]
  if (hold?.state !== 'active') return endedHold(holdId, done)
  hold.state = done
  for (const line of hold.lines) {
    const level = levelOf(world, keyOf(line))
    if (how === 'commit') {
      line.freed = true
      level.held -= line.quantity - line.pending
      level.committed += line.quantity - line.pending
      line.outstanding = line.quantity
    } else {
      freeLine(level, line)
    }
    tidyHolds(world, keyOf(line))
  }
  if (how === 'commit' && hold.lines.some((line) => line.pending > 0)) world.waiting.push(holdId)
  return undefined
}

function freeRest(world: World, holdId: string): Fault | undefined {
  const hold = world.holds.get(holdId)
  if (hold?.state !== 'revoked') return endedHold(holdId, 'freed without having been revoked')
  const rest = hold.lines.filter((line) => !line.freed)
  if (rest.length === 0) return { kind: 'twice', what: `nothing of the hold ${holdId} was left to free` }
  for (const line of rest) freeLine(levelOf(world, keyOf(line)), line)
  return undefined
}

function refused(world: World, act: Act, slug: string): Fault | undefined {
  const inVain = (what: string): Fault => ({ kind: 'refused-in-vain', what })
  const hold = 'holdId' in act && act.holdId !== undefined ? world.holds.get(act.holdId) : undefined
  if (slug === 'insufficient-stock' && act.kind === 'hold') {
    return filled(world, act.asked) ? inVain('everything asked for was available') : undefined
  }
  if (slug === 'hold-ended')
    return hold && hold.state !== 'active' ? undefined : inVain('the hold was live, or unknown')
  if (slug === 'nothing-outstanding' && (act.kind === 'ship' || act.kind === 'cancel')) {
    return hold?.state === 'committed' && parts(hold, act.lines, act.kind) ? inVain('it was outstanding') : undefined
  }
  if (slug === 'below-zero' && act.kind === 'adjust') {
    const few = act.lines.some((line) => (world.levels.get(keyOf(line))?.available ?? 0) < -line.quantity)
    return few ? undefined : inVain('as much was available')
  }
  if (act.kind === 'reinstate' || act.kind === 'allocate' || act.kind === 'deallocate') {
    const isFew = ['insufficient-stock', 'insufficient-allotment', 'not-quarantined'].includes(slug)
    return isFew && !asideFault(world, act) ? inVain('there were as many') : undefined
  }
  if (act.kind === 'transfer' || act.kind === 'clearDuty') {
    return slug === 'insufficient-stock' && !isFew(world, act) ? inVain('there were as many') : undefined
  }
  if (act.kind === 'repack') {
    return slug === 'insufficient-stock' && !isFewToBreak(world, act) ? inVain('there were as many') : undefined
  }
  if (act.kind === 'receiveTransfer' || act.kind === 'cancelTransfer') {
    if (slug === 'not-found') return world.transfers.has(act.transferId) ? inVain('it was known') : undefined
    const isOpen = act.kind === 'cancelTransfer' && onTheWay(world, act.transferId) > 0
    return slug === 'nothing-outstanding' && isOpen ? inVain('bottles were on their way') : undefined
  }
  if ('purchaseId' in act || act.kind === 'purchase') {
    return isPurchaseRefusedInVain(world, act, slug) ? inVain('it could be done') : undefined
  }
  if (act.kind === 'order' || act.kind === 'prepareOrder' || act.kind === 'returnOrder' || 'isOrder' in act) {
    const why = refusedInVain(world, act, slug)
    return why === undefined ? undefined : inVain(why)
  }
  if (slug === 'belongs-to-order' && 'holdId' in act && !world.orders.has(act.holdId ?? '')) {
    return inVain('it was no order')
  }
  if (act.kind === 'pour' || act.kind === 'discard') {
    if (slug === 'not-found') return world.bottles.has(act.bottleId) ? inVain('it was known') : undefined
    return slug === 'bottle-finished' && isLeft(world, act.bottleId) ? inVain('something was left') : undefined
  }
  if (slug !== 'not-found') return undefined
  const isKnown = act.kind === 'ship' || act.kind === 'cancel' ? hold?.state === 'committed' : hold !== undefined
  return isKnown ? inVain('it was known') : undefined
}

function compare(world: World, levels: readonly LevelSeen[]): Fault | undefined {
  for (const seen of levels) {
    const level = world.levels.get(keyOf(seen))
    const quantities = quantitiesOf(level ?? emptyLevel())
    for (const state of Object.keys(quantities) as (keyof typeof quantities)[]) {
      const ours = quantities[state]
      if (seen[state] === undefined || seen[state] === ours) continue
      return {
        kind: 'wrong-answer',
        what: `${state} of ${keyOf(seen)} is ${seen[state]}, where the history leads to ${ours}`,
      }
    }
  }
  return undefined
}
