import { cpus, release, totalmem } from 'node:os'
import { tableOf, type Row } from './table.ts'

/** What was promised, and what it came to. */
export interface Mark {
  readonly name: string
  readonly value: number
  readonly mark: number
  readonly met: boolean
}

/** A bench's result: with `--json` this, as the last line. */
export interface Report {
  readonly scenario: string
  readonly rows: readonly Row[]
  readonly ratios: Readonly<Record<string, number>>
  readonly marks: readonly Mark[]
}

/** A value that should be the mark or more. */
export function atLeast(mark: number, name: string, value: number): Mark {
  return { name: `${name}, at least`, value, mark, met: value >= mark }
}

/** A value that should be below the mark. */
export function below(mark: number, name: string, value: number): Mark {
  return { name: `${name}, below`, value, mark, met: value < mark }
}

/** A value that should be the mark or less. */
export function atMost(mark: number, name: string, value: number): Mark {
  return { name: `${name}, at most`, value, mark, met: value <= mark }
}

const rounded = (value: number) =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)

/** A report as a person reads it. */
export function textOf(report: Report, facts: readonly string[]): string {
  const ratios = Object.entries(report.ratios).map(([name, ratio]) => ({ ratio: name, is: Number(ratio.toFixed(2)) }))
  const marks = report.marks.map(({ name, value, mark, met }) => ({
    mark: `${name} ${mark}`,
    is: rounded(value),
    '': met ? 'met' : 'MISSED',
  }))
  const missed = report.marks.filter(({ met }) => !met).length
  const verdict =
    report.marks.length === 0
      ? 'No marks are set for this.'
      : missed === 0
        ? `All ${report.marks.length} marks are met.`
        : `${missed} of ${report.marks.length} marks are missed.`
  const parts = [report.scenario, tableOf(report.rows), tableOf(ratios), tableOf(marks), verdict, facts.join('\n')]
  return parts.filter((part) => part !== '').join('\n\n')
}

/** What the figures were taken on. */
export function machineFacts(postgresVersion?: string): string[] {
  const [first] = cpus()
  const database = postgresVersion === undefined ? '' : `, PostgreSQL ${postgresVersion}, durable commits`
  return [
    `${cpus().length} cores (${first?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 1_073_741_824)} GiB, ${process.platform} ${release()}`,
    `Node ${process.versions.node}${database}; load generator on the same machine`,
  ]
}
