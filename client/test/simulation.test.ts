import { expect, test } from 'vitest'
import type { Flaw } from './sim/cellar.ts'
import { runWorld } from './sim/world.ts'

const SEEDS = 5_000
/** Worlds that take turns: they know nothing of each other, and a turn of the process costs more than what one of them does in it. */
const AT_ONCE = 100
/** Worlds in which a flaw has to be noticed. */
const CAUGHT_WITHIN = 200
/** A quarter of a minute where the machine does nothing else. */
const WITHIN_MS = 240_000

/** What went wrong in the worlds of some seeds. */
async function complaintsIn(from: number, to: number, flaw?: Flaw): Promise<readonly string[]> {
  const seeds = Array.from({ length: to - from }, (_, at) => from + at)
  const worlds = seeds.map(async (seed) =>
    (await runWorld(seed, flaw)).map((complaint) => `seed ${seed}: ${complaint}`),
  )
  return (await Promise.all(worlds)).flat()
}

test(
  'what is seen comes to be what the server has, never goes back, and has no ghosts, whatever the line does',
  async () => {
    for (let seed = 1; seed <= SEEDS; seed += AT_ONCE) {
      expect(await complaintsIn(seed, seed + AT_ONCE)).toEqual([])
    }
  },
  WITHIN_MS,
)

test.each<Flaw>(['cursor-too-high', 'gone-unsaid', 'wrong-position', 'entry-twice', 'leaver-kept'])(
  'notices a server with %s',
  async (flaw) => {
    expect(await complaintsIn(1, CAUGHT_WITHIN, flaw)).not.toEqual([])
  },
  WITHIN_MS,
)
