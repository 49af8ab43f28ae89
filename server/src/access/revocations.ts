import type pg from 'pg'
import { every } from '../platform/loop.ts'
import type { Caller } from './caller.ts'

/** What was revoked is known to every process after about a second: well within the five in which a follower loses its topics. */
const LOOK_EVERY_MS = 1_000
/** Whatever was given before lives no longer than this without being looked up again: longer than the longest token. */
const KEPT_DAYS = 8

/** What counts no more, as far as this process has heard. */
export interface Revocations {
  isRevoked(caller: Caller): boolean
  /** Resolves when the loop has ended. */
  readonly done: Promise<void>
}

/**
 * Follows what is revoked, from the beginning of what is kept.
 *
 * @param onRevoked told of each subject, session or grant as it is heard of: what is remembered of it is to be forgotten
 */
export async function followRevocations(
  pool: pg.Pool,
  options: { signal: AbortSignal; onError: (error: unknown) => void; onRevoked: (what: string) => void },
): Promise<Revocations> {
  const before = new Map<string, number>()
  let last = 0
  const look = async () => {
    // Rows become visible out of the order of their numbers: those of the last moment are read again.
    const { rows } = await pool.query<{ id: number; what: string; before: Date }>(
      `select id, what, before from access.revocations where before > clock_timestamp() - make_interval(days => $1)
        and (id > $2 or before > clock_timestamp() - interval '30 s') order by id`,
      [KEPT_DAYS, last],
    )
    for (const row of rows) {
      last = Math.max(last, row.id)
      if ((before.get(row.what) ?? 0) >= row.before.getTime()) continue
      before.set(row.what, row.before.getTime())
      options.onRevoked(row.what)
    }
  }
  await look()
  const counts = (what: string, { issuedAtMs }: Caller) => issuedAtMs <= (before.get(what) ?? -1)
  return {
    isRevoked: (caller) =>
      before.size > 0 && (counts(caller.subject, caller) || caller.revokedWith.some((what) => counts(what, caller))),
    done: every(LOOK_EVERY_MS, look, options),
  }
}

/** Revokes what was given to a subject, a session or a grant until now; and forgets what is too old to matter. */
export async function revoke(client: pg.Pool | pg.ClientBase, what: string): Promise<void> {
  await client.query('insert into access.revocations (what) values ($1)', [what])
  await client.query(`delete from access.revocations where before < clock_timestamp() - make_interval(days => $1)`, [
    KEPT_DAYS * 2,
  ])
}
