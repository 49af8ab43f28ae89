import type { Row } from '../report/table.ts'
import { cpuMsOf } from '../cellar/processes.ts'
import type { Say } from '../report/say.ts'
import { median, spread } from '../report/statistics.ts'
import { runLoad, type Load, type LoadOptions, type Target } from './load.ts'

/** One of those that are compared. */
export interface Contender {
  readonly name: string
  readonly target: Target
  /** Processes whose processor time is counted; PostgreSQL's come and go with its connections, hence a function. */
  readonly serverPids?: () => readonly number[]
  readonly postgresPids?: () => readonly number[]
  /** Brought about before each of its runs, and undone after it. */
  readonly around?: () => Promise<() => Promise<void>>
}

/** What it came to: medians over the rounds. */
export interface Measured {
  readonly name: string
  readonly rate: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of the rates, from the least to the most round, as a share of the median. */
  readonly spread: number
  /** Processor time of an answer, microseconds; undefined where it cannot be known. */
  readonly serverUs: number | undefined
  readonly postgresUs: number | undefined
}

/** Each contender runs this long before anything is counted. */
const warmUpSeconds = 4

interface Run extends Load {
  readonly serverUs: number | undefined
  readonly postgresUs: number | undefined
}

/**
 * Runs all contenders in turn, again and again: what else the machine does meanwhile falls on all of them alike. Every other round goes backwards.
 * Throws when an answer has another status than it should.
 */
export async function runRounds(
  contenders: readonly Contender[],
  options: LoadOptions & { readonly rounds: number },
  say: Say,
): Promise<Measured[]> {
  const runs = new Map<Contender, Run[]>(contenders.map((one) => [one, []]))
  // Engines make code quick that has run for a while; a server that was started a second ago is not what anybody has.
  for (const contender of contenders) await runOne(contender, { ...options, seconds: warmUpSeconds })
  for (let round = 1; round <= options.rounds; round++) {
    const order = round % 2 === 1 ? contenders : contenders.toReversed()
    for (const contender of order) {
      const run = await runOne(contender, options)
      say.line(
        `  round ${round} of ${options.rounds}  ${contender.name.padEnd(42)} ${Math.round(run.rate).toLocaleString('en').padStart(8)}/s`,
      )
      runs.get(contender)?.push(run)
    }
  }
  return [...runs].map(([{ name }, all]) => measured(name, all))
}

async function runOne(contender: Contender, options: LoadOptions): Promise<Run> {
  const undo = await contender.around?.()
  try {
    const before = cpuOf(contender)
    const load = await runLoad(contender.target, options)
    const after = cpuOf(contender)
    refuseOthers(contender, load)
    // The warm-up is in the processor time and not in the count; its share is the same for all.
    const answers = load.rate * (options.seconds + 0.5)
    const perAnswer = (was: number | undefined, is: number | undefined) =>
      was === undefined || is === undefined ? undefined : ((is - was) * 1_000) / answers
    return {
      ...load,
      serverUs: perAnswer(before.server, after.server),
      postgresUs: perAnswer(before.postgres, after.postgres),
    }
  } finally {
    await undo?.()
  }
}

function cpuOf({ serverPids, postgresPids }: Contender) {
  return { server: serverPids && cpuMsOf(serverPids()), postgres: postgresPids && cpuMsOf(postgresPids()) }
}

function refuseOthers({ name, target }: Contender, { others }: Load): void {
  const told = Object.entries(others).map(([status, count]) => `${count} times ${status}`)
  if (told.length > 0) throw new Error(`${name} was answered ${told.join(', ')} where ${target.status} is right.`)
}

function measured(name: string, runs: readonly Run[]): Measured {
  const of = (pick: (run: Run) => number) => median(runs.map(pick))
  const known = (pick: (run: Run) => number | undefined) => {
    const values = runs.map(pick)
    return values.every((value) => value !== undefined) ? median(values) : undefined
  }
  return {
    name,
    rate: of((run) => run.rate),
    p50Ms: of((run) => run.p50Ms),
    p99Ms: of((run) => run.p99Ms),
    spread: spread(runs.map((run) => run.rate)),
    serverUs: known((run) => run.serverUs),
    postgresUs: known((run) => run.postgresUs),
  }
}

/** What was measured of each, as rows of a report. */
export const rowsOf = (measured: readonly Measured[]): Row[] =>
  measured.map(({ name, rate, p50Ms, p99Ms, spread, serverUs }) => ({
    what: name,
    'a second': rate,
    'p50 ms': p50Ms,
    'p99 ms': p99Ms,
    'spread %': spread * 100,
    'server µs': serverUs,
  }))
