import { expect, test } from 'vitest'
import { formatName } from './formats.ts'

test.each([
  [375, 'Bordeaux', 'still', 'Demi'],
  [750, undefined, 'still', 'Bottle'],
  [1500, 'Mosel', 'still', 'Magnum'],
  [3000, 'Bordeaux', 'still', 'Double Magnum'],
  [3000, 'Burgundy', 'still', 'Jeroboam'],
  [3000, 'Champagne', 'sparkling', 'Jeroboam'],
  [3000, 'Franciacorta', 'sparkling', 'Jeroboam'],
  [4500, 'Bordeaux', 'still', 'Jeroboam'],
  [4500, 'Champagne', 'sparkling', 'Rehoboam'],
  [4500, 'Tuscany', 'still', '4.5 l'],
  [6000, 'Bordeaux', 'sweet', 'Imperial'],
  [6000, 'Burgundy', 'still', 'Methuselah'],
  [6000, undefined, 'still', '6 l'],
  [9000, 'Champagne', 'sparkling', 'Salmanazar'],
  [12000, 'Bordeaux', 'still', 'Balthazar'],
  [15000, 'Champagne', 'sparkling', 'Nebuchadnezzar'],
  [620, 'Jura', 'still', 'Clavelin'],
  [500, 'Tokaj', 'sweet', '50 cl'],
  [187, undefined, 'sparkling', 'Piccolo'],
  [1000, undefined, 'still', 'Litre'],
  [700, undefined, 'fortified', '70 cl'],
  [10000, undefined, 'still', '10 l'],
] as const)('%i ml of %s, %s, is called %s', (ml, region, style, name) => {
  expect(formatName(ml, region === undefined ? { style } : { region, style })).toBe(name)
})
