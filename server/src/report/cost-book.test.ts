import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buy, find, isNearest, openRow, say, sell, takeBack, worth, type Row } from '../../test/naive-costs.ts'
import {
  averageFiguresOf,
  bottlesIn,
  came,
  cameBack,
  costOf,
  declared,
  fifoOf,
  found,
  openCostBook,
  went,
  type CostBook,
} from './cost-book.ts'

const euros = (amountMinor: number) => costOf(amountMinor, 'EUR')
const worthIn = (book: CostBook) => ({
  bottles: bottlesIn(book),
  fifo: fifoOf(book).values.map(({ currency, bottles, amountMinor }) => `${bottles} ${currency} ${amountMinor}`),
  average: averageFiguresOf(book).values.map((one) => `${one.bottles} ${one.currency} ${one.amountMinor}`),
  unvalued: [fifoOf(book).unvalued, averageFiguresOf(book).unvalued],
})

describe('a book of costs, by hand', () => {
  test('two purchases, a sale, a purchase and a sale', () => {
    const book = openCostBook()
    came(book, 10, euros(100))
    came(book, 10, euros(120))
    // 2,200 over 20: 110 each
    expect(worthIn(book)).toMatchObject({ fifo: ['20 EUR 2200'], average: ['20 EUR 2200'] })
    went(book, 12)
    // 8 of the second purchase; 8 at 110
    expect(worthIn(book)).toMatchObject({ fifo: ['8 EUR 960'], average: ['8 EUR 880'] })
    came(book, 5, euros(130))
    // 960 + 650; 880 + 650
    expect(worthIn(book)).toMatchObject({ fifo: ['13 EUR 1610'], average: ['13 EUR 1530'] })
    went(book, 4)
    // 4 at 120 and 5 at 130; 1,530 x 9 / 13 = 1,059.23
    expect(worthIn(book)).toEqual({ bottles: 9, fifo: ['9 EUR 1130'], average: ['9 EUR 1059'], unvalued: [0, 0] })
  })

  test('what comes back has the cost of the last that went, and goes first again', () => {
    const book = openCostBook()
    came(book, 2, euros(100))
    came(book, 2, euros(200))
    went(book, 3)
    cameBack(book, 1)
    expect(worthIn(book)).toMatchObject({ fifo: ['2 EUR 400'], average: ['2 EUR 300'] })
    came(book, 1, euros(900))
    went(book, 2)
    expect(worthIn(book)).toMatchObject({ fifo: ['1 EUR 900'] })
  })

  test('what is found costs the average, also when nothing is left', () => {
    const book = openCostBook()
    came(book, 1, euros(100))
    came(book, 2, euros(130))
    found(book, 3)
    // an average of 120
    expect(worthIn(book)).toMatchObject({ fifo: ['6 EUR 720'], average: ['6 EUR 720'] })
    went(book, 6)
    found(book, 1)
    expect(worthIn(book)).toMatchObject({ fifo: ['1 EUR 120'], average: ['1 EUR 120'] })
  })

  test('without any cost it is unvalued, and not zero', () => {
    const book = openCostBook()
    found(book, 2)
    came(book, 3, undefined)
    expect(worthIn(book)).toEqual({ bottles: 5, fifo: [], average: [], unvalued: [5, 5] })
    came(book, 1, euros(0))
    expect(worthIn(book)).toEqual({ bottles: 6, fifo: ['1 EUR 0'], average: ['1 EUR 0'], unvalued: [5, 5] })
    declared(book, 2, euros(70))
    expect(worthIn(book)).toEqual({ bottles: 6, fifo: ['3 EUR 140'], average: ['3 EUR 140'], unvalued: [3, 3] })
  })

  test('what went before it came takes the cost of what comes', () => {
    const book = openCostBook()
    went(book, 3)
    expect(worthIn(book)).toEqual({ bottles: -3, fifo: [], average: [], unvalued: [-3, -3] })
    came(book, 5, euros(100))
    expect(worthIn(book)).toEqual({ bottles: 2, fifo: ['2 EUR 200'], average: ['2 EUR 200'], unvalued: [0, 0] })
  })

  test('in two currencies there is a value in each, and no average', () => {
    const book = openCostBook()
    came(book, 2, euros(100))
    came(book, 3, costOf(80, 'GBP'))
    found(book, 1)
    expect(worthIn(book)).toEqual({
      bottles: 6,
      fifo: ['2 EUR 200', '3 GBP 240'],
      average: [],
      unvalued: [1, 6],
    })
    expect(averageFiguresOf(book).isMixed).toBe(true)
    went(book, 2)
    expect(averageFiguresOf(book)).toMatchObject({ isMixed: false, unvalued: 1 })
    expect(worthIn(book)).toMatchObject({ average: ['3 GBP 240'] })
  })

  test.each([
    [1, 0],
    [3, 2],
  ])('half a minor unit is rounded to the even one (%i/2 is %i)', (amount, rounded) => {
    const book = openCostBook()
    came(book, 1, euros(amount))
    came(book, 1, euros(0))
    went(book, 1)
    expect(worthIn(book)).toMatchObject({ average: [`1 EUR ${rounded}`] })
  })

  test('thirds that are bought and sold a thousand times lose nothing', () => {
    const book = openCostBook()
    came(book, 3, euros(100))
    came(book, 4, euros(101))
    for (let i = 0; i < 1_000; i++) {
      went(book, 3)
      found(book, 3)
    }
    expect(worthIn(book)).toMatchObject({ fifo: ['7 EUR 704'], average: ['7 EUR 704'] })
  })
})

