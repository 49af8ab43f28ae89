import { connect } from 'node:http2'
import { makeCellar, postgresVersion } from '../cellar/cellar.ts'
import { cpuMsOf, freePort } from '../cellar/processes.ts'
import { startServer } from '../cellar/server.ts'
import { anyOf, skuCode } from '../load/request.ts'
import { atLeast, machineFacts } from '../report/report.ts'
import { median, spread } from '../report/statistics.ts'
import type { Outcome, Scenario, Stage } from '../scenarios/scenario.ts'
import { noOpPath, startNoOp } from './grpc-no-op.ts'
import { callOnce, runUnaryLoad, type UnaryLoad, type UnaryTarget } from './unary-load.ts'

/** As many as of `reads`, which asks the same over REST. */
const skus = 11_000
const getOffer = '/cellarhand.v1.OfferService/GetOffer'
/** Before an answer's message stand five bytes. */
const frameHead = 5
const warmUpSeconds = 4

/** A unary call of gRPC, beside one that does nothing. */
export const grpc: Scenario = {
  summary: 'offers read a second over gRPC, beside a no-op call',
  seconds: 5,
  run: runGrpc,
}

/** `GetOfferRequest` with field 1, the SKU, and nothing else. */
function offerRequest(choose: () => number): () => Buffer {
  return () => {
    const sku = Buffer.from(skuCode(choose()))
    return Buffer.concat([Buffer.from([0x0a, sku.length]), sku])
  }
}

interface Contender {
  readonly name: string
  readonly target: UnaryTarget
  readonly pid: number
  readonly runs: (UnaryLoad & { readonly serverUs: number })[]
}

/** Measures both in turn, every other round backwards. */
async function measure(contenders: readonly Contender[], { options, say }: Stage): Promise<void> {
  for (const { target } of contenders) await runUnaryLoad(target, { ...options, seconds: warmUpSeconds })
  for (let round = 1; round <= options.rounds; round++) {
    for (const one of round % 2 === 1 ? contenders : contenders.toReversed()) {
      const before = cpuMsOf([one.pid]) ?? Number.NaN
      const load = await runUnaryLoad(one.target, options)
      const usedMs = (cpuMsOf([one.pid]) ?? Number.NaN) - before
      // Its warm-up is in the processor's time and not in the count; its share is the same for both.
      one.runs.push({ ...load, serverUs: (usedMs * 1_000) / (load.rate * (options.seconds + 2)) })
      say.line(`  round ${round} of ${options.rounds}  ${one.name.padEnd(20)} ${Math.round(load.rate)}/s`)
    }
  }
}

async function runGrpc(stage: Stage): Promise<Outcome> {
  const { cleanup, say } = stage
  const dataDir = await makeCellar(cleanup, say, { skus })
  const grpcPort = await freePort()
  const server = await startServer(dataDir, cleanup, { env: { GRPC_PORT: String(grpcPort) } })
  const message = offerRequest(anyOf(skus))
  const offer = { port: grpcPort, path: getOffer, message }
  const session = connect(`http://127.0.0.1:${grpcPort}`)
  const bytes = (await callOnce(session, offer)) - frameHead
  session.destroy()
  const noOp = await startNoOp(bytes, cleanup)
  const contenders: Contender[] = [
    { name: 'no-op call', target: { port: noOp.port, path: noOpPath, message }, pid: noOp.pid, runs: [] },
    { name: 'GetOffer', target: offer, pid: server.pid, runs: [] },
  ]
  await measure(contenders, stage)
  const rates = contenders.map(({ runs }) => median(runs.map(({ rate }) => rate)))
  const ratio = (rates[1] ?? Number.NaN) / (rates[0] ?? Number.NaN)
  const report = {
    scenario: 'grpc',
    rows: contenders.map(rowOf),
    ratios: { 'GetOffer / no-op': ratio },
    marks: [atLeast(0.8, 'GetOffer / no-op', ratio)],
  }
  return { report, facts: machineFacts(await postgresVersion(server.databaseUrl)) }
}

function rowOf({ name, runs }: Contender) {
  const of = (pick: (run: Contender['runs'][number]) => number) => median(runs.map(pick))
  return {
    what: name,
    'a second': of(({ rate }) => rate),
    'p50 ms': of(({ p50Ms }) => p50Ms),
    'p99 ms': of(({ p99Ms }) => p99Ms),
    'spread %': spread(runs.map(({ rate }) => rate)) * 100,
    'server µs': of(({ serverUs }) => serverUs),
  }
}
