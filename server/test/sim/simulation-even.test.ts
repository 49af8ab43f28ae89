import { test } from 'vitest'
import { expectAllRemedies, judgeSeeds, seedsOfHalf } from './seeds.ts'

// A file of its own, so that the two halves run side by side.
test('worlds of even seeds keep every promise, whatever breaks in them', { timeout: 900_000 }, async () => {
  const seeds = seedsOfHalf(0)
  expectAllRemedies(await judgeSeeds(seeds), seeds)
})
