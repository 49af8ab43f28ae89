import pg from 'pg'
import { receivePlenty } from '../cellar/api.ts'
import { makeCellar, postgresVersion } from '../cellar/cellar.ts'
import { startServer } from '../cellar/server.ts'
import { holdRequests, only, skuCode } from '../load/request.ts'
import { runRounds } from '../load/rounds.ts'
import { atLeast, machineFacts } from '../report/report.ts'
import type { Outcome, Scenario, Stage } from './scenario.ts'

const skus = 1_000

/** A long report or a backup keeps a snapshot open, and old versions of hot rows cannot be cleared: does the rate stay? */
export const snapshot: Scenario = {
  summary: 'holds a second while a repeatable-read snapshot is open, beside without',
  seconds: 60,
  run: runSnapshot,
}

async function runSnapshot({ options, cleanup, say }: Stage): Promise<Outcome> {
  const dataDir = await makeCellar(cleanup, say, { skus })
  const server = await startServer(dataDir, cleanup)
  await receivePlenty(server.port, skuCode(0))
  const target = { port: server.port, requests: (at: number) => holdRequests(at, only(0)), status: 201 }
  const measured = await runRounds(
    [
      { name: 'without', target },
      { name: 'with an open snapshot', target, around: () => openSnapshot(server.databaseUrl) },
    ],
    options,
    say,
  )
  const version = await postgresVersion(server.databaseUrl)
  const rows = measured.map(({ name, rate, p50Ms, p99Ms, spread }) => ({
    holds: name,
    'a second': rate,
    'p50 ms': p50Ms,
    'p99 ms': p99Ms,
    'spread %': spread * 100,
  }))
  const ratio = (measured[1]?.rate ?? Number.NaN) / (measured[0]?.rate ?? Number.NaN)
  return {
    report: {
      scenario: 'snapshot',
      rows,
      ratios: { 'with / without': ratio },
      marks: [atLeast(0.8, 'with an open snapshot / without', ratio)],
    },
    facts: machineFacts(version),
  }
}

/** Opens a snapshot; what is returned closes it. */
async function openSnapshot(connectionString: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString, application_name: 'bench snapshot' })
  client.on('error', () => {})
  await client.connect()
  await client.query('begin transaction isolation level repeatable read')
  // The snapshot is taken by the first query.
  await client.query('select count(*) from stock.levels')
  return async () => {
    await client.query('commit')
    await client.end()
  }
}
