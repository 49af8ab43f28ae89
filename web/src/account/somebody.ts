import type { Session } from '@cellarhand/protocol/access'
import { ask, type Answer } from '../shell/http.ts'

/** What the server took this reader for when it was last asked. */
let kind: Session['kind'] | undefined

/**
 * Does something that only somebody may do. A stranger becomes a guest first, by a cookie, and once more where that has ended. Whoever had signed in does not become a guest
 * behind their back: they are told, and sign in again.
 */
export async function asSomebody<T>(send: () => Promise<Answer<T>>): Promise<Answer<T>> {
  if (kind === undefined) await begin()
  const answer = await send()
  if (kind !== 'guest' || answer.kind !== 'refused' || answer.problem.status !== 401) return answer
  await begin()
  return send()
}

async function begin(): Promise<void> {
  const answer = await ask<Session>('/v1/session', { method: 'POST' })
  kind = answer.kind === 'ok' ? answer.body.kind : undefined
}
