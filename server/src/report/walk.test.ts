import { describe, expect, test } from 'vitest'
import { bottlesIn, fifoOf } from './cost-book.ts'
import { onTheWay, openWalk, takeDeclaration, takeEntry, type Step, type Walk } from './walk.ts'

const owners: Record<string, string> = { shop: 'house', warehouse: 'house', reserve: 'anna' }
const isOurs = (location: string) => owners[location] === 'house'

type Line = [location: string, from: string, to: string, quantity: number]
const euros = (quantity: number, costMinor: number) => ({ quantity, costMinor, currency: 'EUR' })

function take(walk: Walk, lines: readonly Line[], more: Partial<Step> = {}): void {
  const rest = { sku: 'A1', entry: 1, document: null, sentFrom: null, lots: null, ...more }
  takeEntry(
    walk,
    lines.map(([location, from, to, quantity]) => ({ ...rest, location, from, to, quantity })),
    isOurs,
  )
}

const worth = ({ book }: Walk) => [
  bottlesIn(book),
  ...fifoOf(book).values.map(({ amountMinor }) => Number(amountMinor)),
]

function stocked(): Walk {
  const walk = openWalk('A1')
  take(walk, [['shop', 'supplier', 'available', 4]], { lots: [euros(4, 100)] })
  take(walk, [['shop', 'supplier', 'available', 4]], { lots: [euros(4, 300)] })
  return walk
}

describe('an entry', () => {
  test('of bottles of two lots and of none has a layer for each', () => {
    const walk = openWalk('A1')
    take(
      walk,
      [
        ['shop', 'supplier', 'short', 1],
        ['shop', 'supplier', 'available', 8],
      ],
      { lots: [euros(2, 100), { ...euros(3, 0), costMinor: null }, euros(3, 50)] },
    )
    expect(worth(walk)).toEqual([9, 350])
    expect(fifoOf(walk.book).unvalued).toBe(4)
  })

  test('by which a late sale is seen by a count moves nothing', () => {
    const walk = stocked()
    take(walk, [
      ['shop', 'variance', 'available', 2],
      ['shop', 'available', 'customer', 2],
    ])
    expect(worth(walk)).toEqual([8, 1_600])
  })

  test('by which a late receipt is seen by a count moves nothing', () => {
    const walk = stocked()
    take(walk, [
      ['shop', 'supplier', 'available', 3],
      ['shop', 'available', 'variance', 3],
    ])
    expect(worth(walk)).toEqual([8, 1_600])
  })

  test('that sells from what is held, set aside or short takes the oldest', () => {
    const walk = stocked()
    take(walk, [
      ['shop', 'committed', 'customer', 2],
      ['shop', 'allocated', 'customer', 1],
      ['shop', 'short', 'customer', 2],
    ])
    expect(worth(walk)).toEqual([3, 900])
  })

  test('of a move between states, or of what is only expected, is none', () => {
    const walk = stocked()
    take(walk, [
      ['shop', 'available', 'held', 2],
      ['shop', 'supplier', 'incoming', 6],
    ])
    expect(worth(walk)).toEqual([8, 1_600])
    take(walk, [['shop', 'incoming', 'available', 6]])
    expect(worth(walk)).toEqual([14, 1_600])
  })

  test('by which an order is delivered has bottles come at no cost, promised or not', () => {
    const walk = stocked()
    take(walk, [['shop', 'incoming', 'incomingCommitted', 4]])
    take(walk, [
      ['shop', 'supplier', 'incoming', 1],
      ['shop', 'incomingCommitted', 'committed', 3],
      ['shop', 'incomingCommitted', 'held', 1],
      ['shop', 'incoming', 'short', 1],
      ['shop', 'incoming', 'available', 2],
      ['shop', 'incoming', 'supplier', 2],
    ])
    expect(worth(walk)).toEqual([15, 1_600])
    expect(fifoOf(walk.book).unvalued).toBe(7)
  })

  test('by which a delivery is seen by a count moves nothing', () => {
    const walk = stocked()
    take(walk, [
      ['shop', 'incomingCommitted', 'committed', 2],
      ['shop', 'incoming', 'available', 1],
      ['shop', 'available', 'variance', 1],
      ['shop', 'short', 'variance', 2],
    ])
    expect(worth(walk)).toEqual([8, 1_600])
  })

  test('of a repack takes the oldest of what is broken, and what is built has no cost', () => {
    const walk = stocked()
    take(walk, [['shop', 'available', 'repack', 5]])
    expect(worth(walk)).toEqual([3, 900])
    take(walk, [
      ['shop', 'repack', 'short', 1],
      ['shop', 'repack', 'available', 3],
      ['shop', 'repack', 'loss:breakage', 2],
    ])
    expect(worth(walk)).toEqual([7, 900])
    expect(fifoOf(walk.book).unvalued).toBe(4)
  })

  test('by which a bottle is opened takes the oldest', () => {
    const walk = stocked()
    take(walk, [['shop', 'available', 'opened', 1]])
    expect(worth(walk)).toEqual([7, 1_500])
  })

  test('by which bottles come back from a customer has them at what the last that left had cost', () => {
    const walk = stocked()
    take(walk, [['shop', 'committed', 'customer', 5]])
    take(walk, [['shop', 'customer', 'quarantined', 2]], { lots: [euros(2, 999)] })
    expect(worth(walk)).toEqual([5, 1_500])
    take(walk, [
      ['shop', 'customer', 'available', 1],
      ['shop', 'available', 'variance', 1],
    ])
    expect(worth(walk)).toEqual([5, 1_500])
  })

  test('at another owner’s location is not ours', () => {
    const walk = stocked()
    take(walk, [['reserve', 'supplier', 'available', 5]], { lots: [euros(5, 1)] })
    takeDeclaration(walk, { sku: 'A1', entry: 2, location: 'reserve', ...euros(1, 7) }, isOurs)
    expect(worth(walk)).toEqual([8, 1_600])
  })
})

