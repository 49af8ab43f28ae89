import type { Config } from '../platform/config.ts'
import { dropOld, makeReady, readAged, type AgedPart } from '../retention/retention.ts'
import { say, withDatabase } from './tools.ts'

const fates = { ahead: 'ahead', kept: 'kept', due: 'goes' } as const

function lineOf({ table, first, beyond, bytes, until, fate }: AgedPart): string {
  const numbers =
    beyond - first === 1 ? `period ${first}` : `${first.toLocaleString('en')} to ${(beyond - 1).toLocaleString('en')}`
  const size = `${(bytes / 1_000_000).toFixed(1)} MB`
  const last = until === undefined ? '' : `until ${until.toISOString().slice(0, 10)}`
  return `  ${table.padEnd(14)} ${numbers.padEnd(26)} ${size.padStart(12)}  ${fates[fate].padEnd(6)} ${last}`.trimEnd()
}

const days = (count: number): string => (count === 0 ? 'for ever' : `for ${count} days at least`)

/** `retention`: what servers do once a minute, now and with words. Resolves with the exit code. */
export function runRetention(config: Config, { dryRun }: { readonly dryRun?: true }): Promise<number> {
  return withDatabase(config, async ({ url, pool }) => {
    say(`The log is kept ${days(config.logRetentionDays)}, keys with their answers ${days(config.keyRetentionDays)}.`)
    if (!dryRun) await makeReady(pool, config)
    const parts = await readAged(pool, config)
    for (const part of parts) say(lineOf(part))
    const due = parts.filter(({ fate }) => fate === 'due')
    if (dryRun || due.length === 0) {
      say(due.length === 0 ? 'Nothing is old enough to go.' : 'Nothing was dropped: without --dry-run, what goes is.')
      return 0
    }
    say('Dropping; it waits up to 20 s for whoever reads them, and no writer waits for it ...')
    const isOurs = await dropOld(url, config, { onDropped: (name) => say(`Dropped ${name}.`) })
    if (!isOurs) say('Another process is dropping them at this moment.')
    return 0
  })
}
