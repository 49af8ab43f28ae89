import { api } from './api/api.ts'
import { crowd } from './api/crowd.ts'
import { grpc } from './api/grpc.ts'
import { guarded } from './api/guarded.ts'
import { graphql } from './api/graphql.ts'
import type { BaselineKind } from './baseline/server.ts'
import { createCleanup } from './cleanup.ts'
import { BenchError, readOptions, type Defaults } from './options.ts'
import type { BroadcastKind } from './fanout/speech.ts'
import { textOf } from './report/report.ts'
import { createSay } from './report/say.ts'
import { fanout } from './scenarios/fanout.ts'
import { growth } from './scenarios/growth.ts'
import { holds } from './scenarios/holds.ts'
import { reads } from './scenarios/reads.ts'
import { scale } from './scenarios/scale.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { snapshot } from './scenarios/snapshot.ts'
import { start } from './scenarios/start.ts'

const scenarios: Readonly<Record<string, Scenario>> = {
  holds,
  reads,
  graphql,
  start,
  growth,
  snapshot,
  fanout,
  scale,
  guarded,
  crowd,
  grpc,
  api,
}

const usage = `npm run bench -- SCENARIO [options]

${Object.entries(scenarios)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`)
  .join('\n')}

  --seconds N      counted seconds of each run        --rounds N       interleaved rounds (3)
  --connections N  of the load generator (128)        --json           one JSON object as the last line
  --connections A,B  fanout, scale: clients (100,1000,5000,10000)
  --quick          fanout, scale: a minute, that tells little
  --only PART      fanout: sizes, stalled or followers
  --entries A,B    holds: journal entries it begins from (0,1000000)
  --skus A,B       growth: sizes of the cellar        --from PATH      start: the repository that is cloned
  --profile DIR    holds: write CPU profiles of the server`

const cleanup = createCleanup((error) => console.error(error))

let isEnding = false

async function endOn(code: number): Promise<void> {
  isEnding = true
  console.error('\nStopping what was started.')
  await cleanup.run()
  process.exit(code)
}

const defaultsOf = ({ summary: _summary, run: _run, ...defaults }: Scenario): Defaults => defaults

async function run(name: string | undefined, args: readonly string[]): Promise<void> {
  const scenario = name === undefined ? undefined : scenarios[name]
  if (name === '--help' || name === undefined) return console.log(usage)
  if (!scenario) throw new BenchError(`There is no scenario ${name}.\n\n${usage}`)
  const options = readOptions(args, defaultsOf(scenario))
  process.once('SIGINT', () => void endOn(130)).once('SIGTERM', () => void endOn(143))
  const { report, facts } = await scenario.run({ options, cleanup, say: createSay() })
  await cleanup.run()
  console.log(`\n${textOf(report, facts)}`)
  if (options.json) console.log(JSON.stringify(report))
}

/** What this same program does in processes of its own. */
const hiddenParts: Readonly<Record<string, (kind: string) => Promise<void>>> = {
  baseline: async (kind) => {
    const { runBaseline } = await import('./baseline/server.ts')
    await runBaseline(kind as BaselineKind, process.env.DATABASE_URL ?? '')
  },
  'fanout-server': async (kind) => {
    const { runBroadcast } = await import('./fanout/servers/run.ts')
    await runBroadcast(kind as BroadcastKind)
  },
  'grpc-no-op': async (bytes) => (await import('./api/grpc-no-op.ts')).runNoOp(Number(bytes)),
  'fanout-reader': async () => (await import('./fanout/reader.ts')).runReader(),
}

const [name, ...args] = process.argv.slice(2)
const hidden = name === undefined ? undefined : hiddenParts[name]
if (hidden) {
  await hidden(args[0] ?? '')
} else {
  try {
    await run(name, args)
    process.exit(0)
  } catch (error) {
    await cleanup.run()
    // What is stopped under a scenario makes it fail, which is nobody's fault.
    if (isEnding) await new Promise(() => {})
    console.error(error instanceof BenchError ? `\n${error.message}` : error)
    process.exit(1)
  }
}
