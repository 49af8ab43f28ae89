import type { Command } from '../src/stock/core/command.ts'
import { locations } from './cellar-world.ts'
import { arrive, letGo, type Bottle, type Cellar } from './naive-bottles.ts'
import type { NaiveAsk } from './naive-cellar.ts'

type HoldChange = Extract<Command, { kind: 'extend' | 'release' | 'commit' }>

export function changeHold(cellar: Cellar, { atUs }: NaiveAsk, command: HoldChange): string {
  const known = cellar.holds.get(command.holdId)
  if (!known) return 'not-found'
  if (known.state !== 'active') return 'hold-ended'
  if (command.kind === 'extend') {
    const expiresAtUs = atUs + command.ttlSeconds * 1_000_000
    if (expiresAtUs > known.madeAtUs + cellar.holdLifeMaxUs) return 'hold-life-exceeded'
    known.expiresAtUs = expiresAtUs
  } else if (command.kind === 'release') {
    known.state = 'released'
    letGo(cellar, command.holdId)
  } else {
    known.state = 'committed'
    cellar.commitments.add(command.holdId)
    for (const bottle of [...cellar.bottles, ...cellar.expected]) {
      if (bottle.claim === `hold ${command.holdId}`) bottle.claim = `commitment ${command.holdId}`
    }
  }
  return 'done'
}

export function tidyHold(
  cellar: Cellar,
  { atUs }: NaiveAsk,
  { kind, holdId }: { kind: 'expire' | 'free'; holdId: string },
): string {
  const known = cellar.holds.get(holdId)
  if (kind === 'expire') {
    if (known?.state !== 'active' || known.expiresAtUs > atUs) return 'nothing'
    known.state = 'expired'
  } else if (
    known?.state !== 'revoked' ||
    ![...cellar.bottles, ...cellar.expected].some((bottle) => bottle.claim === `hold ${holdId}`)
  ) {
    return 'nothing'
  }
  letGo(cellar, holdId)
  return 'done'
}

type Fulfil = Extract<Command, { kind: 'ship' | 'cancel' }>

export function fulfil(cellar: Cellar, ask: NaiveAsk, { kind, commitmentId, lines }: Fulfil): string {
  if (!cellar.commitments.has(commitmentId)) return 'not-found'
  if (cellar.orders.has(commitmentId)) return 'belongs-to-order'
  const chosen = chosenOf(cellar, commitmentId, kind, lines)
  if (!chosen) return 'nothing-outstanding'
  for (const bottle of chosen) handOn(cellar, ask, bottle, kind)
  return 'done'
}

/** Bottles of a commitment that are meant: those of the lines, or all. Undefined: there are too few. */
export function chosenOf(
  cellar: Cellar,
  id: string,
  kind: 'ship' | 'cancel',
  lines: Fulfil['lines'],
): Bottle[] | undefined {
  const isClaimed = (bottle: Bottle) => bottle.claim === `commitment ${id}`
  const waiting = cellar.expected.filter(isClaimed)
  // What is not there cannot be shipped, and is cancelled first.
  const claimed = inOrder([...(kind === 'cancel' ? waiting : []), ...cellar.bottles.filter(isClaimed)])
  if (!lines && kind === 'ship' && waiting.length > 0) return undefined
  if (!lines) return claimed.length > 0 ? claimed : undefined
  const chosen: Bottle[] = []
  for (const { sku, location, quantity } of lines) {
    const fitting = claimed.filter(
      (bottle) =>
        !chosen.includes(bottle) &&
        locations.some((one) => bottle.level === `${sku}@${one}` && one === (location ?? one)),
    )
    if (fitting.length < quantity) return undefined
    chosen.push(...fitting.slice(0, quantity))
  }
  return chosen
}

/** A bottle of a commitment leaves, or is anybody's again. */
export function handOn(cellar: Cellar, { atUs, source }: NaiveAsk, bottle: Bottle, kind: 'ship' | 'cancel'): void {
  if (cellar.expected.includes(bottle)) {
    bottle.claim = 'none'
    return
  }
  cellar.bottles = cellar.bottles.filter((one) => one !== bottle)
  if (kind === 'cancel') arrive(cellar, bottle.level, 1, bottle.allotment)
  else cellar.diary.push({ level: bottle.level, atUs, delta: -1, source })
}

/** Lines of a commitment are taken in the order they were asked for, and filled in. */
export function inOrder(bottles: readonly Bottle[]): Bottle[] {
  return bottles.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
}
