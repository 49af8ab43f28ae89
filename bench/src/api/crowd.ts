import { request, type ClientRequest } from 'node:http'
import { brand } from '@cellarhand/protocol/brand'
import { makeCellar, postgresVersion } from '../cellar/cellar.ts'
import { startServer } from '../cellar/server.ts'
import { anyOf, offerRequests } from '../load/request.ts'
import { rowsOf, runRounds } from '../load/rounds.ts'
import { atMost, machineFacts } from '../report/report.ts'
import type { Outcome, Scenario, Stage } from '../scenarios/scenario.ts'

const skus = 1_000
/** Streams that one address asks for; half of them are more than it may have. */
const streams = 2_000
const mayHave = 1_000
/** Who is refused asks again when they were told to. */
const againMs = 5_000

/** Offers read by others while one address asks for thousands of streams, and holds as many as it may. */
export const crowd: Scenario = {
  summary: 'offers read while one address asks for 2,000 streams, beside the same without',
  seconds: 5,
  run: runCrowd,
}

async function runCrowd({ options, cleanup, say }: Stage): Promise<Outcome> {
  const dataDir = await makeCellar(cleanup, say, { skus })
  const env = {
    [`${brand.envPrefix}FEED_CONNECTIONS_PER_ADDRESS_MAX`]: String(mayHave),
    [`${brand.envPrefix}TRUSTED_HOPS`]: '1',
  }
  const { port, pid, databaseUrl } = await startServer(dataDir, cleanup, { env })
  const target = { port, requests: (at: number) => offerRequests(at, anyOf(skus)), status: 200 }
  const serverPids = () => [pid]
  const measured = await runRounds(
    [
      { name: 'offers', target, serverPids },
      { name: 'offers beside 2,000 streams of one', target, serverPids, around: () => gather(port) },
    ],
    options,
    say,
  )
  const ratio = (measured[1]?.p99Ms ?? Number.NaN) / (measured[0]?.p99Ms ?? Number.NaN)
  return {
    report: {
      scenario: 'crowd',
      rows: rowsOf(measured),
      ratios: { 'p99 beside the streams / without': ratio },
      marks: [atMost(2, 'p99 beside the streams / without', ratio)],
    },
    facts: machineFacts(await postgresVersion(databaseUrl)),
  }
}

/** Asks for all the streams, and goes on asking for those that are refused. Resolves when as many are open as may be, with what lets go of them. */
async function gather(port: number): Promise<() => Promise<void>> {
  const asked = new Set<ClientRequest>()
  const state = { open: 0, isOver: false }
  const full = new Promise<void>((resolve) => {
    const ask = () => {
      if (state.isOver) return
      const one = request(
        { port, host: '127.0.0.1', path: '/v1/feed?topic=channel:web', agent: false, headers: ofOne },
        (response) => {
          response.on('error', () => {}).resume()
          if (response.statusCode !== 200) return void setTimeout(ask, againMs)
          state.open += 1
          if (state.open === mayHave) resolve()
        },
      )
      asked.add(one)
      one.once('close', () => asked.delete(one)).on('error', () => {})
      one.end()
    }
    for (let count = 0; count < streams; count += 1) ask()
  })
  await full
  return async () => {
    state.isOver = true
    for (const one of asked) one.destroy()
  }
}

const ofOne = { accept: 'text/event-stream', 'x-forwarded-for': '198.51.100.1' }
