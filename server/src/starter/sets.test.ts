import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { must } from '../platform/must.ts'

const read = (name: string): string => readFileSync(new URL(`../../starter/${name}`, import.meta.url), 'utf8')
const rowsOf = (name: string): Readonly<Record<string, string>>[] => parse(read(name), { columns: true })

interface Recipe {
  readonly sku: string
  readonly kind: string
  readonly components: readonly { readonly sku: string; readonly quantity: number }[]
}

const { recipes } = JSON.parse(read('cellar.json')) as { readonly recipes: readonly Recipe[] }
const wines = new Map(rowsOf('wines.csv').map((row) => [row['sku'], row]))

const cell = (sku: string, column: string): string => must(wines.get(sku)?.[column], `${column} of ${sku}`)
const sumOf = ({ components }: Recipe, of: (sku: string) => number) =>
  components.reduce((sum, { sku, quantity }) => sum + quantity * of(sku), 0)

test('a set is made of single bottles that are there, each wine once, as many as its pack says', () => {
  for (const set of recipes) {
    const skus = set.components.map(({ sku }) => sku)
    expect(new Set(skus).size).toBe(skus.length)
    expect(skus.filter((sku) => cell(sku, 'pack') !== '1')).toEqual([])
  }
  expect(recipes.filter((set) => Number(cell(set.sku, 'pack')) !== sumOf(set, () => 1))).toEqual([])
})

test('a set costs less than its bottles', () => {
  const priceOf = (sku: string) => Number(cell(sku, 'price:web'))
  expect(recipes.filter((set) => priceOf(set.sku) >= sumOf(set, priceOf))).toEqual([])
})

test('what is of our own cellar is a set, and stands somewhere only where it is packed', () => {
  const ours = [...wines].flatMap(([sku, row]) => (row['producer'] === 'Our Cellar' ? [sku] : []))
  expect(ours.toSorted()).toEqual(recipes.map(({ sku }) => sku).toSorted())
  const stocked = new Set(rowsOf('stock.csv').map(({ sku }) => sku))
  expect(recipes.filter(({ sku }) => stocked.has(sku)).map(({ kind }) => kind)).toEqual(['mixed_case'])
  expect(recipes.filter(({ kind }) => kind === 'bundle')).toHaveLength(3)
})
