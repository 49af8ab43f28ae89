import { expect } from 'vitest'
import { judge } from './judge.ts'
import type { Troubles } from './server-process.ts'
import { runWorld } from './world.ts'

/** Reproduce a failing seed with `CELLARHAND_SIM_SEED=n npx vitest run server/test/sim`; run more of them with `CELLARHAND_SIM_SEEDS=20000`. */
const one = Number(process.env['CELLARHAND_SIM_SEED'] ?? 0)
const all = Number(process.env['CELLARHAND_SIM_SEEDS'] ?? 2_000)

/** The seeds of this run that leave `rest` when divided by two: one half for each of the machine's test workers. */
export function seedsOfHalf(rest: 0 | 1): number[] {
  if (one > 0) return one % 2 === rest ? [one] : []
  return Array.from({ length: all }, (_, index) => index + 1).filter((seed) => seed % 2 === rest)
}

/** Runs a world for each seed and judges it. Returns what went wrong in them and was mended, so that it can be seen to have. */
export async function judgeSeeds(seeds: readonly number[]): Promise<Troubles> {
  const troubles: Troubles = new Map()
  for (const seed of seeds) {
    const world = await runWorld(seed).catch((error: unknown) => {
      throw new Error(`the world of CELLARHAND_SIM_SEED=${seed} does not come to rest`, { cause: error })
    })
    expect(judge(world), `CELLARHAND_SIM_SEED=${seed}`).toEqual([])
    for (const [what, times] of world.troubles) troubles.set(what, (troubles.get(what) ?? 0) + times)
  }
  return troubles
}

/** Fails where the faults that were made did not lead to every kind of remedy: then nothing was tested. */
export function expectAllRemedies(troubles: Troubles, seeds: readonly number[]): void {
  if (seeds.length < ENOUGH) return
  expect([...troubles.keys()]).toEqual(expect.arrayContaining(['again', 'bisect', 'lost', 'no-room', 'set-aside']))
}

/** Worlds in which every kind of fault happens, surely. */
const ENOUGH = 100
