import type { Items } from './items.ts'
import type { Topic } from './topic.ts'
import type { Followed } from './kept.ts'

/** Asks what is not in the replica. */
export interface Finder {
  /** What is wrong with a search, in a sentence. */
  refuse(query: string, channel: string): string | undefined
  /** SKUs of a wine; none where there is no such wine. */
  wine(id: string): Promise<readonly string[]>
  /** SKUs that a search finds, the best first. */
  search(query: string, channel: string): Promise<readonly string[]>
  /** A hold as it is now, as JSON with its position; that it is gone where there is none. */
  hold(id: string): Promise<string>
  /** Journal entries that became visible behind position `after` and up to `to`, or the first of them. */
  entries(after: number, to: number): Promise<TrailPart>
  /** The position behind which entries can still be told. */
  entriesFrom(): Promise<number>
}

/** Entries of the positions that have some, as JSON with commas between; these are all up to `to`. */
export interface TrailPart {
  readonly steps: readonly { readonly position: number; readonly text: string }[]
  readonly to: number
}

/** What is found, as a topic holds it. */
export interface FoundItems extends Items {
  /** Has it been found? */
  isLoaded(): boolean
  /** SKUs of which it holds the offers */
  members(): ReadonlySet<string>
  /**
   * Takes over what there is from a position on. Answers keys of what came, left or changed.
   *
   * @param at the position, above all that followers have been told of
   */
  replace(found: readonly string[], at: number): readonly number[]
  /** Positions mean nothing any more: nobody came or left. */
  forgetPositions(): void
}

/** A topic of which only the database knows what it holds. */
export type FoundTopic = Extract<Topic, { kind: 'wine' | 'search' | 'hold' }>

export const isFound = (topic: Topic): topic is FoundTopic =>
  topic.kind === 'wine' || topic.kind === 'search' || topic.kind === 'hold'

/** A topic that has to be asked for, and what is to happen when it is there. */
export interface Finding {
  readonly followed: Followed
  readonly items: FoundItems
  readonly topic: FoundTopic
  readonly waiting: Set<() => void>
  asking: boolean
  /** something has changed since it was last asked for */
  again: boolean
}
