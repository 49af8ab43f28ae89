/** What was computed, as text: with the position it was read at, and what touches it. */
export interface Kept {
  /** the log's number */
  readonly position: number
  readonly madeAtMs: number
  readonly untilMs: number
  readonly topics: readonly string[]
  /** JSON: whoever reads it gets an object of their own, and its size is known */
  readonly text: string
}

/** What is kept in memory, up to so many bytes: what was not asked for longest goes first. */
export interface Memory {
  get(key: string): Kept | undefined
  put(key: string, kept: Kept): void
  drop(key: string): void
  clear(): void
  bytes(): number
}

/** A string's character may take two bytes. */
const bytesOf = (key: string, { text, topics }: Kept): number =>
  2 * (key.length + text.length + topics.reduce((sum, topic) => sum + topic.length, 0)) + 200

export function createMemory(bytesMax: number): Memory {
  // A Map goes through its keys in the order in which they were put.
  const entries = new Map<string, Kept>()
  let bytes = 0
  const drop = (key: string) => {
    const known = entries.get(key)
    if (known && entries.delete(key)) bytes -= bytesOf(key, known)
  }
  return {
    get(key) {
      const found = entries.get(key)
      if (found) {
        entries.delete(key)
        entries.set(key, found)
      }
      return found
    },
    put(key, kept) {
      drop(key)
      if (bytesOf(key, kept) > bytesMax) return
      entries.set(key, kept)
      bytes += bytesOf(key, kept)
      for (const oldest of entries.keys()) {
        if (bytes <= bytesMax) break
        drop(oldest)
      }
    },
    drop,
    clear() {
      entries.clear()
      bytes = 0
    },
    bytes: () => bytes,
  }
}

/** One text of it, for a place that keeps texts. */
export function writeKept({ position, madeAtMs, untilMs, topics, text }: Kept): string {
  return `${JSON.stringify([position, madeAtMs, untilMs, topics])}\n${text}`
}

/** The reverse; undefined for any other text. */
export function readKept(written: string): Kept | undefined {
  const end = written.indexOf('\n')
  try {
    const [position, madeAtMs, untilMs, topics] = JSON.parse(written.slice(0, end)) as [
      number,
      number,
      number,
      string[],
    ]
    return { position, madeAtMs, untilMs, topics, text: written.slice(end + 1) }
  } catch {
    return undefined
  }
}
