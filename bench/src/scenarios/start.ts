import { execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brand } from '@cellarhand/protocol/brand'
import { temporaryFolder } from '../cellar/cellar.ts'
import { freePort, until } from '../cellar/processes.ts'
import { killPostgres, root, tailOf } from '../cellar/server.ts'
import type { Cleanup } from '../cleanup.ts'
import { BenchError } from '../options.ts'
import { below, machineFacts } from '../report/report.ts'
import { median } from '../report/statistics.ts'
import type { Outcome, Scenario, Stage } from './scenario.ts'

const run = promisify(execFile)
/** A bare clone on a slow line has some 150 MB to fetch. */
const pageWithinMs = 600_000
const stopWithinMs = 40_000
const warmMarkS = 3

/** From a bare clone to the first page, as somebody who tries it out lives it. */
export const start: Scenario = {
  summary: 'from a bare clone to the first page, with a cold and a warm npm cache, and warm',
  // Nothing is counted by time here.
  seconds: 1,
  run: runStart,
}

async function runStart({ options, cleanup, say }: Stage): Promise<Outcome> {
  const from = options.from ?? root
  const cache = temporaryFolder('npm', cleanup)
  const first = await say.step('a bare clone, nothing in the npm cache', () => timeClone(from, cache, cleanup))
  const again = await say.step('a bare clone, npm cache warm', () => timeClone(from, cache, cleanup))
  const warm: number[] = []
  for (let round = 0; round < options.rounds; round++) {
    warm.push(await say.step('a second start', () => timeStart(again.folder, cache, cleanup)))
  }
  const rows = [
    { start: 'bare clone, cold npm cache', seconds: first.seconds },
    { start: 'bare clone, warm npm cache', seconds: again.seconds },
    { start: `second start, median of ${options.rounds}`, seconds: median(warm) },
  ]
  return {
    report: {
      scenario: 'start',
      rows,
      ratios: { 'cold / warm npm cache': first.seconds / again.seconds },
      marks: [below(warmMarkS, 'seconds of a second start to its first page', median(warm))],
    },
    facts: [...machineFacts(), `Cloned from ${from}; with a cold cache the network is part of it.`],
  }
}

/** Clones and starts; the seconds from the clone's begin to the first page. */
async function timeClone(from: string, cache: string, cleanup: Cleanup): Promise<{ folder: string; seconds: number }> {
  const folder = join(temporaryFolder('clone', cleanup), 'project')
  const startedMs = performance.now()
  await run('git', ['clone', '--quiet', from, folder]).catch((error: unknown) => {
    throw new BenchError(`${from} cannot be cloned: ${error instanceof Error ? error.message : String(error)}`)
  })
  const { stdout } = await run('git', ['-C', folder, 'ls-files']).catch(() => ({ stdout: '' }))
  if (!stdout.includes('package.json'))
    throw new BenchError(`${from} has nothing committed to clone: commit first, or name another with --from.`)
  const clonedS = (performance.now() - startedMs) / 1_000
  return { folder, seconds: clonedS + (await timeStart(folder, cache, cleanup)) }
}

/** `npm start`, until the page is there, in seconds; stopped after it. */
async function timeStart(folder: string, cache: string, cleanup: Cleanup): Promise<number> {
  const port = await freePort()
  const dataDir = join(folder, `.${brand.name}`)
  const startedMs = performance.now()
  const child = spawn('npm', ['start', '--', '--port', String(port)], {
    cwd: folder,
    // A group of its own: npm's shell and what it runs are stopped together.
    detached: true,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      npm_config_cache: cache,
      npm_config_update_notifier: 'false',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const tail = tailOf(child)
  const stop = cleanup.add(async () => {
    signal(child.pid, 'SIGTERM')
    if (!(await until(() => !signal(child.pid, 0), stopWithinMs))) signal(child.pid, 'SIGKILL')
    await killPostgres(dataDir)
  })
  const shown = await until(() => child.exitCode !== null || hasPage(port), pageWithinMs, 25)
  const seconds = (performance.now() - startedMs) / 1_000
  const endedEarly = child.exitCode !== null
  await stop()
  if (!shown || endedEarly) throw new BenchError(`npm start showed no page. It said:\n${tail()}`)
  return seconds
}

/** Sends a signal to a group; false when nobody of it is left. */
function signal(pid: number | undefined, name: NodeJS.Signals | 0): boolean {
  try {
    return pid !== undefined && process.kill(-pid, name)
  } catch {
    return false
  }
}

async function hasPage(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2_000) })
    return answer.ok && (await answer.text()).includes('<html')
  } catch {
    return false
  }
}
