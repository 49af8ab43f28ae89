import type { Violation } from '../witness/history.ts'
import { checkWitness } from '../witness/witness.ts'
import type { Cellar } from './cellar.ts'
import { readJournal, wholeHistory } from './journal.ts'
import { auditLedger } from './ledger.ts'
import type { Recorder, Settled } from './recorder.ts'
import { send } from './request.ts'
import { runCommand, type ServerNode } from './server-node.ts'

/** A storm that is over: what its clients saw, and what it was about. */
export interface Storm {
  readonly recorder: Recorder
  /** All its keys begin so. */
  readonly prefix: string
  readonly skus: readonly string[]
}

/** Everything that a storm has to leave true; a sentence for each thing that is not. */
export async function judgeStorm(cellar: Cellar, storm: Storm): Promise<string[]> {
  const { recorder } = storm
  return [...recorder.faults, ...(await auditLedger(cellar)), ...(await judgeHistory(cellar, storm))]
}

/** The witness check of a storm's history, beginning with empty levels, against the journal. */
export async function judgeHistory(cellar: Cellar, { recorder, prefix, skus }: Storm): Promise<string[]> {
  const journal = await readJournal(cellar, prefix, skus)
  const { violations } = checkWitness(
    wholeHistory(recorder, journal),
    {},
    { levels: journal.levels, journal: journal.entries },
  )
  return violations.map(sentence)
}

function sentence({ kind, what, record }: Violation): string {
  return `${kind}: ${what}${record ? ` (${JSON.stringify(record).slice(0, 400)})` : ''}`
}

/** How many are asked again at once. */
const AGAIN_AT_ONCE = 32

/**
 * Asks everything that was acknowledged once more under its key: the answer has to be the same, down to the letter, and say that it
 * is a repetition. Returns a sentence for each that is not.
 */
export async function askAgain(recorder: Recorder, choose: () => ServerNode): Promise<string[]> {
  const complaints: string[] = []
  const acknowledged = [...recorder.settled.values()].filter(({ outcome }) => outcome === 'ok')
  const workers = Array.from({ length: AGAIN_AT_ONCE }, async () => {
    for (let settled = acknowledged.pop(); settled; settled = acknowledged.pop()) {
      const complaint = await differs(settled, choose)
      if (complaint) complaints.push(complaint)
    }
  })
  await Promise.all(workers)
  return complaints
}

async function differs({ intent, answer }: Settled, choose: () => ServerNode): Promise<string | undefined> {
  const again = await send(choose().url, intent.call)
  const same =
    again.status === answer.status &&
    again.body === answer.body &&
    again.headers['cellarhand-position'] === answer.headers['cellarhand-position'] &&
    again.headers['idempotency-replayed'] === 'true'
  if (same) return undefined
  return `${intent.call.key} was answered ${answer.status} ${answer.body}, and again ${again.status} ${again.body}`
}

/** Runs the product's own `verify`; a sentence where it finds something. */
export async function runVerify(cellar: Cellar): Promise<string[]> {
  const { code, output } = await runCommand(['verify'], { DATABASE_URL: cellar.databaseUrl() })
  return code === 0 ? [] : [`verify ended with ${code}:\n${output.slice(-2_000)}`]
}
