import type { ViolationKind } from './history.ts'

/** What is wrong with an act at its place. */
export interface Fault {
  readonly kind: ViolationKind
  readonly what: string
}

/** Whether an answer names the holds that the rules revoke. */
export function sameRevoked(revoked: readonly string[], told: readonly string[] | undefined): Fault | undefined {
  if (told === undefined) return undefined
  const [ours, theirs] = [new Set(revoked), new Set(told)]
  const same = ours.size === theirs.size && [...ours].every((id) => theirs.has(id))
  const what = () =>
    `revoked ${[...theirs].join(', ') || 'nothing'}, where the rules revoke ${[...ours].join(', ') || 'nothing'}`
  return same ? undefined : { kind: 'wrong-answer', what: what() }
}
