import type pg from 'pg'
import type { Adapter, AdapterPayload, errors } from 'oidc-provider'
import { revoke } from '../revocations.ts'

/** What ends with a grant. Sessions and interactions name one, and go on without it. */
const ofGrants = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken'])
/** What has ended is of use to nobody; it is taken away when somebody next begins to sign in. */
const TIDY_MOST = 1_000

interface Door {
  readonly pool: pg.Pool
  readonly InvalidGrant: typeof errors.InvalidGrant
}

/** Where the library keeps what it remembers of one model: in PostgreSQL, so that every process may be asked next. */
export function adapterOf(model: string, { pool, InvalidGrant }: Door): Adapter {
  return {
    async upsert(id, payload, expiresInS) {
      if (model === 'Interaction') await tidy(pool)
      await pool.query(
        `insert into access.issued (model, id, payload, grant_id, uid, expires_at)
         values ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => $6))
         on conflict (model, id) do update set payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid, expires_at = excluded.expires_at`,
        [
          model,
          id,
          JSON.stringify(payload),
          ofGrants.has(model) ? (payload.grantId ?? null) : null,
          payload.uid ?? null,
          expiresInS ?? null,
        ],
      )
    },
    find: (id) => findBy(pool, model, 'id', id),
    findByUid: (uid) => findBy(pool, model, 'uid', uid),
    // Nothing that is switched on has codes for people to type.
    findByUserCode: async () => undefined,
    async consume(id) {
      const { rowCount } = await pool.query(
        'update access.issued set consumed_at = clock_timestamp() where model = $1 and id = $2 and consumed_at is null',
        [model, id],
      )
      // Shown twice at once, it counts once: whoever comes second finds it used.
      if (rowCount !== 1) throw new InvalidGrant('it was used already')
    },
    async destroy(id) {
      await pool.query('delete from access.issued where model = $1 and id = $2', [model, id])
      if (model === 'Grant') await revoke(pool, `grant:${id}`)
    },
    async revokeByGrantId(grantId) {
      await pool.query('delete from access.issued where grant_id = $1', [grantId])
    },
  }
}

async function findBy(
  pool: pg.Pool,
  model: string,
  column: 'id' | 'uid',
  value: string,
): Promise<AdapterPayload | undefined> {
  const { rows } = await pool.query<{ payload: AdapterPayload; consumed_at: Date | null }>(
    `select payload, consumed_at from access.issued
      where model = $1 and ${column} = $2 and (expires_at is null or expires_at > clock_timestamp())`,
    [model, value],
  )
  const [row] = rows
  if (!row) return undefined
  const { payload, consumed_at: at } = row
  return at === null ? payload : { ...payload, consumed: Math.floor(at.getTime() / 1_000) }
}

async function tidy(pool: pg.Pool): Promise<void> {
  await pool.query(
    `delete from access.issued where (model, id) in
       (select model, id from access.issued where expires_at < clock_timestamp() limit $1 for update skip locked)`,
    [TIDY_MOST],
  )
}

/**
 * Ends all that the issuer has given to somebody: its sessions of browsers, grants and refresh tokens. Their access tokens count no more either, within about a second.
 * For whoever changes a password, or takes an account away.
 */
export async function endGrantsOf(client: pg.Pool | pg.ClientBase, userId: string): Promise<void> {
  await client.query(`delete from access.issued where payload->>'accountId' = $1`, [userId])
  await revoke(client, `user:${userId}`)
}
