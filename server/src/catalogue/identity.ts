import { createHash } from 'node:crypto'

/** Long enough to read in an address, short enough for one line. */
const slugLengthMax = 60
/** 40 bits beside the slug: two labels that read alike to 60 characters still differ. */
const hashLength = 10

const lettersWithoutDecomposition: Readonly<Record<string, string>> = {
  ø: 'o',
  æ: 'ae',
  œ: 'oe',
  ß: 'ss',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
}

/** Lower case without accents, words between single spaces. Letters of other scripts stay. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[øæœßłđðþı]/g, (letter) => lettersWithoutDecomposition[letter] ?? letter)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

/** What makes a wine the wine it is. */
export interface WineIdentity {
  readonly producer?: string
  readonly name: string
  readonly region?: string
  readonly colour?: string
}

/**
 * A wine's id: the same for the same producer, name, region and colour in whatever spelling of case and accents, from whatever file. Readable,
 * made of [a-z0-9-].
 */
export function wineId(wine: WineIdentity): string {
  const parts = [wine.producer, wine.name, wine.region, wine.colour].map((part) => plain(part ?? ''))
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, hashLength)
  const slug = `${parts[0]} ${parts[1]}`
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, slugLengthMax)
    .replace(/-+$/, '')
  return slug === '' ? hash : `${slug}-${hash}`
}
