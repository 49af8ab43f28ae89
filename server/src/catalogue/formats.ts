import type { Style } from '@cellarhand/protocol/catalogue'

/** Names that are the same everywhere, by ml. */
const common: Readonly<Record<number, string>> = {
  187: 'Piccolo',
  200: 'Piccolo',
  250: 'Quarter',
  375: 'Demi',
  380: 'Demi',
  500: '50 cl',
  620: 'Clavelin',
  750: 'Bottle',
  1000: 'Litre',
  1500: 'Magnum',
  2250: 'Marie-Jeanne',
  9000: 'Salmanazar',
  12000: 'Balthazar',
  15000: 'Nebuchadnezzar',
  18000: 'Melchior',
}

/** Bordeaux names its large bottles its own way. */
const bordeaux: Readonly<Record<number, string>> = {
  3000: 'Double Magnum',
  4500: 'Jeroboam',
  5000: 'Jeroboam',
  6000: 'Imperial',
}

/** Champagne and Burgundy, and whoever follows them. */
const champagne: Readonly<Record<number, string>> = { 3000: 'Jeroboam', 4500: 'Rehoboam', 6000: 'Methuselah' }

/** What a format is called when nothing is known of where from: only what is true of all. */
const anywhere: Readonly<Record<number, string>> = { 3000: 'Double Magnum' }

const followsChampagne = /^(champagne|burgundy|bourgogne|chablis|beaujolais)\b/
const followsBordeaux = /^(bordeaux|sauternes|médoc|medoc)\b/

/** Where a wine comes from, as far as it matters for the names of bottles. */
export interface Origin {
  readonly region?: string
  readonly style: Style
}

/**
 * The name of a bottle of `ml` millilitres in its region: 4500 ml is a Jeroboam in Bordeaux, a Rehoboam in Champagne. Where no name
 * is usual it is the volume: `70 cl`, `4.5 l`.
 */
export function formatName(ml: number, origin: Origin): string {
  const region = origin.region?.toLowerCase() ?? ''
  const regional = followsBordeaux.test(region)
    ? bordeaux
    : followsChampagne.test(region) || origin.style === 'sparkling'
      ? champagne
      : anywhere
  return regional[ml] ?? common[ml] ?? volumeName(ml)
}

/** A volume for people: `75 cl`, `1.5 l`. */
export function volumeName(ml: number): string {
  return ml >= 1000 ? `${ml / 1000} l` : `${ml / 10} cl`
}
