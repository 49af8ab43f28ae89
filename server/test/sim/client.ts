import type { HistoryRecord, WriteRecord } from '@cellarhand/bench/src/witness/history.ts'
import { parsePosition } from '../../src/log/log.ts'
import type { Command } from '../../src/stock/core/command.ts'
import { Unavailable, type Outcome } from '../../src/stock/stock.ts'
import { actOf } from './acts.ts'
import { drawCommand, type Known } from './draw.ts'
import type { Network } from './connection.ts'
import type { ServerProcess } from './server-process.ts'
import { POISON } from './writing.ts'

/** What all clients of a world write down. */
export interface Notebook {
  readonly history: HistoryRecord[]
  /** Commands by key, for what is looked up afterwards. */
  readonly asked: Map<string, Command>
  /** Answers by key, to be compared with those to repetitions. */
  readonly answered: Map<string, string>
  /** Keys of which some try may have been done without its client being told so; the others were told that nothing was. */
  readonly open: Set<string>
  /** What may not happen, in words. */
  readonly faults: string[]
}

export interface ClientDoor {
  readonly name: string
  readonly network: Network
  /** Some process that lives. */
  readonly choose: () => ServerProcess
  readonly notebook: Notebook
  readonly known: Known
}

/** How long a client waits for an answer before it takes it for lost. */
const PATIENCE_MS = 9_000

/** A client that asks one thing after another, and asks again under the same key when it was not told. */
export async function runClient(door: ClientDoor, operations: number): Promise<void> {
  const { chance, clock } = door.network
  const { known, notebook } = door
  for (let operation = 0; operation < operations; operation++) {
    if (chance.percent(50)) await clock.sleep(chance.percent(10) ? chance.below(2_000) : chance.below(20))
    const command = drawCommand(chance, known, clock.nowMs())
    const key = `${door.name}/${operation}`
    notebook.asked.set(key, command)
    const tries = 1 + chance.below(4)
    for (let attempt = 0; attempt < tries; attempt++) {
      const outcome = await ask(door, key, command)
      if (outcome) remember(known, command, outcome)
      // Once in a while somebody asks again although they were told.
      if (outcome && !chance.percent(10)) break
      await clock.sleep(1 + chance.below(30))
    }
  }
}

/** Asks until it is told, however long that takes. */
export async function askUntilTold(door: ClientDoor, operation: string, command: Command): Promise<void> {
  const key = `${door.name}/${operation}`
  door.notebook.asked.set(key, command)
  for (;;) {
    const outcome = await ask(door, key, command)
    if (outcome) return remember(door.known, command, outcome)
    await door.network.clock.sleep(20)
  }
}

function remember(known: Known, command: Command, outcome: Outcome): void {
  if (outcome.kind !== 'done') return
  const { id } = JSON.parse(outcome.body) as { id: string }
  if (command.kind === 'hold') known.holds.push(id)
  if (command.kind === 'commit') known.commitments.push(id)
  if (command.kind === 'order') known.orders.push(id)
  if (command.kind === 'shipOrder' || command.kind === 'collectOrder') known.handedOver.push(command.documentId)
  if (command.kind === 'transfer') known.transfers.push(id)
  if (command.kind === 'purchase') known.purchases.push(id)
  if (command.kind === 'openBottle') known.openBottles.push(id)
}

/** How it is said that nothing was done. Whoever is told so may take it for true. */
const NOTHING_DONE = /nothing of (this|it) was done/

async function ask(door: ClientDoor, key: string, command: Command): Promise<Outcome | undefined> {
  const { network, notebook, name } = door
  const invokedAt = network.clock.nowMs()
  const impatient = new AbortController()
  const outcome = await Promise.race([
    door
      .choose()
      .submit({ command, key, caller: 'client', actor: name })
      .catch((error: unknown) => error as Error),
    network.clock.sleep(PATIENCE_MS, impatient.signal),
  ])
  impatient.abort()
  const head = { process: name, key, invokedAt }
  const returnedAt = network.clock.nowMs()
  if (!outcome || outcome instanceof Error) {
    if (outcome && !(outcome instanceof Unavailable)) blameUnlessMeant(notebook, command, outcome)
    if (!outcome || !NOTHING_DONE.test(outcome.message)) notebook.open.add(key)
    notebook.history.push({ ...head, returnedAt: null, outcome: 'unknown', ...actOf(command) })
    return undefined
  }
  const record = recordOf(notebook, key, command, outcome)
  if (record) notebook.history.push({ ...record, ...head, returnedAt })
  return outcome
}

/** A poisoned command fails with what is wrong with it; everybody else is told to come again, or the made-up failure itself. */
function blameUnlessMeant(notebook: Notebook, command: Command, error: Error): void {
  const isPoisoned = 'reference' in command && command.reference === POISON
  const { code } = error as { code?: string }
  if (isPoisoned ? code === '22P02' || code === 'XX000' : code === 'XX000') return
  notebook.faults.push(`${command.kind} failed with ${code}: ${error.message}`)
}

function recordOf(notebook: Notebook, key: string, command: Command, outcome: Outcome): WriteRecord | undefined {
  const { index } = outcome
  const position = parsePosition(outcome.position)?.number ?? -1
  const head = { process: '', key, invokedAt: null, returnedAt: null, position, index }
  if (outcome.kind === 'refused') return { ...head, outcome: 'refused', slug: outcome.refusal.slug, ...actOf(command) }
  if (outcome.kind === 'nothing') return undefined
  const before = notebook.answered.get(key)
  if (before !== undefined && before !== outcome.body)
    notebook.faults.push(`${key} was answered ${before}, and again ${outcome.body}`)
  notebook.answered.set(key, outcome.body)
  const answer = JSON.parse(outcome.body) as { rebased?: boolean }
  // Time follows the order of decisions: nothing that happens now can have been seen by a count before it.
  if (answer.rebased && 'location' in command && !('occurredAtMs' in command))
    notebook.faults.push(`${key} was rebased: ${outcome.body}`)
  return { ...head, outcome: 'ok', ...actOf(command, answer) }
}
