import { expect } from 'vitest'
import type { Contents } from '@cellarhand/protocol/repack'
import { isOnHand, isPhysical, movementsOfKind, stateAccounts } from '../src/stock/core/accounts.ts'
import { onHand, type Context, type LevelState } from '../src/stock/core/context.ts'
import type { Effect } from '../src/stock/core/effect.ts'
import { expectedIn } from '../src/stock/core/purchase.ts'
import { stateOf, type OrderLine, type OrderLot } from '../src/stock/core/order.ts'
import { inTransit } from '../src/stock/core/transfer.ts'

/** An order says of its lines what its commitment says, and stands as they say. */
function auditOrders({ commitments, documents }: Context): void {
  for (const { id, kind, state, body } of documents.values()) {
    if (kind !== 'order') continue
    const lines = commitments.get(id)?.lines.map(({ shipped, cancelled, returned }) => [shipped, cancelled, returned])
    expect(body.lines.map((line) => [line.shipped + line.collected, line.cancelled, line.returned])).toEqual(lines)
    expect(stateOf(body), `order ${id}`).toBe(state)
    const inParcels = body.shipments.flatMap((parcel) => parcel.lines).reduce((sum, { quantity }) => sum + quantity, 0)
    expect(body.lines.reduce((sum, line) => sum + line.shipped, 0)).toBe(inParcels)
    for (const line of body.lines) expect(line.returned).toBeLessThanOrEqual(line.shipped + line.collected)
    for (const { sku, location } of body.lines) {
      const sum = (of: readonly { sku: string; location: string }[], count: (one: never) => number) =>
        of.reduce((all, one) => (one.sku === sku && one.location === location ? all + count(one as never) : all), 0)
      const left = sum(body.lines, (line: OrderLine) => line.shipped + line.collected)
      expect(sum(body.lots, (lot: OrderLot) => lot.quantity)).toBeLessThanOrEqual(left)
      const back = sum(body.lines, (line: OrderLine) => line.returned)
      expect(sum(body.lots, (lot: OrderLot) => lot.returned)).toBeLessThanOrEqual(back)
    }
  }
}

/** What is in transit is what transfers have on their way. */
function auditTransit(context: Context, effects: readonly Effect[]): void {
  const moved = effects
    .flatMap((effect) => effect.movements)
    .reduce(
      (sum, { from, to, quantity }) => sum + (to === 'transit' ? quantity : from === 'transit' ? -quantity : 0),
      0,
    )
  const onTheirWay = [...context.documents.values()]
    .flatMap((document) => (document.kind === 'transfer' ? document.body.lines : []))
    .reduce((sum, line) => sum + inTransit(line), 0)
  expect(moved).toBe(onTheirWay)
}

/** Of each wine, as many bottles have come out of repacks as went in. */
function auditRepacks(effects: readonly Effect[], contents: readonly Contents[]): void {
  for (const { entry, movements } of effects) {
    const sums: Record<string, number> = {}
    for (const { sku, from, to, quantity } of movements) {
      const sign = Number(to === 'repack') - Number(from === 'repack')
      for (const { wine, bottles: each } of contents.find((one) => one.sku === sku)?.bottles ?? [])
        sums[wine] = (sums[wine] ?? 0) + sign * quantity * each
    }
    expect(
      Object.values(sums).every((sum) => sum === 0),
      `bottles in and out of repack ${entry}`,
    ).toBe(true)
  }
}

/** Throws where a promise of the ledger is broken. */
export function audit(
  context: Context,
  effects: readonly Effect[],
  start: ReadonlyMap<string, LevelState>,
  contents: readonly Contents[],
): void {
  for (const [key, level] of context.levels) {
    const before = start.get(key) as LevelState
    auditSums(level, before, effects)
    auditVersions(level, before, effects)
    auditClaims(context, level, before)
    auditExpected(context, level, before)
    auditParcels(context, level, effects)
    for (const state of stateAccounts)
      if (state !== 'short') expect(level[state], `${state} of ${key}`).toBeGreaterThanOrEqual(0)
    expect(level.short).toBeLessThanOrEqual(0)
    if (level.short < 0)
      expect([level.available, heldOfAvailable(context, effects, level)], `${key} is short`).toEqual([0, 0])
  }
  auditTransit(context, effects)
  auditOrders(context)
  auditRepacks(effects, contents)
  for (const effect of effects) {
    for (const { from, to, quantity } of effect.movements) {
      expect(movementsOfKind[effect.kind], `of a ${effect.kind}`).toContain(`${from}>${to}`)
      expect(Number.isSafeInteger(quantity) && quantity > 0).toBe(true)
    }
  }
}

