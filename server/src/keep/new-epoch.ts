import type pg from 'pg'
import { brand } from '@cellarhand/protocol/brand'
import { renewEpoch, storedEpoch } from '../log/log.ts'
import { connect } from '../platform/postgres/database.ts'
import { appliedMigrations, lockMigrations } from '../platform/postgres/migrate.ts'
import { SetupError } from '../platform/setup-error.ts'

/**
 * Begins a new epoch of the log by hand, for who has put a copy of the database's files back: PostgreSQL cannot tell it from the original, so the epoch
 * does not renew itself. Nothing else changes.
 *
 * @throws SetupError where a server is connected, as it would go on with the old epoch; or where there is no log yet
 */
export async function beginNewEpoch(url: string, say: (line: string) => void): Promise<string> {
  const client = await connect(url, { applicationName: `${brand.name} restore` })
  try {
    // Servers that start meanwhile wait here.
    await lockMigrations(client, say)
    if ((await appliedMigrations(client)).length === 0)
      throw new SetupError('There is no log here yet: the database was never set up.')
    await assertAlone(client)
    const before = await storedEpoch(client)
    const epoch = await renewEpoch(client)
    say(`The log goes on in a new epoch, ${epoch}; it was ${before ?? 'none'}. Who comes back is sent a snapshot.`)
    return epoch
  } finally {
    await client.end().catch(() => {})
  }
}

async function assertAlone(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string; processes: number }>(
    `select application_name as name, count(*) as processes from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and starts_with(application_name, $1)
        and application_name not in ($1 || 'migrate', $1 || 'start', $1 || 'command')
      group by 1 order by 1`,
    [`${brand.name} `],
  )
  if (rows.length === 0) return
  const who = rows.map(({ name, processes }) => `${name} (${processes})`).join(', ')
  throw new SetupError(
    `Others are connected to the database, and would go on in the old epoch: ${who}. Stop them first.`,
  )
}
