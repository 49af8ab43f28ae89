import { InvalidArgumentError, Option, type Command } from 'commander'
import { encodings } from '../import/import.ts'
import { playDemo } from '../demo/demo.ts'
import { randomUUID } from 'node:crypto'
import type { ChannelState, LocationState } from '../log/log.ts'
import { SetupError } from '../platform/setup-error.ts'
import { addAccess } from './access-commands.ts'
import { addSuspicions } from './suspicion-commands.ts'
import { configOf, databaseSettings, withSettings } from './command-line.ts'
import { runMonthEnd, runValue, type ReportFlags, type ValueFlags } from './report-command.ts'
import { addKeeping } from './keep-commands.ts'
import { runRetention } from './retention-command.ts'
import { runDoctorCommand, runImport, runSettings, runVerify, say, type ImportFlags } from './tools.ts'

/** An argument that is a number within bounds. */
function number(flag: string, least: number, most: number, whole = true): (text: string) => number {
  return (text) => {
    const value = Number(text)
    const fits = text.trim() !== '' && value >= least && value <= most && (!whole || Number.isInteger(value))
    if (fits) return value
    throw new InvalidArgumentError(`${flag} is a ${whole ? 'whole ' : ''}number from ${least} to ${most}.`)
  }
}

/** Everything but `serve`: commands that do one thing and end, beside a running server or without one. */
export function addTools(root: Command): void {
  const imports = addImports(root)
  addChecks(root)
  addReports(root)
  addKeeping(root, imports)
  addPlaces(root)
  addAccess(root)
  addSuspicions(root)
  addDemo(root)
}

/** Returns the command that imports are under. */
function addImports(root: Command): Command {
  const imports = root
    .command('import')
    .description('Bring in your own lists (CSV; docs/import.md), or everything (docs/export.md)')
  for (const kind of ['catalogue', 'stock'] as const) {
    const command = imports
      .command(`${kind} <file>`)
      .description(
        kind === 'catalogue'
          ? 'Wines, vintages, SKUs and prices. Running it again changes nothing.'
          : 'What stands where, as counts of one moment. Running it again changes nothing.',
      )
      .option('--mapping <name or file>', 'how its columns are read', kind === 'catalogue' ? 'cellarhand' : 'stock')
      .option('--dry-run', 'say what would go in and what not, and write nothing')
      .addOption(new Option('--encoding <name>', 'of the file, where it is not UTF-8').choices(encodings))
      .option('--delimiter <character>', 'between cells; found by itself as a rule')
      .option('--rejects <file>', 'where rejected rows go; beside the file as a rule')
      .action(async (file: string, flags: ImportFlags, used: Command) => {
        process.exitCode = await runImport(configOf(used), kind, file, flags)
      })
    if (kind === 'catalogue') command.option('--channel <id>', 'whose prices they are, in place of the mapping’s')
    else {
      command
        .option('--as-of <time>', 'when it was counted, such as 2026-01-31T18:00:00Z; now as a rule')
        .option('--reference <text>', 'the count’s own number')
    }
    withSettings(command, databaseSettings)
  }
  return imports
}

function addChecks(root: Command): void {
  withSettings(
    root
      .command('verify')
      .description('Prove on the live system that the books balance; exits 1 with the offending rows')
      .action(async (_flags, used: Command) => {
        process.exitCode = await runVerify(configOf(used))
      }),
    databaseSettings,
  )
  withSettings(
    root
      .command('doctor')
      .description('Say what is wrong with the set-up, in plain words')
      .action(async (_flags, used: Command) => {
        process.exitCode = await runDoctorCommand(configOf(used))
      }),
    [...databaseSettings, 'port', 'host', 'policyFile'],
  )
  withSettings(
    root
      .command('retention')
      .description(
        'Drop what is older than what is to be kept of the log and of remembered keys, as servers do; docs/operations.md',
      )
      .option('--dry-run', 'say what there is and what would go, and change nothing')
      .action(async (flags: { dryRun?: true }, used: Command) => {
        process.exitCode = await runRetention(configOf(used), flags)
      }),
    [...databaseSettings, 'logRetentionDays', 'keyRetentionDays'],
  )
}

function addReports(root: Command): void {
  const reports = root.command('report').description('What was, for bookkeepers (CSV); docs/reports.md')
  const command = reports
    .command('month-end <month>')
    .description('Opening, changes and closing of a month such as 2026-10, for each SKU at each location')
    .option('--timezone <name>', 'whose calendar it is, such as Europe/Paris', 'UTC')
    .requiredOption('--out <file>', 'where it goes')
    .action(async (text: string, flags: ReportFlags, used: Command) => {
      process.exitCode = await runMonthEnd(configOf(used), month(text), flags)
    })
  const value = reports
    .command('value')
    .description('What stock is worth by lot, first-in first-out and average, for each SKU')
    .option('--at <time>', 'as the books stood then, such as 2026-10-31T23:00:00Z; now as a rule')
    .option('--position <position>', 'as they stood at a position, in place of a time')
    .option('--sku <sku>', 'of this SKU alone')
    .option('--owner <owner>', 'whose bottles; house as a rule')
    .option('--location <id>', 'what is there, by lot alone')
    .requiredOption('--out <file>', 'where it goes')
    .action(async (flags: ValueFlags, used: Command) => {
      process.exitCode = await runValue(configOf(used), flags)
    })
  for (const one of [command, value]) withSettings(one, databaseSettings)
}

