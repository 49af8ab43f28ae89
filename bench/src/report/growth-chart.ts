import { drawPanels, slate, wine, type Line } from './chart.ts'

/** What the chart shows of a step. */
export interface ChartStep {
  readonly skus: number
  readonly holds: number
  readonly reads: number
  readonly startMs: number
  readonly serverMib: number | undefined
  readonly postgresMib: number | undefined
}

/** The steps of growth as a picture: rates, memory and start-up over the number of SKUs, which is drawn by powers of ten. */
export function drawGrowth(steps: readonly ChartStep[]): string {
  const sorted = steps.toSorted((a, b) => a.skus - b.skus)
  const skus = sorted.map((step) => step.skus)
  const line = (name: string, colour: string, of: (step: ChartStep) => number | undefined): Line => ({
    name,
    colour,
    values: sorted.map(of),
  })
  return drawPanels('Rates, memory and start-up time by number of SKUs', skus, [
    {
      title: 'Rates, a second',
      lines: [line('reads', slate, (step) => step.reads), line('holds', wine, (step) => step.holds)],
    },
    {
      title: 'Memory, MiB',
      lines: [line('server', wine, (step) => step.serverMib), line('PostgreSQL', slate, (step) => step.postgresMib)],
    },
    { title: 'Start, seconds', lines: [line('to the first ready answer', wine, (step) => step.startMs / 1_000)] },
  ])
}
