import type { Command } from '../src/stock/core/command.ts'
import { follow, type Cellar } from './naive-bottles.ts'
import type { NaiveAsk } from './naive-cellar.ts'

/** A bottle that was opened: how it began, the glasses poured from it, and whether somebody has thrown it away. */
export interface NaiveOpenBottle {
  readonly ml: number
  readonly servingMl: number | undefined
  readonly glasses: number[]
  thrownAway: boolean
}

type OpenBottleCommand = Extract<Command, { kind: 'openBottle' | 'pour' | 'discard' }>

/** What is done with bottles that are open, or about to be. */
export function attend(cellar: Cellar, { atUs, source, id }: NaiveAsk, command: OpenBottleCommand): string {
  if (command.kind === 'openBottle') {
    const level = `${command.sku}@${command.location}`
    const happenedUs = Math.min(atUs, command.occurredAtMs === undefined ? atUs : command.occurredAtMs * 1_000)
    cellar.diary.push({ level, atUs: happenedUs, delta: -1, source })
    follow(cellar, level)
    const { formatMl: ml, servingMl } = command
    cellar.openBottles.set(id, { ml, servingMl, glasses: [], thrownAway: false })
    return 'done'
  }
  const bottle = cellar.openBottles.get(command.documentId)
  if (!bottle) return 'not-found'
  if (command.kind === 'discard') {
    if (bottle.thrownAway || restOf(bottle) === 0) return 'bottle-finished'
    bottle.thrownAway = true
    return 'done'
  }
  const glass = command.ml ?? bottle.servingMl
  if (glass === undefined) return 'serving-unknown'
  bottle.glasses.push(glass)
  return 'done'
}

/** What the glasses have left of it, drop by drop. */
function restOf({ ml, glasses }: NaiveOpenBottle): number {
  let rest = ml
  for (const glass of glasses) for (let drop = 0; drop < glass && rest > 0; drop++) rest -= 1
  return rest
}

/** What an open bottle has come to: left, thrown away, and beyond what it had. */
export function measureOf(bottle: NaiveOpenBottle): [left: number, discarded: number, over: number] {
  const rest = restOf(bottle)
  const poured = bottle.glasses.reduce((sum, glass) => sum + glass, 0)
  return [bottle.thrownAway ? 0 : rest, bottle.thrownAway ? rest : 0, poured - (bottle.ml - rest)]
}
