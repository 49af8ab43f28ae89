import { describe, expect, test } from 'vitest'
import { runHolds } from './holds.ts'
import { victims, victimsOf } from './round.ts'
import { runSelfTests } from './self-test.ts'

/** Each victim once. `npm run torture -- holds --rounds 20 --ci` is part of continuous integration and does the rest. */
const ROUNDS = victims.length

describe('kill -9 in the middle of a flash sale', () => {
  test(
    'of a server, of PostgreSQL, of both: all that was acknowledged is there once, and the feed misses nothing',
    { timeout: 180_000 },
    async () => {
      const said: string[] = []
      const outcome = await runHolds({ rounds: ROUNDS, seed: 20, withFeed: true, say: (line) => said.push(line) })
      expect({ ...outcome, said }).toEqual({ passed: ROUNDS, failed: 0, said })
    },
  )

  test('every fault that is planted is caught', { timeout: 120_000 }, async () => {
    const said: string[] = []
    const outcome = await runSelfTests((line) => said.push(line))
    expect({ ...outcome, said }).toEqual({ caught: 9, missed: 0, said })
  })

  test('takes each victim once in four rounds, in an order from the seed', () => {
    expect(victimsOf(1, 8).slice(4).toSorted()).toEqual([...victims].toSorted())
    expect(victimsOf(1, 8)).toEqual(victimsOf(1, 8))
    expect(victimsOf(1, 40)).not.toEqual(victimsOf(2, 40))
  })
})
