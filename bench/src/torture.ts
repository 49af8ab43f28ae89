import { parseArgs } from 'node:util'
import { runFeed } from './torture/feed/feed.ts'
import { runHolds } from './torture/holds.ts'
import { runSelfTests } from './torture/self-test.ts'
import { runYearSelfTests } from './torture/year/self-test.ts'
import { runYear } from './torture/year/year.ts'

const USAGE = `Torture: real servers and PostgreSQL are killed with SIGKILL in the middle of a flash sale, and nothing acknowledged may be lost or doubled.

  npm run torture -- holds [--rounds N] [--seed S]   rounds of kills; everything acknowledged is asked for again and replayed
  npm run torture -- all   [--rounds N] [--seed S]   the same, with clients that follow the feed through it all
  npm run torture -- --self-test                     plants faults that each have to be caught

The feed, through lines that break, gateways and PostgreSQL that go away: every client ends up with what the database has, and nothing goes back.

  npm run torture -- feed [--seeds N] [--seed S]     seeds S to S+N-1; each that fails says how to have it again

And a merchant's year: traded twice from one seed, backed up while it is traded, restored, and compared at every month-end.

  npm run torture -- year [--movements N] [--seed S]
  npm run torture -- year --self-test                plants differences in a restored year that each have to be noticed

  --rounds N    rounds (20)
  --seeds N     seeds (50)
  --movements N about so many in the year (100000)
  --seed S      what is killed, when and what clients do follows from it (the time of day)
  --ci          ends with "N passed, N failed"
`

const ROUNDS_DEFAULT = 20
const SEEDS_DEFAULT = 50
const MOVEMENTS_DEFAULT = 100_000
/** Fewer leave no trade for the middle of a month, which a backup is taken in. */
const MOVEMENTS_LEAST = 2_000
const scenarios = ['holds', 'feed', 'all', 'year']

function wholeNumber(text: string | undefined, otherwise: number, name: string): number {
  if (text === undefined) return otherwise
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new RangeError(`--${name} is a whole number from 1 on, not ${text}.`)
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      seeds: { type: 'string' },
      movements: { type: 'string' },
      seed: { type: 'string' },
      ci: { type: 'boolean', default: false },
      'self-test': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const [scenario] = positionals
  const ending = (passed: number, failed: number) => {
    if (values.ci) console.log(`${passed} passed, ${failed} failed`)
    return failed === 0 ? 0 : 1
  }
  if (values['self-test']) {
    const { caught, missed } = await (scenario === 'year' ? runYearSelfTests : runSelfTests)(console.log)
    return ending(caught, missed)
  }
  if (values.help || scenario === undefined || !scenarios.includes(scenario)) {
    console.log(USAGE)
    return values.help ? 0 : 2
  }
  const seed = wholeNumber(values.seed, Date.now() % 1_000_000, 'seed')
  if (scenario === 'year') {
    const movements = wholeNumber(values.movements, MOVEMENTS_DEFAULT, 'movements')
    if (movements < MOVEMENTS_LEAST) throw new RangeError(`A year has at least ${MOVEMENTS_LEAST} movements.`)
    const { passed, failed } = await runYear({ movements, seed, say: console.log })
    return ending(passed, failed)
  }
  if (scenario === 'feed') {
    const { passed, failed } = await runFeed({
      seed,
      seeds: wholeNumber(values.seeds, SEEDS_DEFAULT, 'seeds'),
      say: console.log,
    })
    return ending(passed, failed)
  }
  const rounds = wholeNumber(values.rounds, ROUNDS_DEFAULT, 'rounds')
  const { passed, failed } = await runHolds({ rounds, seed, withFeed: scenario === 'all', say: console.log })
  return ending(passed, failed)
}

// Ended by an order, so that nothing that was started stays behind.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => process.exit(130))
try {
  process.exit(await main())
} catch (error) {
  console.error(error instanceof RangeError ? error.message : error)
  process.exit(2)
}
