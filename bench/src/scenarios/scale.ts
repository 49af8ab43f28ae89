import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeCellar, postgresVersion } from '../cellar/cellar.ts'
import { root, startGateway, startServer } from '../cellar/server.ts'
import { refuseTooMany, startClients, type Clients } from '../fanout/clients.ts'
import { cellarhandOf, openSource, type Contender } from '../fanout/contender.ts'
import { hot } from '../fanout/share.ts'
import { idle, leave, measure, onHot, windowOf, type Window } from '../fanout/visit.ts'
import { machineFacts } from '../report/report.ts'
import { drawScale, type ScaleStep } from '../report/scale-chart.ts'
import type { Row } from '../report/table.ts'
import type { Outcome, Scenario, Stage } from './scenario.ts'

const folder = join(root, 'bench', 'results')
const gatewayCounts = [1, 2, 4]

interface Step extends ScaleStep {
  readonly window: Window
}

/** What more gateways on one database bring, and cost. */
export const scale: Scenario = {
  summary: 'messages to 100 to 10,000 clients of 1, 2 and 4 gateways; draws bench/results/scale.svg',
  seconds: 3,
  sizes: [100, 300, 1_000, 3_000, 10_000],
  quick: { seconds: 1, sizes: [100, 1_000] },
  run: runScale,
}

async function runScale({ options, cleanup, say }: Stage): Promise<Outcome> {
  refuseTooMany(Math.max(...options.sizes))
  const clients = await startClients(cleanup)
  const dataDir = await makeCellar(cleanup, say, { skus: hot.first + 1 })
  const steps: Step[] = []
  let version = ''
  for (const gateways of gatewayCounts) {
    const server = await startServer(dataDir, cleanup)
    version = await postgresVersion(server.databaseUrl)
    const others = await Promise.all(
      Array.from({ length: gateways - 1 }, () => startGateway(server.databaseUrl, cleanup)),
    )
    const contender = cellarhandOf(await openSource(server, cleanup), [server, ...others])
    await idle(contender, 1)
    for (const count of options.sizes) {
      const what = `${gateways} of the gateways, ${count.toLocaleString('en')} clients`
      const window = await say.step(what, () => runStep(contender, clients, count, options.seconds))
      const { rate, p50Ms, p99Ms, usEach } = window
      steps.push({ gateways, clients: count, rate, p50Ms, p99Ms, usEach, window })
    }
    await contender.stop()
  }
  write(steps)
  const facts = [
    ...machineFacts(version),
    'Stock changes at the first gateway, which has clients as the others do. All of them, PostgreSQL and the clients share these cores.',
  ]
  return {
    report: { scenario: 'scale', rows: steps.map(rowOf), ratios: {}, marks: [] },
    facts: [...facts, `Written to ${folder}: scale.json and scale.svg`],
  }
}

async function runStep(contender: Contender, clients: Clients, count: number, seconds: number): Promise<Window> {
  await clients.open({ kind: contender.kind, ports: contender.ports, first: 0, count, shares: onHot })
  await sleep(500)
  const raw = await measure(contender, clients, hot, seconds)
  await leave(contender, clients)
  return windowOf(raw, await idle(contender, seconds))
}

function write(steps: readonly Step[]): void {
  mkdirSync(folder, { recursive: true })
  const facts = machineFacts()
  writeFileSync(join(folder, 'scale.json'), `${JSON.stringify({ facts, rows: steps.map(rowOf) }, undefined, 2)}\n`)
  writeFileSync(join(folder, 'scale.svg'), drawScale(steps))
}

function rowOf({ gateways, clients, window }: Step): Row {
  return {
    gateways,
    clients,
    'changes/s': window.changes,
    'messages/s': window.rate,
    'p50 ms': window.p50Ms,
    'p99 ms': window.p99Ms,
    'behind p99': window.behindP99Ms,
    'µs each': window.usEach,
  }
}
