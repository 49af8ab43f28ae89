import { expect, test } from 'vitest'
import { wineId } from './identity.ts'

const margaux = { producer: 'Château Margaux', name: 'Château Margaux', region: 'Bordeaux', colour: 'red' }

test('an id can be read, and is the same in any spelling of accents, case and punctuation', () => {
  const id = wineId(margaux)
  expect(id).toMatch(/^chateau-margaux-chateau-margaux-[0-9a-f]{10}$/)
  expect(wineId({ ...margaux, producer: 'CHATEAU  MARGAUX', name: 'Chateau-Margaux' })).toBe(id)
  expect(wineId({ ...margaux, producer: 'Cha\u0302teau Margaux' })).toBe(id)
})

test('another colour, region or name is another wine', () => {
  const ids = [
    margaux,
    { ...margaux, colour: 'white' },
    { ...margaux, region: 'Médoc' },
    { ...margaux, name: 'Pavillon Rouge' },
    { name: 'Château Margaux Château Margaux', region: 'Bordeaux', colour: 'red' },
  ].map(wineId)
  expect(new Set(ids).size).toBe(ids.length)
})

test('a name without a Latin letter, or a very long one, has an id too', () => {
  expect(wineId({ name: 'ხვანჭკარა' })).toMatch(/^[0-9a-f]{10}$/)
  expect(wineId({ name: 'Ökonomierat '.repeat(40) })).toMatch(/^okonomierat-[a-z-]{40,48}-[0-9a-f]{10}$/)
})
