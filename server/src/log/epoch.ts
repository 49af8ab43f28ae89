import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { must } from '../platform/must.ts'

/** Where in the log something was decided or read: an incarnation of the log, and a number in it. */
export interface PositionParts {
  readonly epoch: string
  readonly number: number
}

const positionPattern = /^([a-z0-9]{6,32})\.([0-9]{1,16})$/

/** A position as it crosses the wire: `epoch.number`. */
export function formatPosition(epoch: string, number: number): string {
  return `${epoch}.${number}`
}

/** The parts of `epoch.number`, or undefined for any other text. */
export function parsePosition(text: string): PositionParts | undefined {
  const found = positionPattern.exec(text)
  if (found === null) return undefined
  const number = Number(found[2])
  return Number.isSafeInteger(number) ? { epoch: must(found[1], 'an epoch in a position'), number } : undefined
}

const epochAlphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** A random name for an epoch: 8 letters and digits, enough to tell the few incarnations of a log apart. */
function newEpochId(): string {
  return Array.from(randomBytes(8), (byte) => epochAlphabet[byte % epochAlphabet.length]).join('')
}

/**
 * What a database's log is bound to. The timeline is read from the name of the segment now written to: the control file's is from the last
 * checkpoint, and still the old one just after a promotion.
 */
const readBindingSql = `
  select c.system_identifier::text || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || '/' || d.oid::text as binding,
         (select e.id from log.epoch e
           where e.bound_to = c.system_identifier::text || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || '/' || d.oid::text) as epoch
  from pg_control_system() c, pg_database d where d.datname = current_database()`

/** The row's lock is the only one needed: who comes second waits for the first, finds the binding right, and writes nothing. */
const bindSql = `
  insert into log.epoch (id, bound_to) values ($1, $2)
  on conflict (single) do update set id = excluded.id, bound_to = excluded.bound_to, since = clock_timestamp()
  where log.epoch.bound_to <> excluded.bound_to`

/**
 * The epoch of the log behind this connection. An epoch belongs to one system identifier, timeline and database; after a promotion or a restore the
 * stored one does not fit, and a new one begins. To be called on every new connection, outside a transaction, by all that write to the log or
 * follow it. Rejects on a standby, which cannot say what it will be.
 *
 * @param options.newId the name of a new epoch, [a-z0-9]{8}
 */
export async function readEpoch(client: pg.ClientBase, options: { newId?: () => string } = {}): Promise<string> {
  const newId = options.newId ?? newEpochId
  for (let attempt = 0; attempt < readAttempts; attempt++) {
    const { rows } = await client.query<{ binding: string; epoch: string | null }>(readBindingSql)
    const row = must(rows[0], 'the row of this database')
    if (row.epoch !== null) return row.epoch
    await client.query(bindSql, [newId(), row.binding])
  }
  throw new Error('the epoch of the log changed each time it was read')
}

/**
 * Begins a new epoch, whether or not the database became another: for who has put an earlier state of it in place in a way that it cannot know of.
 * Clients that come back with a cursor of before are sent a snapshot. A process that is connected goes on with the epoch it knows, so there must be none.
 * May be called in a transaction.
 *
 * @returns the new epoch
 */
export async function renewEpoch(client: pg.ClientBase, options: { newId?: () => string } = {}): Promise<string> {
  const id = (options.newId ?? newEpochId)()
  const { rows } = await client.query<{ binding: string }>(readBindingSql)
  await client.query(renewSql, [id, must(rows[0], 'the row of this database').binding])
  return id
}

// A new secret too: a copy has that of its original, and somebody may know the one of before.
const renewSql = `
  insert into log.epoch (id, bound_to) values ($1, $2)
  on conflict (single) do update set id = excluded.id, bound_to = excluded.bound_to, since = clock_timestamp(), secret = default`

/** The epoch as it is stored, whether or not it still fits the database; undefined before the first. Writes nothing, so a standby can say it too. */
export async function storedEpoch(client: pg.ClientBase): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>('select id from log.epoch')
  return rows[0]?.id
}

/**
 * What processes of this database seal what they tell one another with. Who can read the log knows it, and nobody else.
 */
export async function readSecret(pool: pg.Pool): Promise<string> {
  const client = await pool.connect()
  try {
    // Where there is no epoch yet, there is no secret.
    await readEpoch(client)
    const { rows } = await client.query<{ secret: string }>('select secret from log.epoch')
    return must(rows[0], 'the row of the epoch').secret
  } finally {
    client.release()
  }
}

/** Once to find none, once to read what was written by us or another; the rest for a promotion in between. */
const readAttempts = 5
