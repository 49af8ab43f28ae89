/** The values that were asked for last, at most so many. */
export interface Recent<T> {
  get(key: string): T | undefined
  set(key: string, value: T): void
}

/** A map remembers in which order its keys came: the first is the one that was not asked for the longest. */
export function createRecent<T>(most: number): Recent<T> {
  const kept = new Map<string, T>()
  return {
    get(key) {
      const value = kept.get(key)
      if (value === undefined) return undefined
      kept.delete(key)
      kept.set(key, value)
      return value
    },
    set(key, value) {
      kept.delete(key)
      kept.set(key, value)
      const [oldest] = kept.keys()
      if (kept.size > most && oldest !== undefined) kept.delete(oldest)
    },
  }
}
