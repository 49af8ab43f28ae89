import { writeFileSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { startBaseline } from '../baseline/baseline.ts'
import { makeCellar, postgresVersion } from '../cellar/cellar.ts'
import { familyOf, proportionalMib, residentMib } from '../cellar/processes.ts'
import { root, startServer } from '../cellar/server.ts'
import { anyOf, holdRequests, offerRequests } from '../load/request.ts'
import { runRounds } from '../load/rounds.ts'
import { drawGrowth } from '../report/growth-chart.ts'
import { atLeast, below, machineFacts, type Mark } from '../report/report.ts'
import type { Outcome, Scenario, Stage } from './scenario.ts'

/** A cellar of so many SKUs, and what it costs. */
export interface Step {
  readonly skus: number
  readonly noOp: number
  readonly holds: number
  readonly reads: number
  readonly startMs: number
  /** MiB; undefined where the system does not tell. */
  readonly serverMib: number | undefined
  readonly postgresMib: number | undefined
}

const chart = join(root, 'bench', 'results', 'growth.svg')
/** The merchant that the project is measured for: the size of its list of real wines. */
const merchantSkus = 11_000
const merchantMib = 250

/** What growing from a shop to a marketplace costs. */
export const growth: Scenario = {
  summary: 'holds, reads, memory and start-up at 1,000 to 1,000,000 SKUs; draws bench/results/growth.svg',
  seconds: 5,
  run: runGrowth,
}

async function runGrowth(stage: Stage): Promise<Outcome> {
  const steps: Step[] = []
  let version = ''
  for (const skus of stage.options.skus) {
    const { step, postgres } = await measure(stage, skus)
    steps.push(step)
    version = postgres
    await stage.cleanup.run()
  }
  mkdirSync(dirname(chart), { recursive: true })
  writeFileSync(chart, drawGrowth(steps))
  return { report: reportOf(steps), facts: [...machineFacts(version), `Drawn in ${chart}`] }
}

async function measure({ options, cleanup, say }: Stage, skus: number): Promise<{ step: Step; postgres: string }> {
  const dataDir = await makeCellar(cleanup, say, { skus })
  const server = await startServer(dataDir, cleanup)
  const { port } = server
  // Sizes are measured minutes apart: a route that does nothing tells what the machine was able to do at that time.
  const noOp = await startBaseline('no-op', server.databaseUrl, cleanup)
  const [idle, holds, reads] = await runRounds(
    [
      {
        name: `no-op beside ${skus} SKUs`,
        target: { port: noOp.port, requests: (at) => holdRequests(at, anyOf(skus)), status: 201 },
      },
      // What sells is spread over the whole cellar: nothing of it is warmer than the rest.
      { name: `holds of ${skus} SKUs`, target: { port, requests: (at) => holdRequests(at, anyOf(skus)), status: 201 } },
      {
        name: `reads of ${skus} SKUs`,
        target: { port, requests: (at) => offerRequests(at, anyOf(skus)), status: 200 },
      },
    ],
    options,
    say,
  )
  return {
    postgres: await postgresVersion(server.databaseUrl),
    step: {
      skus,
      noOp: idle?.rate ?? Number.NaN,
      holds: holds?.rate ?? Number.NaN,
      reads: reads?.rate ?? Number.NaN,
      startMs: server.readyMs,
      serverMib: residentMib(server.pid),
      postgresMib: proportionalMib(familyOf(server.postgresPid)),
    },
  }
}

function reportOf(steps: readonly Step[]): Outcome['report'] {
  const rows = steps.map((step) => ({
    SKUs: step.skus,
    'no-op a second': step.noOp,
    'holds a second': step.holds,
    'reads a second': step.reads,
    'start ms': step.startMs,
    'server MiB': step.serverMib,
    'PostgreSQL MiB': step.postgresMib,
  }))
  const flat = (rates: readonly number[]) => Math.min(...rates) / Math.max(...rates)
  const ratios = {
    'holds over no-op, slowest / quickest': flat(steps.map(({ holds, noOp }) => holds / noOp)),
    'reads over no-op, slowest / quickest': flat(steps.map(({ reads, noOp }) => reads / noOp)),
  }
  const marks = Object.entries(ratios).map(([name, ratio]) => atLeast(0.8, name, ratio))
  return { scenario: 'growth', rows, ratios, marks: [...marks, ...memoryMarks(steps)] }
}

function memoryMarks(steps: readonly Step[]): Mark[] {
  const merchant = steps.find(({ skus }) => skus === merchantSkus)?.serverMib
  const marks =
    merchant === undefined
      ? []
      : [below(merchantMib, `server MiB with ${merchantSkus.toLocaleString('en')} SKUs`, merchant)]
  const bytes = bytesASku(steps)
  if (bytes === undefined) return marks
  // Between the two largest steps and between the ends: memory that grew faster than SKUs would cost more a SKU at the large end.
  return [...marks, below(1.25, 'server memory a SKU, at the large end / overall', bytes.late / bytes.overall)]
}

/** What one more SKU costs the server: from the smallest step to the largest, and from the largest but one. */
function bytesASku(steps: readonly Step[]): { overall: number; late: number } | undefined {
  const known = steps.flatMap(({ skus, serverMib }) => (serverMib === undefined ? [] : [{ skus, serverMib }]))
  const sorted = known.toSorted((a, b) => a.skus - b.skus)
  const [first, beforeLast, last] = [sorted[0], sorted.at(-2), sorted.at(-1)]
  if (!first || !beforeLast || !last || sorted.length < 3) return undefined
  const between = (a: typeof first, b: typeof first) => ((b.serverMib - a.serverMib) * 1_048_576) / (b.skus - a.skus)
  return { overall: between(first, last), late: between(beforeLast, last) }
}
