import type pg from 'pg'
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTVerifyGetKey,
} from 'jose'
import { every } from '../../platform/loop.ts'
import { must } from '../../platform/must.ts'

/** Small keys, quick to sign with, and known to every library. */
export const SIGNING_ALGORITHM = 'ES256'
/** Another key is known to every process after about a second; one that is shown before that is looked for at once. */
const LOOK_EVERY_MS = 1_000
/** Nobody can make us ask the database more often by making up keys. */
const LOOK_AGAIN_MS = 200
/** Longer than the longest token lives, which is a day. */
const RETIRED_KEPT_H = 25
/** Any number, the same in all processes. */
const MAKING_LOCK = 7_262_022

/** A key with its private part. */
export type SigningKey = JWK & { readonly kid: string }

/** The keys of the installation as this process knows them. */
export interface SigningKeys {
  /** the newest, which signs, first; then those whose tokens may still be shown */
  all(): readonly SigningKey[]
  /** Finds the key that a token names. */
  readonly verify: JWTVerifyGetKey
  /** Resolves when the loop has ended. */
  readonly done: Promise<void>
}

/** Keys by age, the newest first. Makes the first one where there is none. */
export async function readSigningKeys(pool: pg.Pool): Promise<SigningKey[]> {
  const found = await selectKeys(pool)
  if (found.length > 0) return found
  await inOneTransaction(pool, async (client) => {
    if ((await selectKeys(client)).length === 0) await insertKey(client)
  })
  return selectKeys(pool)
}

/** Makes another key, which signs from now on. Those before it are believed until their tokens have ended. Answers its name. */
export function rotateSigningKeys(pool: pg.Pool): Promise<string> {
  return inOneTransaction(pool, async (client) => {
    await client.query(
      'delete from access.signing_keys where retired_at < clock_timestamp() - make_interval(hours => $1)',
      [RETIRED_KEPT_H],
    )
    await client.query('update access.signing_keys set retired_at = clock_timestamp() where retired_at is null')
    return insertKey(client)
  })
}

/**
 * Follows which keys there are.
 *
 * @param onChanged told when there are others than before
 */
export async function followSigningKeys(
  pool: pg.Pool,
  options: { signal: AbortSignal; onError: (error: unknown) => void; nowMs: () => number; onChanged: () => void },
): Promise<SigningKeys> {
  let keys = await readSigningKeys(pool)
  let published = publish(keys)
  let lookedAtMs = options.nowMs()
  const look = async () => {
    lookedAtMs = options.nowMs()
    const found = await selectKeys(pool)
    if (namesOf(found) === namesOf(keys)) return
    keys = found
    published = publish(keys)
    options.onChanged()
  }
  return {
    all: () => keys,
    verify: async (header, token) => {
      const isKnown = keys.some(({ kid }) => kid === header?.kid)
      if (!isKnown && options.nowMs() - lookedAtMs > LOOK_AGAIN_MS) await look()
      return published(header, token)
    },
    done: every(LOOK_EVERY_MS, look, options),
  }
}

const namesOf = (keys: readonly SigningKey[]) => keys.map(({ kid }) => kid).join()

/** Without their private parts. */
const publish = (keys: readonly SigningKey[]): JWTVerifyGetKey =>
  createLocalJWKSet({ keys: keys.map(({ d: _private, ...key }) => key) })

async function selectKeys(client: pg.Pool | pg.ClientBase): Promise<SigningKey[]> {
  const { rows } = await client.query<{ jwk: SigningKey }>(
    `select jwk from access.signing_keys
      where retired_at is null or retired_at > clock_timestamp() - make_interval(hours => $1)
      order by (retired_at is null) desc, made_at desc, kid`,
    [RETIRED_KEPT_H],
  )
  return rows.map(({ jwk }) => jwk)
}

async function insertKey(client: pg.ClientBase): Promise<string> {
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true })
  const jwk = await exportJWK(privateKey)
  const kid = await calculateJwkThumbprint(jwk)
  const kept: SigningKey = { ...jwk, kid, use: 'sig', alg: SIGNING_ALGORITHM }
  const { rows } = await client.query<{ kid: string }>(
    'insert into access.signing_keys (kid, jwk) values ($1, $2) returning kid',
    [kid, JSON.stringify(kept)],
  )
  return must(rows[0], 'the key that was just made').kid
}

/** One process makes keys at a time. */
async function inOneTransaction<T>(pool: pg.Pool, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let failed: Error | undefined
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [MAKING_LOCK])
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    failed = error as Error
    throw error
  } finally {
    // A transaction that failed ends with its connection.
    client.release(failed)
  }
}
