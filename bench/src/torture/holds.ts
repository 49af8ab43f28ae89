import { openCellar, type Cellar } from './cellar.ts'
import { compareViews, followFeed, type FeedFollower } from './feed-follower.ts'
import { runVerify } from './judge.ts'
import { auditLedger } from './ledger.ts'
import { createRandom } from './random.ts'
import { roundLine, summary } from './report.ts'
import { runRound, victimsOf, type RoundReport, type Victim } from './round.ts'

export interface RunOptions {
  readonly rounds: number
  readonly seed: number
  /** With clients that follow the feed through all of it. */
  readonly withFeed: boolean
  readonly say: (line: string) => void
}

/** The whole ledger is added up this often, and at the end: it grows with every round. */
const AUDIT_EVERY = 10
/** Violations of a round that are printed. */
const SHOWN = 5

/** Rounds of kills on one cellar with the embedded PostgreSQL, then `verify`. Prints as it goes. */
export async function runHolds(options: RunOptions): Promise<{ passed: number; failed: number }> {
  const { rounds, seed, say } = options
  say(`Seed ${seed}: ${rounds} rounds, each a flash sale with a kill -9 in the middle of it.`)
  const cellar = await openCellar()
  const random = createRandom(seed)
  const followers = options.withFeed ? [0, 1].map(() => followFeed(() => random.pick(cellar.nodes))) : []
  try {
    const reports: RoundReport[] = []
    for (const [round, victim] of victimsOf(seed, rounds).entries()) {
      const report = await oneRound(cellar, { seed, round, victim, followers, audit: (round + 1) % AUDIT_EVERY === 0 })
      reports.push(report)
      say(roundLine(round, rounds, report))
      for (const violation of report.violations.slice(0, SHOWN)) say(`  ${violation}`)
    }
    say(`\n${summary(reports)}\n`)
    return await conclude(cellar, reports, options)
  } finally {
    await Promise.all(followers.map((follower) => follower.stop()))
    await cellar.close()
  }
}

interface OneRound {
  readonly seed: number
  readonly round: number
  readonly victim: Victim
  readonly followers: readonly FeedFollower[]
  readonly audit: boolean
}

async function oneRound(cellar: Cellar, { followers, audit, ...options }: OneRound): Promise<RoundReport> {
  const report = await runRound(cellar, options)
  const more = audit ? await auditLedger(cellar) : []
  for (const follower of followers) {
    for (const node of cellar.nodes)
      more.push(...(await compareViews(follower, node).catch((error: unknown) => [String(error)])))
  }
  return { ...report, violations: [...report.violations, ...more] }
}

async function conclude(cellar: Cellar, reports: readonly RoundReport[], { seed, rounds, say }: RunOptions) {
  const failedRounds = reports.filter(({ violations }) => violations.length > 0).length
  const atTheEnd = [...(await auditLedger(cellar)), ...(await runVerify(cellar))]
  for (const sentence of atTheEnd) say(sentence)
  if (atTheEnd.length === 0) say('verify: clean.')
  const failed = failedRounds + (atTheEnd.length > 0 ? 1 : 0)
  if (failed === 0) say(`Nothing acknowledged was lost or done twice in ${rounds} rounds.`)
  else
    say(
      `${failed} of ${rounds} rounds FAILED. The same again: npm run torture -- holds --rounds ${rounds} --seed ${seed}`,
    )
  return { passed: Math.max(0, rounds - failed), failed }
}
