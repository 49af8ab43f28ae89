import { startBaseline } from '../baseline/baseline.ts'
import { makeCellar, postgresVersion } from '../cellar/cellar.ts'
import { startServer } from '../cellar/server.ts'
import { anyOf, offerRequests } from '../load/request.ts'
import { rowsOf, runRounds } from '../load/rounds.ts'
import { atLeast, machineFacts } from '../report/report.ts'
import type { Outcome, Scenario, Stage } from './scenario.ts'

/** As many as the largest list of real wines that the project imports. */
const skus = 11_000

/** Offers out of the replica, beside a route that answers a fixed text of the same size. */
export const reads: Scenario = {
  summary: 'offers read a second, beside a no-op route',
  seconds: 5,
  run: runReads,
}

async function runReads({ options, cleanup, say }: Stage): Promise<Outcome> {
  const dataDir = await makeCellar(cleanup, say, { skus })
  const server = await startServer(dataDir, cleanup)
  const noOp = await startBaseline('no-op', server.databaseUrl, cleanup)
  const target = (port: number) => ({ port, requests: (at: number) => offerRequests(at, anyOf(skus)), status: 200 })
  const measured = await runRounds(
    [
      { name: 'no-op route', target: target(noOp.port), serverPids: () => [noOp.pid] },
      { name: 'offer', target: target(server.port), serverPids: () => [server.pid] },
    ],
    options,
    say,
  )
  const version = await postgresVersion(server.databaseUrl)
  const ratio = (measured[1]?.rate ?? Number.NaN) / (measured[0]?.rate ?? Number.NaN)
  return {
    report: {
      scenario: 'reads',
      rows: rowsOf(measured),
      ratios: { 'offer / no-op': ratio },
      marks: [atLeast(0.8, 'offer / no-op', ratio)],
    },
    facts: machineFacts(version),
  }
}
