import { randomUUID } from 'node:crypto'
import { Command, InvalidArgumentError } from 'commander'
import { brand } from '@cellarhand/protocol/brand'
import { playDemo } from '../demo/demo.ts'
import { configHelp } from '../platform/config-text.ts'
import { SetupError } from '../platform/setup-error.ts'
import { configOf, databaseSettings, serveSettings, withSettings } from './command-line.ts'
import { serve } from './serve.ts'

const say = (line: string) => console.log(line)

/** Aborts at the first SIGINT or SIGTERM; a second one does not wait. */
function untilStopped(): AbortSignal {
  const stopping = new AbortController()
  const stop = (name: string) => {
    if (stopping.signal.aborted) process.exit(130)
    say(`\n${name}: stopping in order. Once more to stop at once.`)
    stopping.abort()
  }
  process.on('SIGINT', () => stop('SIGINT')).on('SIGTERM', () => stop('SIGTERM'))
  return stopping.signal
}

async function runServe(command: Command): Promise<void> {
  const config = configOf(command)
  const options = command.opts<{ starter: boolean; demo?: true; demoPace: number; demoSeed: number }>()
  const signal = untilStopped()
  const serving = await serve(config, { starter: options.starter, say, signal })
  say(`\n  ${brand.title} serves the cellar at   ${serving.url}/`)
  say(`  The API, to read and to try:      ${serving.url}/docs\n`)
  const demo = options.demo
    ? playDemo(serving.url, { seed: options.demoSeed, pace: options.demoPace, signal, say, newKey: randomUUID })
    : undefined
  const ended = await Promise.race([serving.done.then(() => undefined), serving.givenUp])
  await demo
  if (ended !== undefined) throw new SetupError(ended)
}

/** An argument that is a number within bounds. */
function number(flag: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && value >= least && value <= most) return value
    throw new InvalidArgumentError(`${flag} is a number from ${least} to ${most}.`)
  }
}

function program(): Command {
  const root = new Command(brand.name)
    .description('Exact stock of a wine business, live.')
    .addHelpText('after', `\n${configHelp()}`)
    .showHelpAfterError()
  withSettings(
    root
      .command('serve')
      .description('Serve stock, feed and page; with an embedded PostgreSQL unless DATABASE_URL names one')
      .option('--no-starter', 'leave an empty database empty')
      .option('--demo', 'play trading days on it, through the public API')
      .option('--demo-pace <n>', 'events a second', number('--demo-pace', 0.05, 100), 1)
      .option('--demo-seed <n>', 'the same seed plays the same day', number('--demo-seed', 0, 4_294_967_295), 1)
      .action((_options, command: Command) => runServe(command)),
    serveSettings,
  )
  void databaseSettings
  return root
}

try {
  await program().parseAsync()
  // What is left open (a pool, a socket) is no reason to stay.
  process.exit()
} catch (error) {
  // What a person can put right is said in a sentence; anything else is a fault, and shows where.
  console.error(error instanceof SetupError ? `\n${error.message}` : error)
  process.exit(1)
}
