import type { Cleanup } from '../cleanup.ts'
import type { Defaults, Options } from '../options.ts'
import type { Report } from '../report/report.ts'
import type { Say } from '../report/say.ts'

/** What a scenario is run with. */
export interface Stage {
  readonly options: Options
  readonly cleanup: Cleanup
  readonly say: Say
}

/** A scenario's report, and on what it was made. */
export interface Outcome {
  readonly report: Report
  /** More sentences for people: the machine, the noise, what was chosen. */
  readonly facts: readonly string[]
}

/** One of the programs of the bench. */
export interface Scenario extends Defaults {
  readonly summary: string
  readonly run: (stage: Stage) => Promise<Outcome>
}
