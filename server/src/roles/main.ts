import { Argument, Command } from 'commander'
import { brand } from '@cellarhand/protocol/brand'
import { configHelp } from '../platform/config-text.ts'
import { messageOf, SetupError } from '../platform/setup-error.ts'
import { configOf, serveSettings, withSettings } from './command-line.ts'
import type { Serving } from './serving.ts'
import { untilStopped } from './stopping.ts'
import { addTools, demoOf, withDemoFlags, type DemoFlags } from './tool-commands.ts'
import { say } from './tools.ts'

/** What `serve` runs in one process; without a role, everything. */
const roles = ['stock', 'gateway'] as const
type Role = (typeof roles)[number]

async function runServe(role: Role | undefined, command: Command): Promise<void> {
  const config = configOf(command)
  const options = command.opts<DemoFlags & { starter: boolean; demo?: true }>()
  const signal = untilStopped(say)
  const common = { starter: options.starter, say, signal }
  // What serves is loaded here: no other command waits for it.
  if (role === 'stock') {
    const { serveStock } = await import('./serve-stock.ts')
    const serving = await serveStock(config, common)
    say(`\n  ${brand.title} decides on stock for gateways at   grpc://${config.host}:${serving.grpcPort}`)
    say(`  Whether it is well:                          ${serving.url}/readyz\n`)
    return untilEnded(serving)
  }
  const { serve } = await import('./serve.ts')
  const serving = await serve(config, { ...common, ...(role === undefined ? {} : { role }) })
  say(`\n  ${brand.title} serves the cellar at   ${serving.url}/`)
  say(`  The API, to read and to try:      ${serving.url}/docs`)
  if (serving.grpcPort !== undefined) say(`  gRPC, for other programs:         ${config.host}:${serving.grpcPort}`)
  say('')
  const demo = options.demo ? play(serving, options, signal) : undefined
  await untilEnded(serving, demo)
}

async function play({ url, certificate, token }: Serving, flags: DemoFlags, signal: AbortSignal): Promise<void> {
  const { playDemo } = await import('../demo/demo.ts')
  await playDemo(url, { ...demoOf(flags), signal, certificate, token }).catch((error: unknown) => {
    if (!signal.aborted) say(messageOf(error))
  })
}

async function untilEnded({ done, givenUp }: Serving, demo?: Promise<unknown>): Promise<void> {
  const ended = await Promise.race([done.then(() => undefined), givenUp])
  await demo
  if (ended !== undefined) throw new SetupError(ended)
}

function program(): Command {
  const root = new Command(brand.name)
    .description('Exact stock of a wine business, live.')
    .addHelpText('after', `\n${configHelp()}`)
    .showHelpAfterError()
  const serveCommand = withDemoFlags(
    root
      .command('serve')
      .addArgument(new Argument('[role]', 'stock or gateway, to run them as processes of their own').choices(roles))
      .description('Serve stock, feed and page; with an embedded PostgreSQL unless DATABASE_URL names one')
      .option('--no-starter', 'leave an empty database empty')
      .option('--demo', 'play days of a merchant on it, through the public API')
      .action((role: Role | undefined, _options, command: Command) => runServe(role, command)),
  )
  withSettings(serveCommand, serveSettings)
  addTools(root)
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
