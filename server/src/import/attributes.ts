import type { Colour, Grape, Packaging, Style, Vintage } from '@cellarhand/protocol/catalogue'
import type { Refused } from './steps.ts'

/** Longest name, and longest of any other text: longer ones are columns that slipped. */
const nameLengthMax = 200
const textLengthMax = 120
const listLengthMax = 40
const urlLengthMax = 500
const skuPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
/** PostgreSQL takes no NUL, and none of these belongs on a label. */
const controlCharacters = /\p{Cc}/u

const refuse = (refused: string): Refused => ({ refused })

/** A line of text, within bounds. */
export function parseText(text: string, lengthMax: number = textLengthMax): string | Refused {
  if (controlCharacters.test(text)) return refuse('holds a control character')
  return text.length > lengthMax ? refuse(`is longer than ${lengthMax} characters`) : text
}

/** A wine's name. */
export const parseName = (text: string): string | Refused => parseText(text, nameLengthMax)

/** A SKU code. */
export function parseSku(text: string): string | Refused {
  if (skuPattern.test(text)) return text
  return refuse('is no SKU code: up to 64 letters, digits, dots, hyphens and underscores, the first a letter or digit')
}

/** A year, or NV. */
export function parseVintage(text: string): Vintage | Refused {
  if (/^n\.?v\.?$/i.test(text)) return 'NV'
  const year = parseYear(text)
  return typeof year === 'number' ? year : refuse('is no vintage: a year from 1700 to 2100, or NV')
}

/** A year. */
export function parseYear(text: string): number | Refused {
  const year = Number(text)
  return /^\d{4}$/.test(text) && year >= 1700 && year <= 2100 ? year : refuse('is no year from 1700 to 2100')
}

/** A whole number from 1 to `max`; `750.0` is one too. */
export function parseWhole(text: string, max: number): number | Refused {
  const match = /^(\d{1,9})(?:\.0+)?$/.exec(text)
  const value = Number(match?.[1])
  return value >= 1 && value <= max ? value : refuse(`is not a whole number from 1 to ${max}`)
}

/** What was counted: a whole number, zero too. */
export function parseCounted(text: string): number | Refused {
  if (/^0+$/.test(text)) return 0
  const value = parseWhole(text, 999_999_999)
  return typeof value === 'number' ? value : refuse('is not a whole number of bottles, zero or more')
}

/** Per cent by volume. */
export function parseAbv(text: string): number | Refused {
  const match = /^(\d{1,2}(?:\.\d{1,6})?)\s*%?$/.exec(text)
  return match === null ? refuse('is no strength from 0 to 99 % by volume') : Math.round(Number(match[1]) * 100) / 100
}

const oneOf =
  <T extends string>(words: readonly T[]) =>
  (text: string): T | Refused =>
    words.find((word) => word.toLowerCase() === text.toLowerCase()) ?? refuse(`is none of ${words.join(', ')}`)

export const parseColour: (text: string) => Colour | Refused = oneOf(['red', 'white', 'rose', 'orange'])
export const parseStyle: (text: string) => Style | Refused = oneOf(['still', 'sparkling', 'fortified', 'sweet'])
export const parsePackaging: (text: string) => Packaging | Refused = oneOf(['bottle', 'OWC', 'OCB', 'carton'])

/** Grapes as labels have them: `Merlot`, `Merlot 65`, `Merlot 65%`, `65% Merlot`. */
export function parseGrapes(texts: readonly string[]): Grape[] | Refused {
  if (texts.length > listLengthMax) return refuse(`lists more than ${listLengthMax} grapes`)
  const grapes: Grape[] = []
  for (const text of texts) {
    const grape = parseGrape(text)
    if ('refused' in grape) return grape
    if (!grapes.some((other) => other.name === grape.name)) grapes.push(grape)
  }
  const sum = grapes.reduce((total, grape) => total + (grape.percent ?? 0), 0)
  return sum > 101 ? refuse(`has grapes of ${Math.round(sum)} % together`) : grapes
}

function parseGrape(text: string): Grape | Refused {
  const trailing = /^(.*\S)\s+(\d{1,3}(?:\.\d+)?)\s*%?\.?$/.exec(text)
  const leading = /^(\d{1,3}(?:\.\d+)?)\s*%\s*(\S.*)$/.exec(text)
  const name = parseText((trailing?.[1] ?? leading?.[2] ?? text).trim())
  if (typeof name !== 'string') return name
  const percent = trailing?.[2] ?? leading?.[1]
  if (percent === undefined) return { name }
  return Number(percent) <= 100 ? { name, percent: Number(percent) } : refuse(`has a grape of ${percent} %`)
}

/** A list of short texts. */
export function parseList(texts: readonly string[]): string[] | Refused {
  if (texts.length > listLengthMax) return refuse(`lists more than ${listLengthMax}`)
  for (const text of texts) {
    const parsed = parseText(text)
    if (typeof parsed !== 'string') return parsed
  }
  return [...texts]
}

/** An address on the web. */
export function parseUrl(text: string): string | Refused {
  const isAddress = /^https?:\/\/[^\s]+$/.test(text) && URL.canParse(text) && text.length <= urlLengthMax
  return isAddress ? text : refuse('is no address that begins with https://')
}

/** A trade item number of GS1: 8, 12, 13 or 14 digits, the last of which proves the others (GS1 General Specifications, 7.9). */
export function parseGtin(text: string): string | Refused {
  if (!/^(\d{8}|\d{12,14})$/.test(text)) return refuse('is no GTIN: 8, 12, 13 or 14 digits')
  const digits = Array.from(text, Number).toReversed()
  const sum = digits.reduce((total, digit, place) => total + digit * (place % 2 === 0 ? 1 : 3), 0)
  return sum % 10 === 0 ? text : refuse('is no GTIN: its last digit does not fit the others, so one of them is wrong')
}

/** Liv-ex's number of a wine: 7 digits, 11 with the vintage, 16 with the size, 18 with the pack. */
export function parseLwin(text: string): string | Refused {
  return /^(\d{7}|\d{11}|\d{16}|\d{18})$/.test(text) ? text : refuse('is no LWIN: 7, 11, 16 or 18 digits')
}
