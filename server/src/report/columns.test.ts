import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { movementsOfKind, onHandAccounts, stateAccounts } from '../stock/stock.ts'
import { changeColumns, changesOf, columnOf, onHandOf } from './columns.ts'

const movements = [...new Set(Object.values(movementsOfKind).flatMap((some) => [...some]))]

const isThere = (account: string) => onHandAccounts.some((state) => state === account)

test('every movement that brings or takes a bottle has a column, and no other has', () => {
  const wrong = movements.filter((movement) => {
    const [from = '', to = ''] = movement.split('>')
    const column = columnOf(from, to)
    return isThere(from) === isThere(to) ? column !== undefined : !changeColumns.includes(column ?? '')
  })
  expect(wrong).toEqual([])
  expect(movements.length).toBeGreaterThan(20)
})

test('all states are on hand but those of what is expected', () => {
  expect(
    stateAccounts.filter((state) => !onHandAccounts.includes(state)).every((one) => one.startsWith('incoming')),
  ).toBe(true)
  expect(onHandAccounts).toEqual(expect.arrayContaining(['available', 'held', 'committed', 'short']))
  expect(onHandAccounts).not.toContain('incoming')
})

test('bookkeepers read received first and differences last', () => {
  const places = ['received', 'sold', 'shipped', 'written_off_breakage', 'adjusted', 'count_variance', 'other'].map(
    (column) => changeColumns.indexOf(column),
  )
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(places[0]).toBe(0)
})

test.each([
  ['supplier', 'short', 'received'],
  ['incoming', 'available', 'received'],
  ['incoming_committed', 'committed', 'received'],
  ['available', 'customer', 'sold'],
  ['short', 'customer', 'sold'],
  ['committed', 'customer', 'shipped'],
  ['customer', 'available', 'returned'],
  ['available', 'loss:corked', 'written_off_corked'],
  ['transit', 'available', 'transferred_in'],
  ['available', 'transit', 'transferred_out'],
  ['variance', 'available', 'count_variance'],
  ['available', 'variance', 'count_variance'],
  ['available', 'adjustment', 'adjusted'],
  ['available', 'repack', 'to_repack'],
  ['opened', 'available', 'from_opened'],
  ['available', 'held', undefined],
  ['supplier', 'incoming', undefined],
])('what goes from %s to %s counts as %s', (from, to, column) => {
  expect(columnOf(from, to)).toBe(column)
})

test('what a version wrote that nobody here knows stands under other, and the row adds up', () => {
  const sums = { 'supplier>available': 12, 'available>moon': 2, 'mars>held': 1, 'available>customer': 4 }
  const changes = changesOf(sums)
  expect(changes).toEqual({ received: 12, other: -1, sold: -4 })
  expect(Object.values(changes).reduce((sum, bottles) => sum + bottles, 0)).toBe(onHandOf(sums))
})

test('every column is in docs/reports.md', () => {
  const page = readFileSync(new URL('../../../docs/reports.md', import.meta.url), 'utf8')
  const silent = changeColumns.filter(
    (column) => !/^(written_off|from|to)_/.test(column) && !page.includes(`\`${column}\``),
  )
  expect(silent).toEqual([])
})
