import { describe, expect, test } from 'vitest'
import type { Contents } from '@cellarhand/protocol/repack'
import { openWorld, worldContents, type CellarWorld } from '../../../test/cellar-world.ts'
import type { Command, RepackLine } from './command.ts'

const repack = (...lines: RepackLine[]): Extract<Command, { kind: 'repack' }> => ({
  kind: 'repack',
  location: 'shop',
  lines,
  contents: worldContents,
})
const broken = (sku: string, quantity: number) => ({ sku, quantity, part: 'broken' }) as const
const built = (sku: string, quantity: number) => ({ sku, quantity, part: 'built' }) as const
const lost = (sku: string, quantity: number) => ({ sku, quantity, part: 'lost', reason: 'breakage' }) as const

/** So many of A (a bottle), B (a carton of two) and C (an original case of two and of one of another wine). */
function stocked(a: number, b = 0, c = 0): CellarWorld {
  return openWorld({ 'A@shop': { available: a }, 'B@shop': { available: b }, 'C@shop': { available: c } })
}

const quantities = (world: CellarWorld) => ['A', 'B', 'C'].map((sku) => world.level(sku).available)

function refusalOf(world: CellarWorld, command: Command) {
  const before = quantities(world)
  const decision = world.tell(command)
  expect(quantities(world)).toEqual(before)
  return decision.kind === 'refusal' ? decision.refusal : undefined
}

describe('a repack', () => {
  test('breaks a case into its bottles, and says in its document what each held', () => {
    const world = stocked(1, 2)
    const { document, movements } = world.done(repack(broken('B', 2), built('A', 4)))
    expect(quantities(world)).toEqual([5, 0, 0])
    expect(movements.map(({ sku, from, to, quantity }) => [sku, from, to, quantity])).toEqual([
      ['B', 'available', 'repack', 2],
      ['A', 'repack', 'available', 4],
    ])
    expect(document).toMatchObject({ kind: 'repack', state: 'done', body: { contents: worldContents } })
    world.audit()
  })

  test('builds a carton of bottles', () => {
    const world = stocked(5)
    world.done(repack(broken('A', 4), built('B', 2)))
    expect(quantities(world)).toEqual([1, 2, 0])
  })

  test('books what broke on the way as a loss, and never has it available', () => {
    const world = openWorld({ 'A@shop': { short: -2, committed: 2 }, 'B@shop': { available: 1 } })
    const { movements } = world.done(repack(broken('B', 1), built('A', 1), lost('A', 1)))
    expect(movements.map(({ from, to, quantity }) => [from, to, quantity])).toEqual([
      ['available', 'repack', 1],
      ['repack', 'short', 1],
      ['repack', 'loss:breakage', 1],
    ])
    expect(world.level('A')).toMatchObject({ available: 0, short: -1 })
    world.audit()
  })

  test('of which other bottles would come out than go in is refused, wine by wine', () => {
    const world = stocked(9, 9, 9)
    expect(refusalOf(world, repack(broken('B', 1), built('A', 1)))).toMatchObject({
      slug: 'repack-unbalanced',
      members: { bottles: [{ wine: 'w', broken: 2, built: 1, lost: 0 }] },
    })
    expect(refusalOf(world, repack(broken('C', 1), built('A', 3)))).toMatchObject({
      slug: 'repack-unbalanced',
      members: { bottles: [{ wine: 'w' }, { wine: 'v', broken: 1, built: 0 }] },
    })
  })

  test('of another vintage or format is refused, however many bottles there are', () => {
    const world = stocked(9, 9)
    for (const other of [{ vintage: 2021 }, { formatMl: 375 }]) {
      const contents = worldContents.map((one) =>
        one.sku === 'B' ? { ...one, bottles: one.bottles.map((bottles) => ({ ...bottles, ...other })) } : one,
      )
      const command = { ...repack(broken('B', 1), built('A', 2)), contents }
      expect(refusalOf(world, command)).toMatchObject({ slug: 'repack-unbalanced' })
    }
  })

  test.each(['OWC', 'OCB'] as const)(
    'never builds an original case (%s), even of the bottles that were in it',
    (packaging) => {
      const contents: Contents[] = worldContents.map((one) => (one.sku === 'B' ? { ...one, packaging } : one))
      const world = stocked(9, 1)
      world.done({ ...repack(broken('B', 1), built('A', 2)), contents })
      expect(refusalOf(world, { ...repack(broken('A', 2), built('B', 1)), contents })).toMatchObject({
        slug: 'original-not-rebuilt',
        members: { sku: 'B', packaging },
      })
    },
  )

  test('breaks no more than is available, whoever else has a claim', () => {
    const world = stocked(0, 2)
    world.done({ kind: 'hold', ttlSeconds: 60, lines: [{ sku: 'B', quantity: 1, channel: 'counter' }] })
    expect(refusalOf(world, repack(broken('B', 1), broken('B', 1), built('A', 4)))).toMatchObject({
      slug: 'insufficient-stock',
      members: { lines: [{ sku: 'B', requested: 1, available: 0 }] },
    })
    world.done(repack(broken('B', 1), built('A', 2)))
  })
})
