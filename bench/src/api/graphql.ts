import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brand } from '@cellarhand/protocol/brand'
import { makeCellar, postgresVersion, temporaryFolder } from '../cellar/cellar.ts'
import { startServer } from '../cellar/server.ts'
import { anyOf, offerRequests, registeredRequests } from '../load/request.ts'
import { rowsOf, runRounds } from '../load/rounds.ts'
import { atLeast, machineFacts } from '../report/report.ts'
import type { Outcome, Scenario, Stage } from '../scenarios/scenario.ts'

/** As many as of `reads`. */
const skus = 11_000

/** What `GET /v1/offers/:sku` answers, as an app asks for it by a registered operation. */
const operation = `query Offer($sku: ID!) {
  offer(sku: $sku) {
    sku channel available capped held status expectedAt
    price { amountMinor currency taxIncluded dutyIncluded }
    position
  }
}
`

/** Offers by a registered operation of GraphQL, beside the same offers by REST. */
export const graphql: Scenario = {
  summary: 'offers read a second by GraphQL, beside REST',
  seconds: 5,
  run: runGraphql,
}

async function runGraphql({ options, cleanup, say }: Stage): Promise<Outcome> {
  const dataDir = await makeCellar(cleanup, say, { skus })
  const folder = temporaryFolder('operations', cleanup)
  writeFileSync(join(folder, 'offer.graphql'), operation)
  const env = {
    [`${brand.envPrefix}GRAPHQL`]: 'persisted',
    [`${brand.envPrefix}GRAPHQL_OPERATIONS`]: folder,
  }
  const server = await startServer(dataDir, cleanup, { env })
  const id = createHash('sha256').update(operation).digest('hex')
  const { port, pid } = server
  const serverPids = () => [pid]
  const measured = await runRounds(
    [
      {
        name: 'offer by REST',
        target: { port, requests: (at) => offerRequests(at, anyOf(skus)), status: 200 },
        serverPids,
      },
      {
        name: 'offer by GraphQL',
        target: { port, requests: (at) => registeredRequests(at, id, anyOf(skus)), status: 200 },
        serverPids,
      },
    ],
    options,
    say,
  )
  const ratio = (measured[1]?.rate ?? Number.NaN) / (measured[0]?.rate ?? Number.NaN)
  return {
    report: {
      scenario: 'graphql',
      rows: rowsOf(measured),
      ratios: { 'offer by GraphQL / by REST': ratio },
      marks: [atLeast(0.5, 'offer by GraphQL / by REST', ratio)],
    },
    facts: machineFacts(await postgresVersion(server.databaseUrl)),
  }
}
