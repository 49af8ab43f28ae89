import type { Line } from './feed.ts'

/** How long the feed may be away before one is told, ms: a quick restart is no news. */
const PATIENCE_MS = 5_000

export interface LiveWords {
  readonly tone: 'live' | 'waiting' | 'stale'
  readonly text: string
  /** How old the counts are, '' when they are live. */
  readonly age: string
}

/** What is said of the line: after five seconds without it, that it is being mended and how old the counts are. Pure. */
export function liveWords(line: Line, now: number): LiveWords {
  if (line.state === 'live') return { tone: 'live', text: 'Live', age: '' }
  // There is nothing on the page that could be old.
  if (line.state === 'quiet') return { tone: 'waiting', text: '', age: '' }
  const away = now - line.since
  if (away < PATIENCE_MS) return { tone: 'waiting', text: line.hasCounts ? 'Live' : 'Connecting', age: '' }
  const age = line.hasCounts ? `counts ${ageWords(away)} old` : 'no counts yet'
  return { tone: 'stale', text: 'Reconnecting', age }
}

function ageWords(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  if (seconds < 60) return `${seconds} s`
  return seconds < 3_600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3_600)} h`
}
