import { describe, expect, test } from 'vitest'
import { applyStep, type Step, type Value } from './steps.ts'

const tables = { colours: { Rødvin: 'red', Ukjent: '' } }
const run = (step: Step, value: Value, vintage = '2014') => applyStep(step, value, { tables, vintage, decimal: '.' })

test('a table translates; what is not in it is refused, kept or as good as empty', () => {
  expect(run({ table: 'colours' }, 'Rødvin')).toBe('red')
  expect(run({ table: 'colours' }, 'Ukjent')).toBe('')
  expect(run({ table: 'colours' }, '')).toBe('')
  expect(run({ table: 'colours' }, 'Fisk')).toEqual({ refused: 'is not in the mapping\'s table "colours"' })
  expect(run({ table: 'colours', otherwise: 'keep' }, 'Fisk')).toBe('Fisk')
  expect(run({ table: 'colours', otherwise: 'empty' }, ['Rødvin', 'Fisk'])).toEqual(['red'])
  expect(run({ table: 'colours' }, 'constructor')).toHaveProperty('refused')
})

test.each([
  ['0.75', 1000, '750'],
  ['0.62', 1000, '620'],
  ['2.25', 1000, '2250'],
  ['15', 1000, '15000'],
  ['0.187', 100, '18.7'],
  ['0.0075', 1000, '7.5'],
  ['', 1000, ''],
])('%s times %i is %s, exactly', (text, scale, result) => {
  expect(run({ scale }, text)).toBe(result)
})

test('a decimal comma is one where the mapping says so', () => {
  const context = { tables, vintage: '', decimal: ',' } as const
  expect(applyStep({ scale: 1000 }, '0,75', context)).toBe('750')
  expect(run({ scale: 1000 }, '0,75')).toEqual({ refused: 'is not a number' })
})

test('only a number is scaled', () => {
  expect(run({ scale: 1000 }, '75 cl')).toEqual({ refused: 'is not a number' })
  expect(run({ scale: 1000 }, '-1')).toEqual({ refused: 'is not a number' })
})

describe('a list', () => {
  test('is split and trimmed', () => {
    expect(run({ split: ',' }, 'Merlot 65%, Cabernet Franc 15%, ')).toEqual(['Merlot 65%', 'Cabernet Franc 15%'])
  })

  test.each([
    ["['Merlot', 'Syrah/Shiraz']", ['Merlot', 'Syrah/Shiraz']],
    ['["Trebbiano D\'Abruzzo"]', ["Trebbiano D'Abruzzo"]],
    ["[2020, 2019, 'N.V.']", ['2020', '2019', 'N.V.']],
    ["['it\\'s']", ["it's"]],
    ['[]', []],
    ['', []],
  ])('is read as Python prints it: %s', (text, list) => {
    expect(run({ list: 'python' }, text)).toEqual(list)
  })

  test.each(["'Merlot'", "['a' 'b']", "['open]", '[1', '['.repeat(50_000)])(
    'is refused where Python would not print it so',
    (text) => {
      expect(run({ list: 'python' }, text)).toHaveProperty('refused')
    },
  )
})

test.each([
  ['Brolio Chianti Classico 2014', '2014', 'Brolio Chianti Classico'],
  ['Campo Viejo Crianza 2011/2014', '2014', 'Campo Viejo Crianza'],
  ['Ch. Laroque 2011', '2012', 'Ch. Laroque 2011'],
  ['Cuvée 1900', 'NV', 'Cuvée 1900'],
  ['2014', '2014', '2014'],
])('%s of %s is called %s', (name, vintage, result) => {
  expect(run({ stripVintage: true }, name, vintage)).toBe(result)
})

test('some texts mean nothing, and nothing may have a default', () => {
  expect(run({ empty: ['Øvrige'] }, 'Øvrige')).toBe('')
  expect(run({ default: 'NV' }, '')).toBe('NV')
  expect(run({ default: 'NV' }, '2011')).toBe('2011')
  expect(run({ stripSuffix: ' (organic)' }, 'Gut Oggau (organic)')).toBe('Gut Oggau')
})
