import type { Measured } from '../load/rounds.ts'
import { atLeast, below, type Report } from '../report/report.ts'

/** One load from one beginning, by contender. */
export interface Pass {
  readonly entries: number
  readonly load: string
  readonly measured: ReadonlyMap<string, Measured>
}

const hotLoad = '1 SKU'

/** The ratios of what was measured, and the marks of the project for them. */
export function judgeHolds(passes: readonly Pass[]): Pick<Report, 'ratios' | 'marks'> {
  const judged = passes.map((pass) => judge(pass, passes))
  return {
    ratios: Object.assign({}, ...judged.map(({ ratios }) => ratios)) as Record<string, number>,
    marks: judged.flatMap(({ marks }) => marks),
  }
}

function judge(pass: Pass, passes: readonly Pass[]): Pick<Report, 'ratios' | 'marks'> {
  const where = `${pass.load}, ${pass.entries.toLocaleString('en')} entries`
  const rate = (name: string, of = pass) => of.measured.get(name)?.rate ?? Number.NaN
  const over = (name: string, what = 'holds') => rate(what) / rate(name)
  const ratios = {
    [`holds / row lock with a pool of 10 (${where})`]: over('row lock, pool of 10'),
    [`holds / row lock with its best pool (${where})`]: over('row lock, best pool'),
    [`holds / guarded update with its best pool (${where})`]: over('guarded update, best pool'),
    [`holds / no-op (${where})`]: over('no-op route'),
  }
  if (pass.load !== hotLoad) {
    const hot = passes.find((other) => other.entries === pass.entries && other.load === hotLoad)
    const ratio = hot ? rate('holds') / rate('holds', hot) : Number.NaN
    const name = `holds on 1,000 SKUs / on one (${pass.entries.toLocaleString('en')} entries)`
    return { ratios: { ...ratios, [name]: ratio }, marks: [atLeast(0.8, name, ratio), p99Mark(pass, where)] }
  }
  const refused = `refusals of a sold-out SKU / no-op (${where})`
  const refusals = over('no-op route', 'holds of a sold-out SKU')
  const least = [15, 10, 3.5, 0.35]
  return {
    ratios: { ...ratios, [refused]: refusals },
    marks: [
      ...Object.entries(ratios).map(([name, ratio], at) => atLeast(least[at] ?? Number.NaN, name, ratio)),
      p99Mark(pass, where),
      atLeast(0.5, refused, refusals),
    ],
  }
}

function p99Mark({ measured }: Pass, where: string) {
  return below(60, `p99 of holds in ms (${where})`, measured.get('holds')?.p99Ms ?? Number.NaN)
}