/** Bottles that holds have of what was available, and not of an allotment or of what was expected. */
function heldOfAvailable({ holds }: Context, effects: readonly Effect[], { sku, location }: LevelState): number {
  const awaited = new Set(
    effects.flatMap(({ newHold }) =>
      (newHold?.lines ?? []).filter(({ pending }) => pending > 0).map(({ line }) => `${newHold?.id}/${line}`),
    ),
  )
  return [...holds.values()]
    .flatMap((hold) => hold.lines.filter(({ line }) => !awaited.has(`${hold.id}/${line}`)))
    .filter((line) => !line.freed && line.sku === sku && line.location === location && line.allotment === undefined)
    .reduce((sum, line) => sum + line.quantity - line.pending, 0)
}

function movementsAt(level: LevelState, effects: readonly Effect[]) {
  return effects.flatMap((effect) =>
    effect.movements.filter(({ sku, location }) => sku === level.sku && location === level.location),
  )
}

/** Each state is what was there and what moved; on hand is what came from the world and went to it. */
function auditSums(level: LevelState, before: LevelState, effects: readonly Effect[]): void {
  const sums: Record<string, number> = {}
  for (const { from, to, quantity } of movementsAt(level, effects)) {
    sums[from] = (sums[from] ?? 0) - quantity
    sums[to] = (sums[to] ?? 0) + quantity
  }
  for (const state of stateAccounts) expect(level[state] - before[state], `${state}`).toBe(sums[state] ?? 0)
  const world = Object.entries(sums).filter(([account]) => !isOnHand(account as 'available'))
  expect(onHand(level) - onHand(before)).toBe(-world.reduce((sum, [, quantity]) => sum + quantity, 0) + 0)
}

function auditVersions(level: LevelState, before: LevelState, effects: readonly Effect[]): void {
  const touching = effects.filter((effect) =>
    effect.levels.some((one) => one.sku === level.sku && one.location === level.location),
  )
  const isPhysicalChange = (effect: Effect) =>
    movementsAt(level, [effect]).some(
      ({ from, to }) => isPhysical(from, to) || from === 'variance' || to === 'variance',
    )
  expect(level.revision - before.revision).toBe(touching.length)
  expect(level.version - before.version).toBe(touching.filter(isPhysicalChange).length)
}

/** Parcels are what came to them and left them, and have no more bottles than are on hand. */
function auditParcels(context: Context, level: LevelState, effects: readonly Effect[]): void {
  const moved = new Map<string, number>()
  for (const { sku, location, lot, bin, delta } of effects.flatMap((effect) => effect.parcels)) {
    if (sku === level.sku && location === level.location)
      moved.set(`${lot} ${bin}`, (moved.get(`${lot} ${bin}`) ?? 0) + delta)
  }
  const parcels = context.parcels.get(level.key) ?? []
  const there = new Map(parcels.map(({ lot, bin, quantity }) => [`${lot} ${bin}`, quantity]))
  for (const key of new Set([...moved.keys(), ...there.keys()])) expect(there.get(key) ?? 0).toBe(moved.get(key) ?? 0)
  for (const quantity of there.values()) expect(quantity).toBeGreaterThan(0)
  const all = [...there.values()].reduce((sum, quantity) => sum + quantity, 0)
  expect(all).toBeLessThanOrEqual(Math.max(0, onHand(level)))
}

/** What is expected, promised or not, is what orders expect. */
function auditExpected({ documents }: Context, level: LevelState, before: LevelState): void {
  const expected = [...documents.values()].reduce(
    (sum, document) =>
      document.kind === 'purchaseOrder' && document.body.location === level.location
        ? sum + expectedIn(document.body.lines, level.sku)
        : sum,
    0,
  )
  expect(level.incoming + level.incomingCommitted).toBe(before.incoming + before.incomingCommitted + expected)
}

/** Held is the live lines of holds, committed is what of commitments is outstanding. */
function auditClaims(context: Context, level: LevelState, before: LevelState): void {
  const here = <T extends { sku: string; location: string }>(lines: readonly T[]) =>
    lines.filter((line) => line.sku === level.sku && line.location === level.location)
  const held = [...context.holds.values()].flatMap((hold) => here(hold.lines)).filter((line) => !line.freed)
  const committed = [...context.commitments.values()].flatMap((commitment) => here(commitment.lines))
  expect(level.held - before.held).toBe(held.reduce((sum, line) => sum + line.quantity - line.pending, 0))
  expect(level.committed - before.committed).toBe(
    committed.reduce((sum, line) => sum + line.quantity - line.shipped - line.cancelled - line.pending, 0),
  )
  const pending = [...held, ...committed].reduce((sum, line) => sum + line.pending, 0)
  expect(level.incomingCommitted - before.incomingCommitted).toBe(pending)
  const allotted = [...context.allotments].filter(([key]) => key.endsWith(`@${level.key}`))
  expect(level.allocated - before.allocated).toBe(allotted.reduce((sum, [, left]) => sum + left, 0))
  for (const hold of context.holds.values()) {
    const isLive = hold.lines.some((line) => !line.freed)
    expect(isLive, `${hold.id} is ${hold.state}`).toBe(hold.state === 'active' || hold.loose)
  }
}
