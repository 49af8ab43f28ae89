import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { brand } from '@cellarhand/protocol/brand'
import { codeOf, SetupError } from '../setup-error.ts'
import type { Binaries } from './binaries.ts'
import { explain } from './explain.ts'
import { ensurePassword, hasCluster, syncFolder, type Folder } from './folder.ts'
import { giveTo, run, type Runner } from './runner.ts'

const stagingPrefix = 'initdb-'

/**
 * Makes sure that the folder holds a whole cluster of our version that belongs to who runs it. A new one is made in a folder beside and
 * renamed into place, so that one that was interrupted leaves nothing that looks like a database.
 */
export async function ensureCluster(
  folder: Folder,
  options: { binaries: Binaries; runner: Runner; say: (line: string) => void },
): Promise<void> {
  clearLeftovers(folder, options.say)
  if (!hasCluster(folder)) await initialise(folder, options)
  const major = readFileSync(join(folder.cluster, 'PG_VERSION'), 'utf8').trim()
  if (major !== options.binaries.major) {
    throw new SetupError(
      `${folder.cluster} was made by PostgreSQL ${major} and this release brings ${options.binaries.major}: start it with the release that made it, or choose another folder with ${brand.envPrefix}DATA.`,
    )
  }
  giveTo(options.runner, folder.cluster)
  // PostgreSQL refuses a data directory that others may write to, which an unpacked copy of one may be.
  if ((statSync(folder.cluster).mode & 0o027) !== 0) chmodSync(folder.cluster, 0o700)
}

function clearLeftovers(folder: Folder, say: (line: string) => void): void {
  for (const name of readdirSync(folder.dataDir)) {
    if (name.startsWith(stagingPrefix)) rmSync(join(folder.dataDir, name), { recursive: true, force: true })
  }
  if (!existsSync(folder.cluster) || hasCluster(folder)) return
  if (readdirSync(folder.cluster).length === 0) return rmSync(folder.cluster, { recursive: true })
  const aside = join(folder.dataDir, `postgres-incomplete-${process.pid}`)
  renameSync(folder.cluster, aside)
  say(`Put an unfinished database aside in ${aside}; delete it when you are sure that nothing in it is missed.`)
}

async function initialise(
  folder: Folder,
  options: { binaries: Binaries; runner: Runner; say: (line: string) => void },
): Promise<void> {
  options.say('Making the database (once, some seconds) ...')
  const staging = join(folder.dataDir, `${stagingPrefix}${process.pid}`)
  const made = join(staging, 'cluster')
  try {
    mkdirSync(staging, { mode: 0o700 })
    writeFileSync(join(staging, 'password'), ensurePassword(folder), { mode: 0o600 })
    giveTo(options.runner, staging)
    await initdb(made, join(staging, 'password'), options)
    renameSync(made, folder.cluster)
    // initdb has synced what is inside; the new name is ours to sync, or a power cut takes the whole database away.
    syncFolder(folder.dataDir)
  } catch (error) {
    if (error instanceof SetupError) throw error
    throw new SetupError(explain('The database could not be made', `${codeOf(error) ?? ''} ${String(error)}`), {
      cause: error,
    })
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/**
 * Which characters are letters is asked of the system's locale by the trigram search, so one that knows more than ASCII is tried first.
 */
const characterLocales = ['C.UTF-8', 'en_US.UTF-8', 'C']

async function initdb(
  made: string,
  passwordFile: string,
  { binaries, runner }: { binaries: Binaries; runner: Runner },
): Promise<void> {
  let output = ''
  for (const locale of characterLocales) {
    const args = [
      `--pgdata=${made}`,
      `--username=${brand.name}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--data-checksums',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      `--lc-ctype=${locale}`,
    ]
    const done = await run(runner, binaries.initdb, args)
    if (done.code === 0) return
    output = done.output
    if (!/invalid locale/i.test(output)) break
  }
  throw new SetupError(explain('The database could not be made', output))
}
