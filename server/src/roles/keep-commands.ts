import type { Command } from 'commander'
import {
  backup,
  beginNewEpoch,
  checkBackup,
  checkExport,
  exportEverything,
  importEverything,
  restore,
  type KeepOptions,
} from '../keep/keep.ts'
import type { Config } from '../platform/config.ts'
import { SetupError } from '../platform/setup-error.ts'
import { verify } from '../verify/verify.ts'
import { configOf, databaseSettings, withSettings } from './command-line.ts'
import { openDatabase } from './open-database.ts'
import { say } from './tools.ts'

/** Commands that carry everything out of a database, or into an empty one. `imports` is the command that all imports are under. */
export function addKeeping(root: Command, imports: Command): void {
  addFiles(root, imports)
  withSettings(
    root
      .command('backup <file>')
      .description('Write everything into one file, while servers run; docs/backup.md')
      .action((file: string, _flags, used: Command) => runOut(configOf(used), file, backup)),
    databaseSettings,
  )
  withSettings(
    root
      .command('restore <file>')
      .description('Bring a backup back into an empty database, and verify it; exits 1 if anything offends')
      .action(async (file: string, _flags, used: Command) => {
        process.exitCode = await runRestore(configOf(used), file)
      }),
    databaseSettings,
  )
  addEpoch(root)
}

function addFiles(root: Command, imports: Command): void {
  withSettings(
    root
      .command('export <folder>')
      .description('Write everything as JSON Lines that other tools read, while servers run; docs/export.md')
      .action((folder: string, _flags, used: Command) => runOut(configOf(used), folder, exportEverything)),
    databaseSettings,
  )
  withSettings(
    imports
      .command('everything <folder>')
      .description('Bring what "export" wrote into an empty database, and verify it; exits 1 if anything offends')
      .action(async (folder: string, _flags, used: Command) => {
        process.exitCode = await runImportEverything(configOf(used), folder)
      }),
    databaseSettings,
  )
}

function addEpoch(root: Command): void {
  const epoch = root.command('epoch').description('The incarnation of the log; docs/operations.md')
  withSettings(
    epoch
      .command('renew')
      .description('Begin a new epoch by hand, after the data folder of an earlier day was put back')
      .action((_flags, used: Command) =>
        withOwnDatabase(configOf(used), async (url) => void (await beginNewEpoch(url, say))),
      ),
    databaseSettings,
  )
}

const keeping = (): KeepOptions => ({ say, nowMs: () => Date.now() })

/** Runs `work` with a signal that the first Ctrl-C or SIGTERM aborts, so that what is half-made is taken away. */
async function untilStopped<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    return await work(stopping.signal)
  } catch (error) {
    throw stopping.signal.aborted ? new SetupError('Stopped. What was half-made was taken away.') : error
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

/** A database as it is, beside a server that runs on it: what is carried out of it need not be of this release. */
async function withSharedDatabase<T>(config: Config, work: (url: string) => Promise<T>): Promise<T> {
  const database = await openDatabase(config, { say, shared: true, asItIs: true })
  return work(database.url).finally(() => database.close())
}

/** A database as it is, with no server on its data folder. */
async function withOwnDatabase<T>(config: Config, work: (url: string) => Promise<T>): Promise<T> {
  const database = await openDatabase(config, { say, shared: false, asItIs: true })
  return work(database.url).finally(() => database.close())
}

async function runOut(config: Config, path: string, write: typeof backup | typeof exportEverything): Promise<void> {
  await untilStopped((signal) => withSharedDatabase(config, (url) => write(url, path, { ...keeping(), signal })))
}

/** Resolves with the exit code. The file is read through first: one that is refused leaves not even a data folder behind. */
async function runRestore(config: Config, file: string): Promise<number> {
  const header = await checkBackup(file, keeping())
  return withOwnDatabase(config, async (url) => {
    await restore(url, file, header, keeping())
    return (await verify(url, { say })).ok ? 0 : 1
  })
}

/** As `runRestore`. */
async function runImportEverything(config: Config, folder: string): Promise<number> {
  const manifest = await checkExport(folder, keeping())
  return withOwnDatabase(config, async (url) => {
    await importEverything(url, folder, manifest, keeping())
    return (await verify(url, { say })).ok ? 0 : 1
  })
}
