import { tableOf } from '../../report/table.ts'
import { differences, sizeOf } from './compare.ts'
import type { Picture } from './picture.ts'

/** What is under way: tells of it, times it, and keeps what was found wrong. */
export interface Course {
  say(line: string): void
  /** Does something that is timed. It may say what memory it took at its peak, MiB. */
  step<T>(what: string, work: (took: (peakMib: number) => void) => Promise<T>): Promise<T>
  /** A comparison that was made: over so much, and what it found. */
  check(what: string, compared: number, found: readonly string[]): void
  /** Compares two pictures. */
  compare(what: string, names: readonly [string, string], a: Picture, b: Picture): void
  /** The closing table, and how many comparisons found nothing and something. */
  close(): { readonly text: string; readonly passed: number; readonly failed: number }
}

interface Step {
  readonly step: string
  readonly seconds: number
  readonly 'peak MiB': number | undefined
}

interface Check {
  readonly compared: string
  readonly lines: number
  readonly differences: number
}

/** Differences of one comparison that are printed. */
const SHOWN = 6

export function createCourse(say: (line: string) => void): Course {
  const steps: Step[] = []
  const checks: Check[] = []
  const check = (what: string, compared: number, found: readonly string[]) => {
    // A comparison of nothing would find nothing wrong whatever had happened.
    const all = compared === 0 ? [`${what}: there was nothing to compare.`, ...found] : found
    checks.push({ compared: what, lines: compared, differences: all.length })
    say(`  ${what}: ${compared.toLocaleString('en')} lines, ${all.length === 0 ? 'the same' : 'DIFFERENT'}`)
    for (const sentence of all.slice(0, SHOWN)) say(`    ${sentence}`)
  }
  return {
    say,
    check,
    compare: (what, names, a, b) => check(what, sizeOf(a), differences(a, b, names)),
    step: async (what, work) => {
      say(`${what} ...`)
      const beganMs = performance.now()
      let peak = 0
      const result = await work((mib) => (peak = Math.max(peak, mib)))
      const seconds = Number(((performance.now() - beganMs) / 1_000).toFixed(1))
      steps.push({ step: what, seconds, 'peak MiB': peak === 0 ? undefined : peak })
      return result
    },
    close: () => {
      const failed = checks.filter(({ differences: count }) => count > 0).length
      const text = `${tableOf(steps.map((step) => ({ ...step })))}\n\n${tableOf(checks.map((one) => ({ ...one })))}`
      return { text, passed: checks.length - failed, failed }
    },
  }
}
