import { InvalidArgumentError, type Command } from 'commander'
import { record } from '../access/access.ts'
import { readSuspicions, writeSigns, type Sign, type Suspicion } from '../conduct/conduct.ts'
import type { Config } from '../platform/config.ts'
import { withTransaction } from '../platform/postgres/database.ts'
import { configOf, databaseSettings, withSettings } from './command-line.ts'
import { say, withDatabase } from './tools.ts'

const HOUR_MS = 3_600_000
const BLOCK_HOURS_MAX = 720

interface Reason {
  readonly reason: string
}

/** Who holds bottles and does not buy them: who that is, and what staff decide about it. */
export function addSuspicions(root: Command): void {
  const suspicions = root.command('suspicions').description('Who holds bottles and does not buy them: docs/accounts.md')
  const list = suspicions
    .command('list', { isDefault: true })
    .description('Who is suspected, and why; the worst first')
    .action((_flags, used: Command) => showSuspicions(configOf(used)))
  const clear = suspicions
    .command('clear <party>')
    .description('Forget what was counted against somebody, and end a block')
    .requiredOption('--reason <text>', 'why, for the record')
    .action((party: string, { reason }: Reason, used: Command) =>
      decide(configOf(used), { party: named(party), kind: 'cleared', atMs: Date.now() }, { reason }),
    )
  const block = suspicions
    .command('block <party>')
    .description('Let somebody hold nothing for some hours')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--hours <number>', 'after so many it ends by itself', hoursOf, 24)
    .action((party: string, { reason, hours }: Reason & { hours: number }, used: Command) => {
      const atMs = Date.now()
      const sign: Sign = { party: named(party), kind: 'blocked', atMs, untilMs: atMs + hours * HOUR_MS }
      return decide(configOf(used), sign, { reason, hours })
    })
  withSettings(list, [...databaseSettings, 'suspicionPercent'])
  for (const one of [clear, block]) withSettings(one, databaseSettings)
}

function named(party: string): string {
  if (/^((user|guest):[\x21-\x7e]{1,100}|address:[\w-]{22})$/.test(party)) return party
  throw new InvalidArgumentError('Somebody is named as user:ID, guest:ID or address:HASH: suspicions list shows them.')
}

function hoursOf(text: string): number {
  const hours = Number(text)
  if (Number.isInteger(hours) && hours >= 1 && hours <= BLOCK_HOURS_MAX) return hours
  throw new InvalidArgumentError(`Hours are a whole number of 1 to ${BLOCK_HOURS_MAX}.`)
}

function showSuspicions(config: Config): Promise<void> {
  return withDatabase(config, async ({ pool }) => {
    const found = await readSuspicions(pool, { nowMs: Date.now, percent: config.suspicionPercent })
    if (found.length === 0) say('Nobody is suspected.')
    for (const one of found) say(lineOf(one))
  })
}

function lineOf({ party, network, score, verdict, reasons, blockedUntilMs }: Suspicion): string {
  const why = reasons.map(({ reason, figure }) => `${reason} ${figure}`)
  const until = blockedUntilMs === undefined ? [] : [`until ${new Date(blockedUntilMs).toISOString()}`]
  const from = network === undefined ? [] : [network]
  return `${party}  ${verdict} ${score} (${[...why, ...from, ...until].join('; ')})`
}

function decide(config: Config, sign: Sign, detail: Readonly<Record<string, unknown>>): Promise<void> {
  const operation = sign.kind === 'cleared' ? 'clearSuspicion' : 'blockSuspicion'
  return withDatabase(config, async ({ pool }) => {
    await withTransaction(pool, async (client) => {
      await writeSigns(client, [sign])
      const done = { operation, target: sign.party, outcome: 'done', detail }
      await record(client, { subject: 'cellarhand', via: 'command' }, done)
    })
    const says = sign.kind === 'cleared' ? 'is as if nothing had been' : 'holds nothing for now'
    say(`${sign.party} ${says}; running servers know it within seconds.`)
  })
}
