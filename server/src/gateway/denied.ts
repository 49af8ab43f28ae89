import type { ProblemSlug } from '@cellarhand/protocol/problem'

/** Why somebody may not. */
export interface Denied {
  readonly denied: Extract<ProblemSlug, 'unauthenticated' | 'forbidden' | 'not-found'>
  readonly detail: string
}

export const isDenied = (value: object): value is Denied => 'denied' in value
