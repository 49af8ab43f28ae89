import { describe, expect, test } from 'vitest'
import { judge } from './judge.ts'
import { expectAllRemedies, judgeSeeds, seedsOfHalf } from './seeds.ts'
import type { Flaw } from './store.ts'
import { runWorld } from './world.ts'

/** Seeds of which a flaw has to show itself in one at least. */
const CAUGHT_WITHIN = 60

test('worlds of odd seeds keep every promise, whatever breaks in them', { timeout: 900_000 }, async () => {
  const seeds = seedsOfHalf(1)
  expectAllRemedies(await judgeSeeds(seeds), seeds)
})

test('a world is the same for the same seed', async () => {
  for (const seed of [3, 17, 40]) {
    const [first, second] = [await runWorld(seed), await runWorld(seed)]
    expect(JSON.stringify(second.notebook.history)).toBe(JSON.stringify(first.notebook.history))
    expect([...second.store.tables.log]).toEqual([...first.store.tables.log])
  }
})

describe('a flaw made on purpose is noticed', () => {
  const flaws: Record<Flaw, string> = {
    'no-locks-no-guard': 'levels neither locked nor guarded',
    'commit-forgets': 'a commit that is acknowledged and forgotten',
    'no-keys': 'keys that are not remembered',
    'positions-swapped': 'two positions swapped',
    'rollback-called-commit': 'a rollback whose tag says COMMIT',
    'log-row-twice': 'a row of the log handed out twice',
    'log-row-lost': 'a row of the log left out',
  }
  test.each(Object.entries(flaws) as [Flaw, string][])('%s: %s', async (flaw) => {
    for (let seed = 1; seed <= CAUGHT_WITHIN; seed++) {
      const complaints = await runWorld(seed, [flaw]).then(judge, () => ['it does not come to rest'])
      if (complaints.length > 0) return
    }
    throw new Error(`${CAUGHT_WITHIN} worlds with ${flaw}, and nothing was noticed`)
  })
})
