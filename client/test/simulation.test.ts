import { expect, test } from 'vitest'
import type { Flaw } from './sim/cellar.ts'
import { runWorld } from './sim/world.ts'

const SEEDS = 5_000
/** Worlds in which a flaw has to be noticed. */
const CAUGHT_WITHIN = 100

test('what is seen comes to be what the server has, never goes back, and has no ghosts, whatever the line does', async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const complaints = await runWorld(seed)
    expect(complaints, `seed ${seed}`).toEqual([])
  }
})

test.each<Flaw>(['cursor-too-high', 'gone-unsaid', 'wrong-position', 'entry-twice', 'leaver-kept'])(
  'notices a server with %s',
  async (flaw) => {
    for (let seed = 1; seed <= CAUGHT_WITHIN; seed += 1) if ((await runWorld(seed, flaw)).length > 0) return
    expect.fail(`${CAUGHT_WITHIN} worlds with ${flaw}, and nothing was noticed`)
  },
)
