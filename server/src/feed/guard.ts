import type { Topic } from './topic.ts'

/** What a client may follow, and until when. */
export interface Permit {
  readonly may: (topic: Topic) => boolean
  /** undefined: for as long as it likes */
  readonly expiresAtMs: number | undefined
}

/** Looks at tokens; undefined: this one is not taken. Who shows none is a guest. */
export type Guard = (token: string | undefined) => Permit | undefined

/** Lets everybody follow everything. */
export const openGuard: Guard = () => ({ may: () => true, expiresAtMs: undefined })