type Act = (book: CostBook, row: Row) => void

const count = fc.integer({ min: 1, max: 9 })
const cost = fc.record({
  currency: fc.constantFrom('EUR', 'EUR', 'GBP'),
  amountMinor: fc.integer({ min: 0, max: 9_999 }),
})
const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.tuple(count, cost).map(([bottles, paid]): Act => (book, row) => {
    came(book, bottles, costOf(paid.amountMinor, paid.currency))
    buy(row, bottles, paid)
  }),
  count.map((bottles): Act => (book, row) => {
    came(book, bottles, undefined)
    buy(row, bottles)
  }),
  fc.integer({ min: 1, max: 20 }).map((bottles): Act => (book, row) => {
    went(book, bottles)
    sell(row, bottles)
  }),
  count.map((bottles): Act => (book, row) => {
    cameBack(book, bottles)
    takeBack(row, bottles)
  }),
  count.map((bottles): Act => (book, row) => {
    found(book, bottles)
    find(row, bottles)
  }),
  fc.tuple(count, cost).map(([bottles, paid]): Act => (book, row) => {
    declared(book, bottles, costOf(paid.amountMinor, paid.currency))
    say(row, bottles, paid)
  }),
)

describe('a book of costs', () => {
  test('agrees after every act with bottles in a row, each with its own cost', () => {
    fc.assert(
      fc.property(fc.array(acts, { maxLength: 60 }), (some) => {
        const [book, row] = [openCostBook(), openRow()]
        for (const act of some) {
          act(book, row)
          agree(book, row)
        }
      }),
      { numRuns: 500 },
    )
  })
})

function agree(book: CostBook, row: Row): void {
  const bottles = row.bottles.length - row.missing
  expect(bottlesIn(book)).toBe(bottles)
  const average = averageFiguresOf(book)
  expect(average.isMixed).toBe(worth(row, 'average').size > 1)
  for (const [figures, exact] of [
    [fifoOf(book), worth(row, 'paid')],
    [average, average.isMixed ? new Map<never, never>() : worth(row, 'average')],
  ] as const) {
    expect(figures.values.map((one) => one.currency)).toEqual([...exact.keys()].toSorted())
    for (const { currency, bottles: some, amountMinor } of figures.values) {
      const wanted = exact.get(currency)
      expect(some).toBe(wanted?.bottles)
      expect(wanted && isNearest(amountMinor, wanted.amount), `${amountMinor} ${currency}`).toBe(true)
    }
    expect(figures.values.reduce((sum, one) => sum + one.bottles, figures.unvalued)).toBe(bottles)
  }
}
