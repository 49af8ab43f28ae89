/** What this browser remembers of a hold: the server knows the rest. */
export interface KeptHold {
  readonly id: string
  /** To say what wine it is when its rows are not on screen. */
  readonly wineId: string
  /** The life it was given, seconds: what "more time" asks for again. */
  readonly lifeSeconds: number
  /** When it was to end when last looked at, ms. */
  readonly expiresAt: number
  /** Of bottles that are expected: when they should be there, as it was told when they were reserved. */
  readonly expectedAt?: string
}

export const STORAGE_KEY = 'cellarhand.holds'
/** Most holds remembered in one browser. */
const KEPT_MAX = 30
/** An ended hold is worth telling of for a day, ms. */
const TELL_MS = 86_400_000

/** Reads what was stored; anything that is not a hold, or is long over, is left out. Pure. */
export function parseKept(text: string | null, now: number): readonly KeptHold[] {
  if (text === null) return []
  try {
    const value: unknown = JSON.parse(text)
    if (!Array.isArray(value)) return []
    return value
      .filter(isKept)
      .filter((hold) => hold.expiresAt > now - TELL_MS)
      .slice(-KEPT_MAX)
  } catch {
    return []
  }
}

/** Puts a hold in, or its newer record in its place. Pure. */
export function keep(holds: readonly KeptHold[], hold: KeptHold): readonly KeptHold[] {
  return [...holds.filter((one) => one.id !== hold.id), hold].slice(-KEPT_MAX)
}

function isKept(value: unknown): value is KeptHold {
  if (typeof value !== 'object' || value === null) return false
  const { id, wineId, lifeSeconds, expiresAt, expectedAt = '' } = value as Record<string, unknown>
  return (
    typeof id === 'string' &&
    typeof wineId === 'string' &&
    typeof lifeSeconds === 'number' &&
    typeof expiresAt === 'number' &&
    typeof expectedAt === 'string'
  )
}
