import type { Wine } from '@cellarhand/protocol/catalogue'
import { expect, test } from 'vitest'
import { capsuleOf, glassOf, pick } from './glass.ts'
import { breakLines, labelOf } from './label.ts'
import { heightOf, outlines, pathOf, shapeOf, shapes } from './shape.ts'

const wine = (more: Partial<Wine>): Wine => ({ id: 'w', name: 'X', style: 'still', grapes: [], skus: [], ...more })

test('each wine comes in its bottle', () => {
  expect(shapeOf(wine({ style: 'sparkling', region: 'Alsace' }))).toBe('champagne')
  expect(shapeOf(wine({ style: 'fortified', region: 'Douro' }))).toBe('port')
  expect(shapeOf(wine({ region: 'Mosel' }))).toBe('flute')
  expect(shapeOf(wine({ region: 'Burgundy' }))).toBe('burgundy')
  expect(shapeOf(wine({ region: 'Bordeaux', grapes: [{ name: 'Syrah' }] }))).toBe('bordeaux')
  expect(shapeOf(wine({ region: 'Clare Valley', grapes: [{ name: 'Riesling' }] }))).toBe('flute')
  expect(shapeOf(wine({ region: 'Central Otago', grapes: [{ name: 'Pinot Noir' }] }))).toBe('burgundy')
  expect(shapeOf(wine({ region: 'Rioja', grapes: [{ name: 'Tempranillo' }] }))).toBe('bordeaux')
})

test('a larger bottle is taller by the cube root of what it holds', () => {
  expect(heightOf(750)).toBe(1)
  expect(heightOf(6_000)).toBeCloseTo(2)
  expect(heightOf(375)).toBeCloseTo(0.794, 3)
  expect(heightOf(100)).toBe(0.55)
  expect(heightOf(30_000)).toBe(2.2)
})

test('clear glass shows the wine, dark glass does not', () => {
  expect(glassOf(wine({ colour: 'rose' }), 'bordeaux').wine).toBe('#F0A99A')
  expect(glassOf(wine({ colour: 'white', style: 'sweet' }), 'bordeaux').wine).toBe('#DDA63A')
  expect(glassOf(wine({ colour: 'red' }), 'bordeaux').wine).toBeUndefined()
  expect(glassOf(wine({ colour: 'white', region: 'Rheingau' }), 'flute').body).not.toBe(
    glassOf(wine({ colour: 'white', region: 'Mosel' }), 'flute').body,
  )
})

test('an appellation always has the same capsule', () => {
  const margaux = wine({ appellation: 'Margaux' })
  expect(capsuleOf(margaux, 'bordeaux')).toBe(capsuleOf(wine({ appellation: 'Margaux', name: 'Y' }), 'bordeaux'))
  expect(capsuleOf(margaux, 'champagne')).toBe('#C2A253')
  expect(
    new Set(['Margaux', 'Pauillac', 'Barolo', 'Rioja', 'Chablis', 'Bandol'].map((name) => pick([1, 2, 3, 4], name)))
      .size,
  ).toBeGreaterThan(1)
})

test("a producer's name is broken into lines that fit its label", () => {
  expect(breakLines('Domaine de la Romanée-Conti')).toEqual(['Domaine', 'de la', 'Romanée-Conti'])
  expect(breakLines('Krug')).toEqual(['Krug'])
  expect(breakLines('')).toEqual([])
  for (const name of [
    'Krug',
    'Domaine de la Romanée-Conti',
    'A'.repeat(80),
    'One Two Three Four Five Six Seven Eight',
  ]) {
    const label = labelOf(name, 66)
    expect(label.lines.length).toBeLessThanOrEqual(3)
    expect(Math.max(...label.lines.map((line) => line.length))).toBeLessThanOrEqual(16)
    expect(label.size).toBeGreaterThanOrEqual(5)
  }
})

test('an outline is closed and the same on both sides', () => {
  for (const shape of shapes) {
    const path = pathOf(outlines[shape])
    const points = [...path.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => `${Math.abs(Number(x))} ${y}`)
    const right = [...path.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)]
      .filter(([, x]) => Number(x) > 0)
      .map(([, x, y]) => `${x} ${y}`)
    expect(new Set(points)).toEqual(new Set(right))
    expect(path.endsWith('Z')).toBe(true)
  }
})
