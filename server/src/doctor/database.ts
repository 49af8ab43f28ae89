import type pg from 'pg'
import { brand } from '@cellarhand/protocol/brand'
import { PARTS_AHEAD, readLogRoom } from '../log/log.ts'
import type { Config } from '../platform/config.ts'
import { redactUrls } from '../platform/setting.ts'
import { findBinaries } from '../platform/postgres/binaries.ts'
import { connect, durabilityProblems } from '../platform/postgres/database.ts'
import { findEmbedded } from '../platform/postgres/embedded.ts'
import { folderAt, hasCluster, readPidFile } from '../platform/postgres/folder.ts'
import { lockOwner } from '../platform/postgres/lock.ts'
import { appliedMigrations, pendingMigrations } from '../platform/postgres/migrate.ts'
import { isPostgresOf } from '../platform/postgres/processes.ts'
import { messageOf, SetupError } from '../platform/setup-error.ts'
import { bad, good, type Finding } from './finding.ts'

/** Whether the programs of the embedded PostgreSQL are there and may be run. */
export function checkBinaries(): Finding {
  try {
    const { postgres, major } = findBinaries()
    return good(`The embedded PostgreSQL ${major} is in ${postgres}.`)
  } catch (error) {
    if (error instanceof SetupError) return bad('The embedded PostgreSQL is not usable.', error.message)
    return bad(`The embedded PostgreSQL is not usable (${messageOf(error)}).`, 'Run `npm install` again.')
  }
}

/** What the embedded PostgreSQL of the data folder does, and where it can be reached if it runs. */
export async function checkEmbedded(
  config: Pick<Config, 'dataDir'>,
): Promise<{ finding: Finding; url: string | undefined }> {
  const folder = folderAt(config.dataDir)
  if (!hasCluster(folder))
    return { finding: good('The embedded database will be made on the first start.'), url: undefined }
  const file = readPidFile(folder)
  const owner = await lockOwner(folder.dataDir)
  if (!file) return { finding: good('The embedded database is stopped.'), url: undefined }
  if (!isPostgresOf(file.pid, folder.cluster)) {
    const what =
      'The embedded database was not stopped in order (a crash, a power cut); the next start recovers it by itself.'
    return { finding: good(what), url: undefined }
  }
  const url = await findEmbedded(config.dataDir).catch(() => undefined)
  if (url === undefined) {
    return {
      finding: bad(
        `The embedded database runs (process ${file.pid}) and does not answer.`,
        `See ${folder.log}. If it recovers from a crash, wait; else \`npm start\` stops it and starts it again.`,
      ),
      url,
    }
  }
  const who = owner
    ? `for the server (process ${owner})`
    : 'without a server, left by one that was killed; the next start takes it over'
  return { finding: good(`The embedded database runs (process ${file.pid}) ${who}.`), url }
}

/** All that can be asked of a database: findings, and its time for the clock's. */
export async function checkDatabase(url: string): Promise<{ findings: Finding[]; nowMs: number | undefined }> {
  const shown = redactUrls(url)
  let client: pg.Client
  try {
    client = await connect(url, { applicationName: `${brand.name} doctor` })
  } catch (error) {
    const advice =
      'Check that it runs, that its address, user and password are right in DATABASE_URL, and that its pg_hba.conf lets you in.'
    const finding = bad(`The database ${shown} cannot be reached: ${redactUrls(describe(error))}.`, advice)
    return { findings: [finding], nowMs: undefined }
  }
  try {
    const findings = [good(`The database ${shown} answers.`)]
    for (const check of [checkDurability, checkExtensions, checkMigrations, checkLogRoom])
      findings.push(...(await check(client)))
    const { rows } = await client.query<{ now: Date }>('select clock_timestamp() as now')
    return { findings, nowMs: rows[0]?.now.getTime() }
  } finally {
    await client.end().catch(() => {})
  }
}

/** Several addresses that all failed are one error with an empty message. */
const describe = (error: unknown): string =>
  error instanceof AggregateError ? error.errors.map(messageOf).join('; ') : messageOf(error)

async function checkDurability(client: pg.Client): Promise<Finding[]> {
  const problems = await durabilityProblems(client)
  if (problems.length === 0)
    return [good('It is of a version that fits and keeps what it confirms through a power cut.')]
  return problems.map((problem) => {
    const colon = problem.lastIndexOf(': ')
    return bad(`${problem.slice(0, colon)}.`, `${problem.charAt(colon + 2).toUpperCase()}${problem.slice(colon + 3)}`)
  })
}

/** What search is made with. */
const neededExtensions = ['pg_trgm', 'unaccent']

async function checkExtensions(client: pg.Client): Promise<Finding[]> {
  const { rows } = await client.query<{ name: string }>(
    'select name from pg_available_extensions where name = any($1)',
    [neededExtensions],
  )
  const missing = neededExtensions.filter((name) => !rows.some((row) => row.name === name))
  if (missing.length === 0) return [good(`The extensions ${neededExtensions.join(' and ')} are there.`)]
  return [
    bad(
      `The database does not offer ${missing.join(' and ')}.`,
      'Install the contributed extensions beside PostgreSQL (Debian: postgresql-contrib), or allow them with your provider.',
    ),
  ]
}

async function checkMigrations(client: pg.Client): Promise<Finding[]> {
  try {
    const pending = await pendingMigrations(client)
    if (pending.length === 0) return [good('Its schema is that of this release.')]
    return [good(`Its schema lacks ${pending.length} steps (from ${pending[0]}); the next start applies them.`)]
  } catch (error) {
    return [bad('Its schema does not fit this release.', messageOf(error))]
  }
}

/** Whether the log can grow: rows that have no partition fail their transaction. Says nothing of a database that was not set up yet. */
async function checkLogRoom(client: pg.Client): Promise<Finding[]> {
  if ((await appliedMigrations(client)).length === 0) return []
  const { ahead, positions } = await readLogRoom(client)
  const room = `room for ${positions.toLocaleString('en')} positions`
  if (ahead >= PARTS_AHEAD) return [good(`The log has ${room}.`)]
  return [
    bad(
      `The log has ${room}, with ${ahead} of ${PARTS_AHEAD} partitions ready ahead: beyond it no write can be taken.`,
      'Start a server, which makes them at its start and once a minute; if one runs, its log says what keeps it from that.',
    ),
  ]
}
