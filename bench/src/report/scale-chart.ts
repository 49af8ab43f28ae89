import { drawPanels, gold, slate, wine, type Line } from './chart.ts'

/** What came of so many gateways with so many clients. */
export interface ScaleStep {
  readonly gateways: number
  readonly clients: number
  /** values delivered to clients a second */
  readonly rate: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** processor time for each; undefined where the system does not tell */
  readonly usEach: number | undefined
}

const colours = [wine, slate, gold]

/** The steps as a picture over the number of clients: a line for each number of gateways. */
export function drawScale(steps: readonly ScaleStep[]): string {
  const clients = [...new Set(steps.map((step) => step.clients))].toSorted((a, b) => a - b)
  const gateways = [...new Set(steps.map((step) => step.gateways))].toSorted((a, b) => a - b)
  const lines = (of: (step: ScaleStep) => number | undefined): Line[] =>
    gateways.map((count, at) => ({
      name: count === 1 ? '1 gateway' : `${count} gateways`,
      colour: colours[at % colours.length] ?? wine,
      values: clients.map((number) => {
        const step = steps.find((one) => one.gateways === count && one.clients === number)
        return step && of(step)
      }),
    }))
  return drawPanels('Delivered messages, latency and processor time by number of clients', clients, [
    { title: 'Messages a second, by clients', lines: lines((step) => step.rate) },
    { title: 'Commit to client, p99 ms', lines: lines((step) => step.p99Ms) },
    { title: 'Processor time, µs a message', lines: lines((step) => step.usEach) },
  ])
}
