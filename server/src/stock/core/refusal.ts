import type { ProblemSlug } from '@cellarhand/protocol/problem'

/** Why a request was refused: a value, not an exception. `slug` tells the kinds apart and is the problem's type on the wire. */
export interface Refusal {
  readonly slug: ProblemSlug
  /** A sentence for a person. */
  readonly detail: string
  /** Further members of the problem document, such as what is available now. */
  readonly members?: Readonly<Record<string, unknown>>
}
