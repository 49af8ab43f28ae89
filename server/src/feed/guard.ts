import type { Topic } from './topic.ts'

/** What a client may follow, and until when. */
export interface Permit {
  readonly may: (topic: Topic) => boolean
  /** whether a hold of this customer is theirs to follow; undefined: it is nobody's, or not there */
  readonly owns: (customer: string | undefined) => boolean
  /** undefined: for as long as it likes */
  readonly expiresAtMs: number | undefined
  /** who it is, where it is a person: they have so many connections and no more, wherever they come from */
  readonly person?: string | undefined
  /** whether it was withdrawn meanwhile */
  readonly isOver: () => boolean
}

/** Looks at tokens that are shown while connected; undefined: this one is not taken. */
export type Guard = (token: string) => Permit | undefined | Promise<Permit | undefined>

/** Lets everybody follow everything. */
export const openPermit: Permit = {
  may: () => true,
  owns: () => true,
  expiresAtMs: undefined,
  isOver: () => false,
}
