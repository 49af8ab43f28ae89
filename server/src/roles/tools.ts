import type pg from 'pg'
import { createCatalogue } from '../catalogue/catalogue.ts'
import { runDoctor } from '../doctor/doctor.ts'
import {
  createProgressPrinter,
  exitCode,
  importCatalogue,
  importStock,
  loadMapping,
  reportText,
  type CatalogueImportDeps,
  type Encoding,
  type ImportReport,
  type StockImportDeps,
} from '../import/import.ts'
import type { ChannelState, LocationState } from '../log/log.ts'
import type { Config } from '../platform/config.ts'
import { createLogger } from '../platform/logger.ts'
import { createPool } from '../platform/postgres/database.ts'
import { SetupError } from '../platform/setup-error.ts'
import { putChannel, putLocation, readSettings, SettingsError } from '../stock/stock.ts'
import { verify } from '../verify/verify.ts'
import { openDatabase } from './open-database.ts'
import { importDoors, openConfiguredStock } from './open-stock.ts'

export const say = (line: string): void => console.log(line)

interface Opened {
  readonly url: string
  readonly pool: pg.Pool
}

/**
 * Opens the database for a command, beside a running server or by itself, and closes it whatever happens.
 *
 * @param tell told of how it goes
 */
export async function withDatabase<T>(
  config: Config,
  work: (opened: Opened) => Promise<T>,
  tell: (line: string) => void = say,
): Promise<T> {
  const database = await openDatabase(config, { say: tell, shared: true })
  const pool = createPool(database.url, { applicationName: 'cellarhand command', max: 4 })
  try {
    return await work({ url: database.url, pool })
  } finally {
    await pool.end()
    await database.close()
  }
}

export interface ImportFlags {
  readonly mapping: string
  readonly dryRun?: true
  readonly channel?: string
  readonly encoding?: Encoding
  readonly delimiter?: string
  readonly rejects?: string
  readonly reference?: string
  readonly asOf?: string
}

/** `import catalogue FILE` and `import stock FILE`. Resolves with the exit code. */
export function runImport(
  config: Config,
  kind: 'catalogue' | 'stock',
  file: string,
  flags: ImportFlags,
): Promise<number> {
  return withDatabase(config, async ({ url, pool }) => {
    const log = createLogger({ logLevel: config.logLevel === 'info' ? 'error' : config.logLevel })
    // An import sells nothing.
    const stock = openConfiguredStock(config, url, () => undefined, {
      onCommitted: () => {},
      onTrouble: (error, what) => log.warn({ err: error, remedy: what }, 'a batch met trouble'),
    })
    const progress = createProgressPrinter(
      process.stderr,
      `${kind === 'catalogue' ? 'SKUs' : 'counts'} ${flags.dryRun ? 'would go in' : 'in'}`,
    )
    const deps = { catalogue: createCatalogue(pool), stock, pool, ...importDoors(pool) }
    try {
      const report = await importFile(kind, deps, file, flags, (now) => progress.onProgress(now))
      progress.stop()
      say(reportText(report))
      return exitCode(report)
    } finally {
      progress.stop()
      await stock.close()
    }
  })
}

async function importFile(
  kind: 'catalogue' | 'stock',
  deps: CatalogueImportDeps & StockImportDeps,
  file: string,
  flags: ImportFlags,
  onProgress: NonNullable<Parameters<typeof importStock>[1]['onProgress']>,
): Promise<ImportReport> {
  const options = {
    source: file,
    mapping: await loadMapping(flags.mapping),
    onProgress,
    ...(flags.dryRun ? { dryRun: true } : {}),
    ...(flags.channel === undefined ? {} : { channel: flags.channel }),
    ...(flags.encoding === undefined ? {} : { encoding: flags.encoding }),
    ...(flags.delimiter === undefined ? {} : { delimiter: flags.delimiter }),
    ...(flags.rejects === undefined ? {} : { rejectsPath: flags.rejects }),
  }
  if (kind === 'catalogue') return importCatalogue(deps, options)
  return importStock(deps, {
    ...options,
    ...(flags.reference === undefined ? {} : { reference: flags.reference }),
    ...(flags.asOf === undefined ? {} : { asOfMs: asOfMs(flags.asOf) }),
  })
}

function asOfMs(text: string): number {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw new SetupError(`--as-of ${text} is no time. Write it as 2026-01-31T18:00:00Z.`)
  return ms
}

/** `verify`. Resolves with the exit code. */
export function runVerify(config: Config): Promise<number> {
  return withDatabase(config, async ({ url }) => {
    const verdict = await verify(url, { say })
    return verdict.ok ? 0 : 1
  })
}

/** `doctor`. Resolves with the exit code. */
export async function runDoctorCommand(config: Config): Promise<number> {
  const { ok, findings } = await runDoctor(config)
  for (const finding of findings) {
    say(`${finding.ok ? 'ok   ' : 'WRONG'}  ${finding.what}`)
    if (finding.advice !== undefined) say(`       ${finding.advice}`)
  }
  say(ok ? '\nAll is well.' : '\nPut right what is marked WRONG, from the top.')
  return ok ? 0 : 1
}

/** `location` and `channel`: makes or changes one, or lists all. Resolves with the exit code. */
export function runSettings(
  config: Config,
  put: { readonly location: LocationState } | { readonly channel: ChannelState } | undefined,
): Promise<number> {
  return withDatabase(config, async ({ pool }) => {
    try {
      if (put && 'location' in put) await putLocation(pool, put.location)
      if (put && 'channel' in put) await putChannel(pool, put.channel)
    } catch (error) {
      if (error instanceof SettingsError) throw new SetupError(error.message)
      throw error
    }
    const { locations, channels } = await readSettings(pool)
    say('Locations:')
    for (const { id, name, kind, duty, owner } of locations)
      say(`  ${id.padEnd(16)} ${name} (${kind}, ${duty}, owner ${owner})`)
    say('Channels:')
    for (const { id, name, currency, duty, locations: from, safetyStock, showMax, lowAt } of channels) {
      say(
        `  ${id.padEnd(16)} ${name} (${currency}, ${duty}) from ${from.join(', ')}; safety stock ${safetyStock}, shows up to ${showMax}, low at ${lowAt}`,
      )
    }
    return 0
  })
}
