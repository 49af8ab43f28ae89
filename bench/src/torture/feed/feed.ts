import { setTimeout as sleep } from 'node:timers/promises'
import { brand } from '@cellarhand/protocol/brand'
import { openCellar, type Cellar } from '../cellar.ts'
import { runVerify } from '../judge.ts'
import { auditLedger } from '../ledger.ts'
import { createRecorder } from '../recorder.ts'
import { send } from '../request.ts'
import { fillCatalogue } from './goods.ts'
import { openLine } from './line.ts'
import { openRedis } from './redis.ts'
import { tellSchedule } from './schedule.ts'
import { runSeed, type SeedReport } from './seed.ts'
import { stockUp } from './writers.ts'

export interface FeedOptions {
  /** the first seed, and how many behind each other */
  readonly seed: number
  readonly seeds: number
  readonly say: (line: string) => void
}

/** Sentences of a seed that failed. */
const SHOWN = 8
const SHOWN_CHARS = 1_000
/** Who runs PostgreSQL starts it again ever more slowly, and gives it up after ten times, unless it was up for a minute meanwhile. */
const ENDS_BEFORE_REST = 5
const REST_MS = 61_000
/** A gateway that is sent away has this long for its clients. */
const DRAIN_SECONDS = '1'

/** Seeds of faults between the feed and its clients, on one PostgreSQL and two gateways; then the ledger and `verify`. */
export async function runFeed({ seed: first, seeds, say }: FeedOptions): Promise<{ passed: number; failed: number }> {
  say(
    `Seeds ${first} to ${first + seeds - 1}: two gateways, twelve clients each, and something goes wrong every 70 ms.`,
  )
  const redis = await openRedis()
  const env = { [`${brand.envPrefix}DRAIN_SECONDS`]: DRAIN_SECONDS, ...redis?.env }
  const cellar = await openCellar({ apart: true, env }).catch(async (error: unknown) => {
    await redis?.close()
    throw error
  })
  try {
    await stockUp(cellar, createRecorder(), await fillCatalogue(cellar))
    const audit = await isFollowed(cellar, 'audit')
    if (!audit) say('The topic `audit` is left out: this server does not have it.')
    if (redis) say('Redis is between the gateways, and lies.')
    else say('Redis is left out: there is no redis-server on the PATH, and CELLARHAND_REDIS_URL names none.')
    const heard: Heard = { taken: 0, refused: 0 }
    let failed = 0
    let ends = 0
    for (let turn = 0; turn < seeds; turn++) {
      const beganMs = performance.now()
      const report = await runSeed(cellar, { seed: first + turn, turn, audit, redis })
      say(lineOf(report, performance.now() - beganMs))
      if (report.violations.length > 0) {
        failed += 1
        tellFailure(report, say)
      }
      if (redis) await addHeard(cellar, heard)
      ends += report.schedule.steps.filter((step) => 'process' in step && step.process.what === 'postgres').length
      if (ends < ENDS_BEFORE_REST || turn === seeds - 1) continue
      say(`PostgreSQL was ended ${ends} times: it is left alone for a minute.`)
      await sleep(REST_MS)
      ends = 0
    }
    if (redis) say(`Of Redis the gateways believed ${heard.taken} rows and refused ${heard.refused} lies, at least.`)
    // A bus that carries nothing proves nothing.
    const deaf = redis !== undefined && heard.taken === 0 ? ['Redis carried nothing.'] : []
    return await conclude(cellar, { seeds, failed, deaf, say })
  } finally {
    await cellar.close()
    await redis?.close()
  }
}

function lineOf({ schedule, violations, changes, lines, quietMs }: SeedReport, tookMs: number): string {
  const verdict = violations.length === 0 ? 'fine' : `${violations.length} VIOLATIONS`
  const befell = schedule.steps
    .flatMap((step) => ('process' in step ? [step.process.what] : 'flood' in step ? ['flood'] : []))
    .join(', ')
  const seconds = (tookMs / 1_000).toFixed(1).padStart(5)
  return `seed ${String(schedule.seed).padEnd(6)} ${befell.padEnd(16)} ${String(changes).padStart(4)} changes ${String(lines).padStart(4)} lines   quiet after ${String(Math.round(quietMs)).padStart(5)} ms ${seconds} s   ${verdict}`
}

function tellFailure({ schedule, violations }: SeedReport, say: (line: string) => void): void {
  for (const violation of violations.slice(0, SHOWN)) say(`  ${violation.slice(0, SHOWN_CHARS)}`)
  if (violations.length > SHOWN) say(`  and ${violations.length - SHOWN} more`)
  say('  What happened:')
  for (const line of tellSchedule(schedule)) say(line)
  say(`  The same again: npm run torture -- feed --seed ${schedule.seed} --seeds 1`)
}

/** What came by Redis and was believed, and what was not: the most that gateways said of one life of theirs. */
interface Heard {
  taken: number
  refused: number
}

async function addHeard({ nodes }: Cellar, heard: Heard): Promise<void> {
  const all = await Promise.all(nodes.map(({ url }) => send(url, { method: 'GET', path: '/metrics' })))
  for (const what of ['taken', 'refused'] as const) {
    const counts = all.map(({ body }) =>
      Number(new RegExp(`bus_heard_total\\{what="${what}"\\} (\\d+)`).exec(body)?.[1] ?? 0),
    )
    heard[what] = Math.max(heard[what], ...counts)
  }
}

interface Concluding extends Pick<FeedOptions, 'seeds' | 'say'> {
  readonly failed: number
  readonly deaf: readonly string[]
}

async function conclude(cellar: Cellar, { seeds, failed, deaf, say }: Concluding) {
  const atTheEnd = [...deaf, ...(await auditLedger(cellar)), ...(await runVerify(cellar))]
  for (const sentence of atTheEnd) say(sentence)
  if (atTheEnd.length === 0) say('verify: clean.')
  const all = failed + (atTheEnd.length > 0 ? 1 : 0)
  if (all === 0) say(`In ${seeds} seeds every client had in the end what the database has, and nothing went back.`)
  else say(`${failed} of ${seeds} seeds FAILED.`)
  return { passed: Math.max(0, seeds - all), failed: all }
}

/** Whether a server lets a topic be followed. */
function isFollowed(cellar: Cellar, topic: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = { topics: [{ topic }] }
    const line = openLine('sse', cellar.nodes[0].url, asked, {
      frame: ({ type }) => {
        if (type !== 'ready') return
        resolve(true)
        line.cut()
      },
      cursor: () => {},
      ended: () => resolve(false),
    })
  })
}
