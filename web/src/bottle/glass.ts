import type { Wine } from '@cellarhand/protocol/catalogue'
import type { Shape } from './shape.ts'

/** Colours of a drawn bottle. `wine` is seen through clear glass only. */
export interface Glass {
  readonly body: string
  readonly edge: string
  readonly light: string
  readonly wine: string | undefined
}

const dark = { edge: '#0E1410', light: '#FFFFFF', wine: undefined } as const
const glasses = {
  bottleGreen: { ...dark, body: '#22352A' },
  deadLeaf: { ...dark, body: '#4B4A25', edge: '#2B2B14' },
  brown: { ...dark, body: '#4A2B17', edge: '#28160A' },
  riesling: { ...dark, body: '#2F6243', edge: '#1B3B28' },
  black: { ...dark, body: '#1D1A1B', edge: '#0C0A0B' },
  clear: { body: '#DDE5DF', edge: '#8C9A92', light: '#FFFFFF', wine: '#F0DF9C' },
} as const satisfies Record<string, Glass>

const seen: Readonly<Record<string, string>> = { white: '#EBD98F', rose: '#F0A99A', orange: '#DE8F3C', red: '#7A1730' }

/** The glass a wine of this colour and shape comes in. Pure. */
export function glassOf(wine: Pick<Wine, 'colour' | 'style' | 'region' | 'country'>, shape: Shape): Glass {
  if (shape === 'port') return glasses.black
  if (wine.colour === 'rose' || wine.colour === 'orange') return clear(wine.colour)
  if (shape === 'champagne') return glasses.bottleGreen
  if (shape === 'flute') return isRhine(wine.region) ? glasses.brown : glasses.riesling
  if (wine.style === 'sweet') return { ...glasses.clear, wine: '#DDA63A' }
  if (shape === 'burgundy') return glasses.deadLeaf
  return wine.colour === 'white' ? clear('white') : glasses.bottleGreen
}

function clear(colour: string): Glass {
  return { ...glasses.clear, wine: seen[colour] }
}

function isRhine(region: string | undefined): boolean {
  return /rheingau|rheinhessen|nahe|pfalz/i.test(region ?? '')
}

/** Capsules of houses that have always had theirs; the rest take one by the appellation's name. */
const capsules = ['#6B1528', '#2A2325', '#7C6A35', '#1F3A34', '#8A3B22', '#28324F', '#B59A57', '#4A1D33'] as const

/** The colour of the capsule: foil on sparkling, wax black on fortified, otherwise the appellation's. Pure. */
export function capsuleOf(wine: Pick<Wine, 'appellation' | 'region'>, shape: Shape): string {
  if (shape === 'champagne') return '#C2A253'
  if (shape === 'port') return '#3A2A22'
  return pick(capsules, wine.appellation ?? wine.region ?? '')
}

/** The same one of `choices` for the same text, evenly over texts (FNV-1a). */
export function pick<T>(choices: readonly [T, ...T[]], text: string): T {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return choices[(hash >>> 0) % choices.length] ?? choices[0]
}
