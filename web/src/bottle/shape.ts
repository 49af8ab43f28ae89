import type { Wine } from '@cellarhand/protocol/catalogue'

export const shapes = ['bordeaux', 'burgundy', 'champagne', 'flute', 'port'] as const
export type Shape = (typeof shapes)[number]

type Labelled = Pick<Wine, 'style' | 'grapes' | 'region' | 'appellation'>

const fluteRegions = [
  ['alsace', 'mosel', 'saar', 'rheingau', 'rheinhessen', 'nahe', 'pfalz', 'mittelrhein'],
  ['wachau', 'kamptal', 'kremstal'],
].flat()
const burgundyRegions = [
  ['burgundy', 'bourgogne', 'beaujolais', 'chablis', 'rhône', 'rhone', 'jura', 'savoie', 'loire', 'sancerre'],
  ['piedmont', 'piemonte', 'barolo', 'barbaresco', 'etna', 'willamette', 'oregon', 'central otago'],
].flat()
const fluteGrapes = ['riesling', 'gewürztraminer', 'gewurztraminer', 'sylvaner', 'silvaner']
const burgundyGrapes = ['pinot noir', 'chardonnay', 'gamay', 'syrah', 'shiraz', 'grenache', 'nebbiolo', 'aligoté']

/** The bottle a wine comes in: by how it is made first, then by where it grows, then by its first grape. Pure. */
export function shapeOf(wine: Labelled): Shape {
  if (wine.style === 'sparkling') return 'champagne'
  if (wine.style === 'fortified') return 'port'
  const place = `${wine.appellation ?? ''} ${wine.region ?? ''}`.toLowerCase()
  if (fluteRegions.some((region) => place.includes(region))) return 'flute'
  if (burgundyRegions.some((region) => place.includes(region))) return 'burgundy'
  if (place.includes('bordeaux')) return 'bordeaux'
  const grape = wine.grapes[0]?.name.toLowerCase() ?? ''
  if (fluteGrapes.includes(grape)) return 'flute'
  return burgundyGrapes.includes(grape) ? 'burgundy' : 'bordeaux'
}

/**
 * A bottle's height beside a standard one's, from its content in ml: bottles of one shape grow alike in all directions, so it is the cube
 * root. Bounded, so that a Melchizedek still fits a page.
 */
export function heightOf(formatMl: number): number {
  return Math.min(2.2, Math.max(0.55, Math.cbrt(formatMl / 750)))
}

/** Half of an outline, in millimetres of a standard bottle: 300 high, around x = 0, y down. */
export interface Outline {
  /** The glass, right half from the lip down to the foot. */
  readonly half: readonly Segment[]
  /** Height of the punt seen through the foot. */
  readonly punt: number
  /** Where the capsule ends, and where the label begins and ends. */
  readonly capsuleTo: number
  readonly label: { readonly top: number; readonly bottom: number; readonly halfWidth: number }
  readonly neck: number
  readonly lip: number
  /** Level of the wine in the neck. */
  readonly fill: number
}

/** A line to a point, or a curve to it by two controls. */
type Segment = readonly [number, number] | readonly [number, number, number, number, number, number]

export const outlines: Readonly<Record<Shape, Outline>> = {
  bordeaux: {
    half: [
      [13, 30],
      [13, 78],
      [13, 92, 37, 92, 37, 118],
      [37, 290],
      [37, 296, 34, 300, 29, 300],
    ],
    punt: 16,
    capsuleTo: 64,
    neck: 13,
    lip: 14.5,
    fill: 74,
    label: { top: 160, bottom: 262, halfWidth: 33 },
  },
  burgundy: {
    half: [
      [13, 30],
      [13.5, 62],
      [15, 104, 41, 118, 41, 166],
      [41, 290],
      [41, 296, 38, 300, 32, 300],
    ],
    punt: 20,
    capsuleTo: 60,
    neck: 13,
    lip: 15,
    fill: 72,
    label: { top: 184, bottom: 266, halfWidth: 36 },
  },
  champagne: {
    half: [
      [13, 34],
      [15, 60],
      [19, 108, 44, 122, 44, 168],
      [44, 288],
      [44, 296, 40, 300, 34, 300],
    ],
    punt: 34,
    capsuleTo: 98,
    neck: 14,
    lip: 17,
    fill: 70,
    label: { top: 178, bottom: 262, halfWidth: 38 },
  },
  flute: {
    half: [
      [12, 30],
      [12.5, 56],
      [14, 108, 35, 138, 35, 196],
      [35, 291],
      [35, 297, 32, 300, 28, 300],
    ],
    punt: 5,
    capsuleTo: 58,
    neck: 12,
    lip: 13.5,
    fill: 68,
    label: { top: 196, bottom: 272, halfWidth: 31 },
  },
  port: {
    half: [
      [13, 26],
      [13, 34],
      [14, 44, 18, 52, 18, 66],
      [18, 82, 14, 86, 15, 98],
      [17, 112, 38, 108, 38, 134],
      [38, 290],
      [38, 296, 35, 300, 30, 300],
    ],
    punt: 14,
    capsuleTo: 40,
    neck: 13,
    lip: 15,
    fill: 92,
    label: { top: 164, bottom: 254, halfWidth: 34 },
  },
}

/** The whole outline as an SVG path: down the right side, and mirrored up the left. Pure. */
export function pathOf({ half, lip }: Outline): string {
  const right = half.map((segment) => (segment.length === 2 ? `L${segment.join(' ')}` : `C${segment.join(' ')}`))
  const left: string[] = []
  for (let index = half.length - 1; index >= 0; index -= 1) left.push(mirrored(half, index))
  return `M${lip} 4 L${lip} 12 L13 14 ${right.join(' ')} L${-end(half.at(-1)).x} 300 ${left.join(' ')} L-13 14 L${-lip} 12 L${-lip} 4 Z`
}

function mirrored(half: readonly Segment[], index: number): string {
  const segment = half[index]
  const start = index === 0 ? { x: 13, y: 14 } : end(half[index - 1])
  if (segment?.length === 6) {
    const [x1, y1, x2, y2] = segment
    return `C${-x2} ${y2} ${-x1} ${y1} ${-start.x} ${start.y}`
  }
  return `L${-start.x} ${start.y}`
}

function end(segment: Segment | undefined): { x: number; y: number } {
  if (segment === undefined) return { x: 0, y: 0 }
  return segment.length === 2 ? { x: segment[0], y: segment[1] } : { x: segment[4], y: segment[5] }
}
