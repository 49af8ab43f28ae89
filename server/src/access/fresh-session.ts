import type pg from 'pg'
import type { Freshened } from './page-sign-in.ts'
import { revoke } from './revocations.ts'
import { claimFreshening, endSession, freshenSession, readSession, type Session } from './sessions.ts'

/** Who asks the issuer has so long for it; nobody else asks meanwhile, in no process. */
const CLAIMED_S = 20

interface Door {
  readonly nowMs: () => number
  /** asks the issuer */
  readonly freshen: (session: Session) => Promise<Freshened>
}

/**
 * Sessions whose issuer is asked again when its word has become old: roles may have changed, and whoever has no account there any more has none here. Requests that come at once ask once:
 * a refresh token that is shown twice ends what it stands for.
 */
export function freshSessions(pool: pg.Pool, door: Door): (token: string) => Promise<Session | undefined> {
  const asking = new Map<string, Promise<Session | undefined>>()
  let answers = 0
  async function fresh(token: string): Promise<Session | undefined> {
    const before = answers
    const session = asking.has(token) ? undefined : await readSession(pool, token)
    const asked = asking.get(token)
    if (asked) return asked
    // What was read may be of before an answer that has come since.
    if (answers !== before) return fresh(token)
    if (!session || session.freshUntilMs > door.nowMs()) return session
    const answer = freshen(pool, token, session, door).finally(() => {
      answers += 1
      asking.delete(token)
    })
    asking.set(token, answer)
    return answer
  }
  return fresh
}

async function freshen(pool: pg.Pool, token: string, session: Session, door: Door): Promise<Session | undefined> {
  // Somebody was quicker: done, it is what they were told; and while another process is at it, what was.
  if (!(await claimFreshening(pool, token, session.freshUntilMs, CLAIMED_S))) return readSession(pool, token)
  const told = await door.freshen(session)
  switch (told.kind) {
    case 'fresh':
      await freshenSession(pool, token, told.signedIn)
      return readSession(pool, token)
    case 'ended':
      await endSession(pool, token)
      for (const what of session.caller.revokedWith) await revoke(pool, what)
      return undefined
    case 'unheard':
      // It is asked again when the claim has ended, and has the last word for as long as the session lives.
      return session
  }
}