function month(text: string): string {
  if (/^(19|2\d)\d{2}-(0[1-9]|1[0-2])$/.test(text)) return text
  throw new SetupError(`${text} is no month. Write it as 2026-10.`)
}

const kinds: readonly LocationState['kind'][] = ['shop', 'warehouse', 'cellar', 'bar', 'bonded']
const duty = () => new Option('--duty <status>', 'duty status').choices(['paid', 'in_bond']).default('paid')

function addPlaces(root: Command): void {
  const list = root
    .command('places')
    .description('List locations and channels')
    .action(async (_flags, used: Command) => void (await runSettings(configOf(used), undefined)))
  const location = root
    .command('location <id>')
    .description('Make or change a location: where bottles stand')
    .requiredOption('--name <name>', 'as people call it')
    .addOption(new Option('--kind <kind>', 'what it is').choices(kinds).makeOptionMandatory())
    .addOption(duty())
    .option('--owner <owner>', 'whose bottles stand there', 'house')
    .action(async (id: string, flags: Omit<LocationState, 'id'>, used: Command) => {
      const { name, kind, owner } = flags
      await runSettings(configOf(used), { location: { id: slug(id), name, kind, duty: flags.duty, owner } })
    })
  const channel = root
    .command('channel <id>')
    .description('Make or change a channel: where it is sold')
    .requiredOption('--name <name>', 'as people call it')
    .requiredOption('--currency <code>', 'three letters, such as EUR', currency)
    .requiredOption('--locations <ids>', 'in the order they are tried, with commas between', (text) =>
      text.split(',').map(slug),
    )
    .addOption(duty())
    .option('--safety-stock <bottles>', 'of each SKU never offered', number('--safety-stock', 0, 1_000_000), 0)
    .option('--show-max <bottles>', 'more are shown as "24+"', number('--show-max', 1, 1_000_000), 24)
    .option('--low-at <bottles>', 'so many or fewer are shown as low', number('--low-at', 0, 1_000_000), 6)
    .action(async (id: string, flags: Omit<ChannelState, 'id'>, used: Command) => {
      const { name, currency: code, locations, safetyStock, showMax, lowAt } = flags
      const put = { id: slug(id), name, currency: code, duty: flags.duty, locations, safetyStock, showMax, lowAt }
      await runSettings(configOf(used), { channel: put })
    })
  for (const command of [list, location, channel]) withSettings(command, databaseSettings)
}

function slug(text: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,31}$/.test(text)) return text
  throw new InvalidArgumentError('An id has small letters, digits, _ and -, 32 at most.')
}

function currency(text: string): string {
  if (/^[A-Z]{3}$/.test(text)) return text
  throw new InvalidArgumentError('A currency has three capital letters (ISO 4217), such as EUR.')
}

/** Where the demo plays, how fast and which day. */
export function withDemoFlags(command: Command): Command {
  return command
    .option(
      '--demo-pace <n>',
      'things done a second; a day is some 55 of them',
      number('--demo-pace', 0.05, 1_000, false),
      1,
    )
    .option('--demo-seed <n>', 'the same seed plays the same days', number('--demo-seed', 0, 4_294_967_295), 1)
    .option('--demo-days <n>', 'stop after so many; plays on as a rule', number('--demo-days', 1, 10_000))
}

export interface DemoFlags {
  readonly demoPace: number
  readonly demoSeed: number
  readonly demoDays?: number
}

/** What the flags say, with the clock and the ids of this machine. */
export function demoOf({ demoPace: pace, demoSeed: seed, demoDays: days }: DemoFlags) {
  return { pace, seed, days, say, newKey: randomUUID, nowMs: Date.now }
}

function addDemo(root: Command): void {
  const command = root
    .command('demo <url>')
    .description('Play days of a merchant on a server that runs, through its public API, until it is stopped')
    .option('--token <token>', 'to ask with, as `token --role machine` prints one')
    .action(async (url: string, flags: DemoFlags & { readonly token?: string }) => {
      const stopping = new AbortController()
      process.once('SIGINT', () => stopping.abort()).once('SIGTERM', () => stopping.abort())
      await playDemo(url.replace(/\/$/, ''), {
        ...demoOf(flags),
        signal: stopping.signal,
        ...(flags.token === undefined ? {} : { token: async () => flags.token }),
      })
    })
  withDemoFlags(command)
}
