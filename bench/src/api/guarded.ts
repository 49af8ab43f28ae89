import { execFileSync } from 'node:child_process'
import { brand } from '@cellarhand/protocol/brand'
import { receivePlenty } from '../cellar/api.ts'
import { makeCellar, postgresVersion } from '../cellar/cellar.ts'
import { program, startGateway, startServer } from '../cellar/server.ts'
import { holdRequests, only, skuCode } from '../load/request.ts'
import { rowsOf, runRounds } from '../load/rounds.ts'
import { atLeast, machineFacts } from '../report/report.ts'
import type { Outcome, Scenario, Stage } from '../scenarios/scenario.ts'

/** The one that is held; there are as few others as make no difference. */
const skus = 10

/** Holds by a service with a signed token, beside the same holds of nobody in particular. */
export const guarded: Scenario = {
  summary: 'holds a second that are signed, authorised and counted, beside the same where it does not matter who asks',
  seconds: 5,
  run: runGuarded,
}

/** An access token of the role `machine`, as a script gets one. */
function tokenFor(port: number, databaseUrl: string): string {
  const args = ['token', '--role', 'machine', '--ttl', '4h', '--port', String(port), '--database-url', databaseUrl]
  const env = { PATH: process.env.PATH, HOME: process.env.HOME }
  return execFileSync(process.execPath, [program, ...args], { env })
    .toString()
    .trim()
}

async function runGuarded({ options, cleanup, say }: Stage): Promise<Outcome> {
  const dataDir = await makeCellar(cleanup, say, { skus })
  const open = await startServer(dataDir, cleanup)
  await receivePlenty(open.port, skuCode(0))
  const asking = await startGateway(open.databaseUrl, cleanup, { [`${brand.envPrefix}AUTH`]: 'on' })
  const authorization = `Bearer ${tokenFor(asking.port, open.databaseUrl)}`
  const measured = await runRounds(
    [
      {
        name: 'holds of nobody in particular',
        target: { port: open.port, requests: (at) => holdRequests(at, only(0)), status: 201 },
        serverPids: () => [open.pid],
      },
      {
        name: 'holds by a signed token',
        target: { port: asking.port, requests: (at) => holdRequests(at, only(0), { authorization }), status: 201 },
        serverPids: () => [asking.pid],
      },
    ],
    options,
    say,
  )
  const ratio = (measured[1]?.rate ?? Number.NaN) / (measured[0]?.rate ?? Number.NaN)
  return {
    report: {
      scenario: 'guarded',
      rows: rowsOf(measured),
      ratios: { 'signed / nobody in particular': ratio },
      marks: [atLeast(0.85, 'signed / nobody in particular', ratio)],
    },
    facts: machineFacts(await postgresVersion(open.databaseUrl)),
  }
}
