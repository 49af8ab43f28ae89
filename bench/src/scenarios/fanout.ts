import { makeCellar, postgresVersion } from '../cellar/cellar.ts'
import { startServer } from '../cellar/server.ts'
import { refuseTooMany, startClients, type Clients } from '../fanout/clients.ts'
import { openSource, startCellarhand } from '../fanout/contender.ts'
import { followedSkus, measureFollowers } from '../fanout/followers.ts'
import { hot } from '../fanout/share.ts'
import { measureSizes } from '../fanout/sizes.ts'
import { measureStalled, type Stalled } from '../fanout/stalled.ts'
import { BenchError } from '../options.ts'
import { machineFacts } from '../report/report.ts'
import { judgeFanout } from './fanout-marks.ts'
import { rowsOf, type Fanout } from './fanout-rows.ts'
import type { Outcome, Scenario, Stage } from './scenario.ts'

const parts = ['sizes', 'stalled', 'followers']

/** The feed beside what is usually put in its place. */
export const fanout: Scenario = {
  summary: 'messages to 100 to 10,000 clients, beside a bare ws broadcast, socket.io and durable-streams',
  seconds: 1,
  rounds: 2,
  sizes: [100, 1_000, 5_000, 10_000],
  quick: { seconds: 1, rounds: 1, sizes: [100, 1_000] },
  run: runFanout,
}

async function runFanout(stage: Stage): Promise<Outcome> {
  const { sizes, only } = stage.options
  if (only !== undefined && !parts.includes(only)) {
    throw new BenchError(`--only takes one of ${parts.join(', ')}, not "${only}".`)
  }
  refuseTooMany(Math.max(...sizes))
  const isOn = (part: string) => only === undefined || only === part
  const clients = await startClients(stage.cleanup)
  const ofSizes = isOn('sizes') ? await runSizes(stage, clients) : []
  const rest = isOn('stalled') || isOn('followers') ? await runLarge(stage, clients, isOn) : undefined
  const found: Fanout = { sizes: ofSizes, stalled: rest?.stalled, followers: rest?.followers ?? [] }
  return {
    report: { scenario: 'fanout', rows: rowsOf(found), ...judgeFanout(found) },
    facts: [...machineFacts(rest?.version), ...memoryFacts(rest?.stalled), ...legend],
  }
}

async function runSizes({ options, cleanup, say }: Stage, clients: Clients) {
  const dataDir = await makeCellar(cleanup, say, { skus: hot.first + 1 })
  const server = await startServer(dataDir, cleanup)
  const sizes = await measureSizes(await openSource(server, cleanup), clients, options, { cleanup, say })
  await server.stop()
  return sizes
}

/** What needs a large cellar. */
async function runLarge({ options, cleanup, say }: Stage, clients: Clients, isOn: (part: string) => boolean) {
  const connections = Math.max(...options.sizes)
  const ask = { connections, seconds: options.seconds }
  const dataDir = await makeCellar(cleanup, say, { skus: followedSkus })
  const server = await startServer(dataDir, cleanup)
  const contender = await startCellarhand(await openSource(server, cleanup), cleanup)
  let stalled: Stalled | undefined
  if (isOn('stalled')) {
    stalled = await say.step('one in ten takes nothing', () => measureStalled(contender, clients, ask))
  }
  const followers = isOn('followers')
    ? await say.step('changes that 2, 20 and 200 follow', () => measureFollowers(contender, clients, ask))
    : []
  return { stalled, followers, version: await postgresVersion(server.databaseUrl) }
}

function memoryFacts(stalled: Stalled | undefined): string[] {
  if (stalled?.endedMib === undefined) return []
  const [before, began, ended] = [stalled.beforeMib, stalled.beganMib, stalled.endedMib].map((mib) =>
    Math.round(mib ?? 0),
  )
  return [
    `Memory of the server before clients stalled ${before} MiB, when their lines were full ${began}, at the end ${ended}.`,
  ]
}

const legend = [
  'Stock changes at a server of its own, through the API; Cellarhand is a second server on the same database. The same changes go on beside the others, whose own values change as often.',
  'A message is one value to one client. Latency is from the change until the client has it: of Cellarhand from the time of the transaction, which it takes before it commits, so that the commit and the way through the log are in it; of the others from when the value was there.',
  'unseen p99: how old the oldest change was that a client had not seen when it was sent something. first p50: until the first client had it. behind p99: all others, behind the first.',
  'µs each: processor time of the server process alone for a message, without what the same changes cost it with nobody there (idle %, of one processor). KiB each: resident memory of the second half of the clients, idle. reader %: of one processor, of the process that reads: near 100 it is late itself.',
]
