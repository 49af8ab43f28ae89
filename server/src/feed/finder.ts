import type { Followed } from './follow.ts'
import type { SetItems } from './set-items.ts'
import type { Topic } from './topic.ts'

/** Asks what a wine or a search holds. */
export interface Finder {
  /** What is wrong with a search, in a sentence. */
  refuse(query: string, channel: string): string | undefined
  /** SKUs of a wine; none where there is no such wine. */
  wine(id: string): Promise<readonly string[]>
  /** SKUs that a search finds, the best first. */
  search(query: string, channel: string): Promise<readonly string[]>
}

/** A topic whose SKUs have to be asked for, and what is to happen when they are there. */
export interface Finding {
  readonly followed: Followed
  readonly items: SetItems
  readonly topic: Topic & { readonly kind: 'wine' | 'search' }
  readonly waiting: Set<() => void>
  asking: boolean
  /** something has changed since it was last asked for */
  again: boolean
}
