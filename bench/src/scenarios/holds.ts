import { startBaseline, type Baseline } from '../baseline/baseline.ts'
import { createBaselineTables } from '../baseline/tables.ts'
import { receivePlenty, sellOut } from '../cellar/api.ts'
import { makeCellar, postgresVersion } from '../cellar/cellar.ts'
import { familyOf } from '../cellar/processes.ts'
import { startServer, type Server } from '../cellar/server.ts'
import type { Target } from '../load/load.ts'
import { anyOf, holdRequests, only, skuCode, type SkuChoice } from '../load/request.ts'
import { runRounds, type Contender, type Measured } from '../load/rounds.ts'
import { machineFacts, type Report } from '../report/report.ts'
import { findBestPool } from './best-pool.ts'
import { judgeHolds, type Pass } from './holds-marks.ts'
import type { Outcome, Scenario, Stage } from './scenario.ts'

/** SKUs of the even load; the two behind them are the hot one and the sold-out one. */
const manySkus = 1_000
const hot = manySkus
const soldOut = manySkus + 1
/** What people take without thinking about it: the driver's own default. */
const usualPool = 10

/** Best pool sizes, by baseline and load; found once, and kept for all passes. */
type Pools = Map<string, number>

interface Field extends Stage {
  readonly server: Server
  readonly noOp: Baseline
  readonly rowLock: Baseline
  readonly guarded: Baseline
}

/** Real holds beside the ways in which they are usually done. */
export const holds: Scenario = {
  summary: 'holds a second on one SKU and on 1,000, beside a no-op route, a row lock and a guarded update a request',
  seconds: 5,
  run: runHolds,
}

async function runHolds(stage: Stage): Promise<Outcome> {
  const pools: Pools = new Map()
  const passes: Pass[] = []
  let version = ''
  for (const entries of stage.options.entries) {
    const field = await setUp(stage, entries)
    version = await postgresVersion(field.server.databaseUrl)
    stage.say.line(`  from ${entries.toLocaleString('en')} journal entries`)
    for (const [load, choose] of [
      ['1 SKU', only(hot)],
      ['1,000 SKUs', anyOf(manySkus)],
    ] as const) {
      await findPools(field, load, choose, pools)
      const measured = await runRounds(contendersOf(field, load, choose, pools), stage.options, stage.say)
      passes.push({ entries, load, measured: byName(measured) })
    }
    await stage.cleanup.run()
  }
  return { report: reportOf(passes), facts: [...machineFacts(version), noiseOf(passes)] }
}

async function setUp(stage: Stage, entries: number): Promise<Field> {
  const { cleanup, say, options } = stage
  const skus = manySkus + 2
  const dataDir = await makeCellar(cleanup, say, {
    skus,
    entries,
    also: (client) => createBaselineTables(client, skus),
  })
  const nodeArgs = options.profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profileDir}`]
  const server = await startServer(dataDir, cleanup, { nodeArgs })
  await receivePlenty(server.port, skuCode(hot))
  await sellOut(server.port, skuCode(soldOut))
  const [noOp, rowLock, guarded] = await Promise.all(
    (['no-op', 'row-lock', 'guarded-update'] as const).map((kind) => startBaseline(kind, server.databaseUrl, cleanup)),
  )
  return { ...stage, server, noOp, rowLock, guarded } as Field
}

const holdsAt = (port: number, choose: SkuChoice, status = 201): Target => ({
  port,
  requests: (at) => holdRequests(at, choose),
  status,
})

async function findPools(
  { rowLock, guarded, options, say }: Field,
  load: string,
  choose: SkuChoice,
  pools: Pools,
): Promise<void> {
  for (const [name, baseline] of [
    ['row lock', rowLock],
    ['guarded update', guarded],
  ] as const) {
    const key = `${name}, ${load}`
    if (pools.has(key)) continue
    pools.set(key, await findBestPool(key, baseline, holdsAt(baseline.port, choose), options, say))
  }
}

function contendersOf(field: Field, load: string, choose: SkuChoice, pools: Pools): Contender[] {
  const { server, noOp, rowLock, guarded } = field
  const postgresPids = () => familyOf(server.postgresPid)
  const of = (baseline: Baseline, name: string, pool: number): Contender => ({
    name,
    target: holdsAt(baseline.port, choose),
    serverPids: () => [baseline.pid],
    postgresPids,
    around: async () => {
      await baseline.setPool(pool)
      // Its connections would only take memory until its next turn.
      return () => baseline.setPool(1)
    },
  })
  const real = (name: string, target: Target): Contender => ({
    name,
    target,
    serverPids: () => [server.pid],
    postgresPids,
  })
  return [
    of(noOp, 'no-op route', 1),
    of(rowLock, 'row lock, pool of 10', usualPool),
    of(rowLock, 'row lock, best pool', pools.get(`row lock, ${load}`) ?? usualPool),
    of(guarded, 'guarded update, best pool', pools.get(`guarded update, ${load}`) ?? usualPool),
    real('holds', holdsAt(server.port, choose)),
    ...(load === '1 SKU' ? [real('holds of a sold-out SKU', holdsAt(server.port, only(soldOut), 409))] : []),
  ]
}

function byName(measured: readonly Measured[]): Pass['measured'] {
  return new Map(measured.map((one) => [one.name, one]))
}

function reportOf(passes: readonly Pass[]): Report {
  const rows = passes.flatMap(({ entries, load, measured }) =>
    [...measured.values()].map(({ name, rate, p50Ms, p99Ms, spread, serverUs, postgresUs }) => ({
      what: name,
      on: load,
      entries,
      'a second': rate,
      'p50 ms': p50Ms,
      'p99 ms': p99Ms,
      'spread %': spread * 100,
      'server µs': serverUs,
      'PostgreSQL µs': postgresUs,
    })),
  )
  return { scenario: 'holds', rows, ...judgeHolds(passes) }
}

function noiseOf(passes: readonly Pass[]): string {
  const most = Math.max(...passes.flatMap(({ measured }) => [...measured.values()].map((one) => one.spread)))
  return `Rounds of one contender lay up to ${Math.round(most * 100)}% apart; µs are processor time an answer, warm-up included.`
}
