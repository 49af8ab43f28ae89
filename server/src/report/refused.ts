/** Why something about the past cannot be told. The slugs are those of the protocol's problems. */
export interface Refused {
  readonly kind: 'refused'
  readonly slug: 'not-yet' | 'position-unknown' | 'unknown-time-zone' | 'unknown-location'
  /** A sentence for people. */
  readonly detail: string
}

export function refused(slug: Refused['slug'], detail: string): Refused {
  return { kind: 'refused', slug, detail }
}
