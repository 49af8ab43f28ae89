import type { RoundReport } from './round.ts'

const count = (reports: readonly RoundReport[], pick: (report: RoundReport) => number) =>
  reports.reduce((sum, report) => sum + pick(report), 0)

/** One line of progress. */
export function roundLine(round: number, rounds: number, report: RoundReport): string {
  const { victim, acknowledged, unknown, recoveryMs, violations } = report
  const verdict = violations.length === 0 ? 'fine' : `${violations.length} VIOLATIONS`
  const recovered = `back after ${Math.round(recoveryMs)} ms`
  return `round ${String(round + 1).padStart(String(rounds).length)}/${rounds}  ${victim.padEnd(24)}${String(acknowledged).padStart(6)} acknowledged ${String(unknown).padStart(4)} unknown   ${recovered.padEnd(20)} ${verdict}`
}

/** The summary: one row a victim, and all of them. */
export function summary(reports: readonly RoundReport[]): string {
  const names = [...new Set(reports.map(({ victim }) => victim))].toSorted()
  const rows = [...names, 'all'].map((name) =>
    rowOf(name, name === 'all' ? reports : reports.filter(({ victim }) => victim === name)),
  )
  return table([headings, ...rows])
}

const headings = [
  'killed',
  'rounds',
  'acknowledged',
  'refused',
  'unknown',
  'of which done',
  'lost',
  'doubled',
  'other faults',
  'back p50 ms',
  'max ms',
]

function rowOf(name: string, reports: readonly RoundReport[]): string[] {
  const violations = reports.flatMap((report) => report.violations)
  const lost = violations.filter((sentence) => sentence.startsWith('lost:')).length
  const doubled = violations.filter((sentence) => sentence.startsWith('twice:')).length
  const recoveries = reports.map(({ recoveryMs }) => recoveryMs).toSorted((a, b) => a - b)
  return [
    name,
    reports.length,
    count(reports, (report) => report.acknowledged),
    count(reports, (report) => report.refused),
    count(reports, (report) => report.unknown),
    count(reports, (report) => report.unknownApplied),
    lost,
    doubled,
    violations.length - lost - doubled,
    Math.round(recoveries[Math.floor(recoveries.length / 2)] ?? 0),
    Math.round(recoveries.at(-1) ?? 0),
  ].map(String)
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const cell = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)
  return rows.map((row) => row.map(cell).join('   ')).join('\n')
}
