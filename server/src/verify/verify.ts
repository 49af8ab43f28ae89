import type pg from 'pg'
import { connect } from '../platform/postgres/database.ts'
import { must } from '../platform/must.ts'
import { runCheck, type Check, type Finding } from './check.ts'
import { commitmentChecks } from './commitments.ts'
import { countChecks } from './counts.ts'
import { documentChecks } from './documents.ts'
import { orderChecks } from './orders.ts'
import { holdChecks } from './holds.ts'
import { journalChecks } from './journal.ts'
import { levelChecks } from './levels.ts'
import { logChecks } from './log-rows.ts'
import { parcelChecks } from './parcels.ts'
import { openBottleChecks } from './open-bottles.ts'
import { priceChecks } from './prices.ts'

// The module's door. It reads every schema, as an auditor must, and writes nothing.

export type { Finding } from './check.ts'

/** What `verify` found. */
export interface Verdict {
  /** Whether nothing at all offends. */
  readonly ok: boolean
  /** The number of the newest position of the snapshot that was looked at. */
  readonly position: number
  readonly checks: readonly Finding[]
}

const checks: readonly Check[] = [
  ...levelChecks,
  ...countChecks,
  ...holdChecks,
  ...commitmentChecks,
  ...documentChecks,
  ...orderChecks,
  ...parcelChecks,
  ...openBottleChecks,
  ...journalChecks,
  ...priceChecks,
  ...logChecks,
]

/**
 * Proves on a live system that the books balance: everything is read from one snapshot, which stops no writer and is changed by none. Takes some
 * seconds for a million journal entries; all the work is PostgreSQL's, and little of it is held in memory.
 *
 * @param options.say is told of each check as it ends, and of its offending rows, one line at a time
 * @param options.signal cancels the query under way; then it rejects
 */
export async function verify(
  url: string,
  options: { say?: (line: string) => void; signal?: AbortSignal } = {},
): Promise<Verdict> {
  const client = await connect(url, {
    applicationName: 'cellarhand verify',
    statementTimeoutMs: 0,
    // A process that is stopped here must not keep the database from clearing dead rows for ever.
    idleInTransactionTimeoutMs: 60_000,
  })
  const cancelled = options.signal && cancelOn(options.signal, client, url)
  try {
    options.signal?.throwIfAborted()
    await client.query('begin transaction isolation level repeatable read read only')
    return await runChecks(client, options.say)
  } finally {
    await cancelled?.()
    await client.end().catch(() => {})
  }
}

/** A query cannot be taken back on its own connection: another one asks for it. Returns how to stop listening. */
function cancelOn(signal: AbortSignal, client: pg.Client, url: string): () => Promise<void> {
  const { processID } = client as pg.Client & { processID: number }
  let asked: Promise<void> | undefined
  async function ask(): Promise<void> {
    const other = await connect(url, { applicationName: 'cellarhand verify' })
    await other.query('select pg_cancel_backend($1)', [processID]).finally(() => other.end())
  }
  const onAbort = () => (asked = ask().catch(() => {}))
  signal.addEventListener('abort', onAbort, { once: true })
  return async () => {
    signal.removeEventListener('abort', onAbort)
    await asked
  }
}

/**
 * Every check, over the snapshot of the transaction that is open on `client`.
 *
 * @param say see `verify`
 */
export async function runChecks(client: pg.ClientBase, say: (line: string) => void = () => {}): Promise<Verdict> {
  // Whole tables are joined: a nested loop, chosen for a table without statistics, would take hours.
  await client.query(`set local work_mem = '64MB'; set local jit = off; set local enable_nestloop = off`)
  const { rows } = await client.query<{ head: number }>('select log.head() as head')
  const findings: Finding[] = []
  for (const check of checks) {
    const finding = await runCheck(client, check)
    findings.push(finding)
    tell(finding, say)
  }
  const ok = findings.every((finding) => finding.total === 0)
  return { ok, position: must(rows[0], 'the head of the log').head, checks: findings }
}

function tell({ name, checked, offending, total }: Finding, say: (line: string) => void): void {
  const looked = `${checked.toLocaleString('en')} looked at`
  if (total === 0) return say(`ok     ${name} (${looked})`)
  say(
    `WRONG  ${name} (${looked}, ${total.toLocaleString('en')} wrong${total > offending.length ? ', the first' : ''}):`,
  )
  for (const row of offending) say(`         ${JSON.stringify(row)}`)
}