describe('bottles on their way', () => {
  const journey = { document: 'T1', sentFrom: 'shop' }

  test('are ours until they come, are lost, or arrive at another owner’s', () => {
    const walk = stocked()
    take(walk, [['shop', 'available', 'transit', 5]], journey)
    expect(worth(walk)).toEqual([8, 1_600])
    expect(onTheWay(walk)).toEqual([{ document: 'T1', sent: 5, ended: 0 }])
    take(walk, [['warehouse', 'transit', 'available', 2]], journey)
    expect(worth(walk)).toEqual([8, 1_600])
    take(walk, [['warehouse', 'transit', 'loss:breakage', 1]], journey)
    expect(worth(walk)).toEqual([7, 1_500])
    take(walk, [['reserve', 'transit', 'available', 2]], journey)
    expect(worth(walk)).toEqual([5, 1_300])
    expect(onTheWay(walk)).toEqual([])
  })

  test('come to us from another owner with their lots', () => {
    const walk = openWalk('A1')
    const theirs = { document: 'T2', sentFrom: 'reserve' }
    take(walk, [['reserve', 'available', 'transit', 3]], theirs)
    expect(worth(walk)).toEqual([0])
    take(walk, [['shop', 'transit', 'available', 3]], { ...theirs, lots: [euros(2, 70)] })
    expect(worth(walk)).toEqual([3, 140])
    expect(onTheWay(walk)).toEqual([])
  })

  test('released from bond never leave', () => {
    const walk = stocked()
    take(
      walk,
      [
        ['shop', 'available', 'transit', 2],
        ['warehouse', 'transit', 'available', 2],
      ],
      journey,
    )
    expect([worth(walk), onTheWay(walk)]).toEqual([[8, 1_600], []])
  })
})
