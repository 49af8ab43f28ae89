/** What was looked up lately, by its name: the least lately used go first. */
export interface Recent<T> {
  get(name: string): T | undefined
  set(name: string, value: T): void
  delete(name: string): void
  clear(): void
}

/** @param most entries that are kept */
export function createRecent<T>(most: number): Recent<T> {
  const kept = new Map<string, T>()
  return {
    get(name) {
      const value = kept.get(name)
      if (value === undefined) return undefined
      kept.delete(name)
      kept.set(name, value)
      return value
    },
    set(name, value) {
      kept.delete(name)
      kept.set(name, value)
      if (kept.size <= most) return
      for (const oldest of kept.keys()) return void kept.delete(oldest)
    },
    delete: (name) => void kept.delete(name),
    clear: () => kept.clear(),
  }
}
