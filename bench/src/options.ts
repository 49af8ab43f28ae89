/** What was asked for on the command line. */
export interface Options {
  /** Counted seconds of each run. */
  readonly seconds: number
  /** Interleaved rounds, of which medians are taken. */
  readonly rounds: number
  /** Print one JSON object as the last line. */
  readonly json: boolean
  readonly connections: number
  /** Numbers of clients, one step for each. */
  readonly sizes: readonly number[]
  /** The only part that is run. */
  readonly only: string | undefined
  /** Journal entries that the database begins with: one pass for each. */
  readonly entries: readonly number[]
  /** SKUs of each step of `growth`. */
  readonly skus: readonly number[]
  /** Write CPU profiles of the server here. */
  readonly profileDir: string | undefined
  /** The repository that `start` clones. */
  readonly from: string | undefined
}

/** What a scenario takes where nothing is said. One that has `sizes` reads `--connections` as those; `quick` is what `--quick` makes of the rest. */
export type Defaults = Pick<Options, 'seconds'> &
  Partial<Pick<Options, 'rounds' | 'sizes'>> & { readonly quick?: Partial<Options> }

/** A wrong command line, or a machine that cannot do what was asked: the message is for people. */
export class BenchError extends Error {
  override readonly name = 'BenchError'
}

const whole = (name: string, least: number, most: number) => (text: string) => {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new BenchError(`${name} takes a whole number from ${least} to ${most}, not "${text}".`)
}

const list = (name: string, least: number, most: number) => (text: string) =>
  text.split(',').map(whole(name, least, most))

const text = (value: string) => value

// Bounds are what still makes sense: a run of more than ten minutes tells no more, and 1,000 sockets need no raised file limit.
const readers = {
  '--seconds': { field: 'seconds', read: whole('--seconds', 1, 600) },
  '--rounds': { field: 'rounds', read: whole('--rounds', 1, 99) },
  '--connections': { field: 'connections', read: whole('--connections', 1, 900) },
  '--entries': { field: 'entries', read: list('--entries', 0, 10_000_000) },
  '--skus': { field: 'skus', read: list('--skus', 1_000, 2_000_000) },
  '--profile': { field: 'profileDir', read: text },
  '--from': { field: 'from', read: text },
  '--only': { field: 'only', read: text },
} as const satisfies Record<string, { field: keyof Options; read: (text: string) => unknown }>

const sizes = { field: 'sizes', read: list('--connections', 1, 50_000) } as const

/** Reads `--name value` and `--name=value`. Throws `BenchError` for what is unknown, lacks its value or is out of bounds. */
export function readOptions(args: readonly string[], defaults: Defaults): Options {
  const { quick, ...usual } = defaults
  const given: Record<string, unknown> = {}
  let isQuick = false
  const rest = args.flatMap((arg) =>
    arg.includes('=') ? [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)] : [arg],
  )
  for (let at = 0; at < rest.length; at++) {
    const name = rest[at] ?? ''
    if (name === '--json') {
      given['json'] = true
      continue
    }
    if (name === '--quick') {
      if (quick === undefined) throw new BenchError('--quick is for fanout and scale.')
      isQuick = true
      continue
    }
    const reader = readerOf(name, defaults)
    at += 1
    const value = rest[at]
    if (value === undefined) throw new BenchError(`${name} needs a value.`)
    given[reader.field] = reader.read(value)
  }
  return { ...standard, ...usual, ...(isQuick ? quick : {}), ...given }
}

function readerOf(name: string, defaults: Defaults): { field: keyof Options; read: (text: string) => unknown } {
  if (name === '--connections' && defaults.sizes !== undefined) return sizes
  if (name in readers) return readers[name as keyof typeof readers]
  throw new BenchError(`${name} is no option. There are: ${Object.keys(readers).join(', ')}, --quick, --json.`)
}

const standard: Omit<Options, 'seconds'> = {
  rounds: 3,
  json: false,
  connections: 128,
  sizes: [],
  only: undefined,
  entries: [0, 1_000_000],
  skus: [1_000, 10_000, 11_000, 100_000, 1_000_000],
  profileDir: undefined,
  from: undefined,
}
