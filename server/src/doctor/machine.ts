import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, resolve } from 'node:path'
import { brand } from '@cellarhand/protocol/brand'
import type { Config } from '../platform/config.ts'
import { codeOf } from '../platform/setup-error.ts'
import { bad, good, type Finding } from './finding.ts'

const leastNode = [20, 19] as const

/** Whether this Node.js is one that the server runs on. */
export function checkNode(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const fits = major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])
  if (fits) return good(`Node.js is ${version}.`)
  return bad(
    `Node.js is ${version} and ${leastNode.join('.')} or newer is needed.`,
    'Install the current version from https://nodejs.org and start again.',
  )
}

/** Whether the embedded PostgreSQL can run on this system; with a database of one's own it need not. */
export function checkPlatform(config: Pick<Config, 'databaseUrl'>): Finding {
  const name = `${process.platform} on ${process.arch}`
  if (config.databaseUrl) return good(`The system is ${name}; the database is elsewhere.`)
  if (process.platform !== 'linux') return good(`The system is ${name}. The embedded database is tested on Linux only.`)
  const glibc = glibcVersion()
  if (glibc) return good(`The system is ${name}, with glibc ${glibc}.`)
  return bad(
    `The system is ${name}, without glibc.`,
    'The embedded PostgreSQL is built for glibc (Alpine has musl): use a Debian-based image, or set DATABASE_URL to a PostgreSQL of your own.',
  )
}

function glibcVersion(): string | undefined {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime
}

/** The folder itself, or the nearest one above it that exists. */
function existing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path))
}

/** Whether the data folder is there, or can be made, and is this user's. */
export function checkDataDir(config: Pick<Config, 'dataDir'>): Finding {
  const path = resolve(config.dataDir)
  const at = existing(path)
  const owner = statSync(at).uid
  const self = process.getuid?.() ?? owner
  const choose = `Choose another folder with ${brand.envPrefix}DATA, or give this one to yourself: sudo chown -R $(id -u) ${at}`
  if (!statSync(at).isDirectory()) return bad(`The data folder ${path} cannot be made: ${at} is a file.`, choose)
  try {
    accessSync(at, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    return bad(`The data folder ${path} cannot be written (${codeOf(error)}; ${at} belongs to user ${owner}).`, choose)
  }
  if (at !== path) return good(`The data folder ${path} will be made on the first start.`)
  if (self !== 0 && owner !== self) {
    return bad(`The data folder ${path} belongs to user ${owner}, and you are user ${self}.`, choose)
  }
  return good(`The data folder ${path} can be written and belongs to user ${owner}.`)
}

const gib = 1024 ** 3
/** The write-ahead log alone may take 1 GB before it is reused. */
const leastFreeBytes = 2 * gib

/** Whether the disk under the data folder has room. */
export function checkDisk(config: Pick<Config, 'dataDir'>, leastBytes: number = leastFreeBytes): Finding {
  const at = existing(resolve(config.dataDir))
  const { bavail, bsize } = statfsSync(at)
  const free = `${((bavail * bsize) / gib).toFixed(1)} GB`
  if (bavail * bsize >= leastBytes) return good(`The disk has ${free} free.`)
  return bad(
    `The disk under ${at} has ${free} free, and ${(leastBytes / gib).toFixed(1)} GB are needed to work safely.`,
    `Free some space, or keep the data on another disk with ${brand.envPrefix}DATA.`,
  )
}

const answerWithinMs = 1_500

/** Whether the port is free, or who has it. A server of ours on it is as it should be. */
export async function checkPort(config: Pick<Config, 'host' | 'port'>): Promise<Finding> {
  const place = `${config.host}:${config.port}`
  if (!(await listens(config.host, config.port))) return good(`Port ${config.port} is free.`)
  const health = await askHealth(config)
  if (health !== undefined) return good(`${brand.title} answers on ${place} (${health}).`)
  return bad(
    `Another program listens on ${place}.`,
    `Stop it (\`lsof -i :${config.port}\` names it), or serve on another port: PORT=${config.port + 1} npm start`,
  )
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect({ host, port })
    const finish = (open: boolean) => {
      socket.destroy()
      settle(open)
    }
    socket.setTimeout(answerWithinMs, () => finish(true))
    socket.once('connect', () => finish(true))
    socket.once('error', () => finish(false))
  })
}

/** What a server of ours says of its health; undefined for anything else. It is known by the header that all its answers carry. */
async function askHealth({ host, port }: Pick<Config, 'host' | 'port'>): Promise<string | undefined> {
  const address = host.includes(':') ? `[${host}]` : host
  try {
    const answer = await fetch(`http://${address}:${port}/healthz`, { signal: AbortSignal.timeout(answerWithinMs) })
    await answer.body?.cancel()
    const ours = [...answer.headers.keys()].some((name) => name.startsWith(brand.headerPrefix))
    return ours ? `health ${answer.status}` : undefined
  } catch {
    return undefined
  }
}

/** Nothing here was made before this. */
const earliestMs = Date.UTC(2025, 0, 1)
const mostSkewMs = 2_000

/** Whether the clock is plausible, and agrees with the database's, which decides when holds end. */
export function checkClock(nowMs: number, databaseNowMs: number | undefined): Finding {
  const now = new Date(nowMs).toISOString()
  const fix = 'Set the clock of the machine that is wrong, by NTP if possible: sudo timedatectl set-ntp true'
  if (nowMs < earliestMs) return bad(`The clock says ${now}, which cannot be.`, fix)
  const skewMs = databaseNowMs === undefined ? 0 : Math.abs(nowMs - databaseNowMs)
  if (skewMs > mostSkewMs) {
    return bad(`The clock is ${(skewMs / 1_000).toFixed(1)} s apart from the database's; holds end by the latter.`, fix)
  }
  return good(`The clock says ${now}${databaseNowMs === undefined ? '.' : ', as does the database.'}`)
}
