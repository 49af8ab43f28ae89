import type { TrailPart } from './finder.ts'

export interface EntryLimits {
  /** characters of entries that are kept for those who are about to be sent them: who is further behind reads them from the database */
  readonly keptMax: number
  /** characters of one frame, or those of one transaction where these are more */
  readonly frameMax: number
  /** parts that were read for somebody and are not sent yet */
  readonly partsMax: number
}

const entryLimits: EntryLimits = { keptMax: 2_000_000, frameMax: 50_000, partsMax: 64 }

/** Entries that follow one another, and up to which position these are all. */
export interface EntriesPage {
  readonly texts: readonly string[]
  readonly to: number
  /** whether more is known already */
  readonly more: boolean
}

/**
 * Journal entries, by the positions at which they became visible. They never change, and each of them is sent: who is behind goes through them in their
 * order, so that a position says all there is to say of where it is.
 */
export interface EntryItems {
  readonly type: 'entries'
  /** Entries of a position that came last, as JSON. */
  text(position: number): string
  /** Up to here it is known what came. */
  knownTo(): number
  horizon(): number
  /** Whether all that comes behind a position is at hand. */
  reachesTo(position: number): boolean
  /** What comes behind a position; undefined where that has to be read first. */
  behind(position: number): EntriesPage | undefined
  /** Adds what came last. Answers its positions. */
  add(part: TrailPart): readonly number[]
  /** Holds what was read for whoever is behind at that position. */
  hold(position: number, part: TrailPart): void
  /** Holds nothing, and goes on behind a position. */
  restart(position: number): void
  /** A cursor of before this has expired. */
  beginFrom(position: number): void
}

interface Kept {
  readonly limits: EntryLimits
  /** of each position its entries: all behind `from` and up to `to` */
  readonly texts: Map<number, string>
  readonly parts: Map<number, TrailPart>
  chars: number
  from: number
  to: number
  horizon: number
}

/** Entries behind a position. */
export function entryItems(position: number, limits = entryLimits): EntryItems {
  const kept: Kept = { limits, texts: new Map(), parts: new Map(), chars: 0, from: position, to: position, horizon: 0 }
  return {
    type: 'entries',
    text: (key) => kept.texts.get(key) ?? '',
    knownTo: () => kept.to,
    horizon: () => kept.horizon,
    beginFrom: (horizon) => void (kept.horizon = horizon),
    reachesTo: (since) => since >= kept.from,
    behind: (since) => (since >= kept.from ? newest(kept, since) : taken(kept, since)),
    add: (part) => add(kept, part),
    hold(since, part) {
      kept.parts.set(since, part)
      const [oldest] = kept.parts.keys()
      if (kept.parts.size > limits.partsMax && oldest !== undefined) kept.parts.delete(oldest)
    },
    restart(at) {
      kept.texts.clear()
      kept.parts.clear()
      Object.assign(kept, { chars: 0, from: at, to: at, horizon: 0 })
    },
  }
}

function newest({ limits, texts, to }: Kept, since: number): EntriesPage {
  const page: string[] = []
  let chars = 0
  let last = since
  for (const [position, text] of texts) {
    if (position <= since) continue
    if (chars > limits.frameMax) return { texts: page, to: last, more: true }
    page.push(text)
    chars += text.length
    last = position
  }
  return { texts: page, to: Math.max(since, to), more: false }
}

/** It is held for one, and nobody else is just there. */
function taken({ parts }: Kept, since: number): EntriesPage | undefined {
  const part = parts.get(since)
  parts.delete(since)
  return part && { texts: part.steps.map(({ text }) => text), to: part.to, more: true }
}

function add(kept: Kept, { steps, to }: TrailPart): number[] {
  for (const { position, text } of steps) {
    kept.texts.set(position, text)
    kept.chars += text.length
  }
  kept.to = to
  for (const [position, text] of kept.texts) {
    if (kept.chars <= kept.limits.keptMax) break
    kept.texts.delete(position)
    kept.chars -= text.length
    kept.from = position
  }
  return steps.map(({ position }) => position)
}
