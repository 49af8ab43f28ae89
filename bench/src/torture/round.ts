import { setTimeout as sleep } from 'node:timers/promises'
import type { Cellar } from './cellar.ts'
import * as intents from './intents.ts'
import { askAgain, judgeHistory, type Storm } from './judge.ts'
import { createRandom, type Random } from './random.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import type { ServerNode } from './server-node.ts'
import { createShoppers, flashSale, type Shoppers } from './shoppers.ts'

/** What a round kills with SIGKILL: a server, PostgreSQL, or the server that runs PostgreSQL together with it. */
export const victims = ['server A', 'server B', 'PostgreSQL', 'server A and PostgreSQL'] as const
export type Victim = (typeof victims)[number]

/** What a round found. */
export interface RoundReport {
  readonly victim: Victim
  readonly killedAfterMs: number
  readonly acknowledged: number
  readonly refused: number
  /** Tries whose answer was lost, and how many of those had been done all the same. */
  readonly unknown: number
  readonly unknownApplied: number
  /** From the kill until what was killed gave an answer to something asked after it. */
  readonly recoveryMs: number
  /** What is not as it has to be, a sentence each; empty for a round that passed. */
  readonly violations: readonly string[]
}

const CLIENTS = 24
/** The kill falls somewhere in here, in the thick of the sale. */
const KILL_AFTER_MS = { least: 100, most: 500 }
/** The sale goes on for this long after everything is back. */
const AFTERMATH_MS = 150
/** Recovery takes less than this, or the round has failed (I8). */
const RECOVERY_MOST_MS = 20_000
/** SKUs of a round and their bottles; the first is the one everybody wants. */
const BOTTLES = [400, 80, 40]

/** What a round is done with. */
export interface RoundOptions {
  readonly seed: number
  /** Which round of the run: its SKUs and keys are named after it. */
  readonly round: number
  readonly victim: Victim
}

/** One flash sale with a kill in the middle of it, and the reckoning. */
export async function runRound(cellar: Cellar, { seed, round, victim }: RoundOptions): Promise<RoundReport> {
  const random = createRandom(seed * 1_000 + round)
  const storm = await openSale(cellar, random, `s${seed}r${round}`)
  const { recorder, shoppers } = storm
  const over = new AbortController()
  const sale = shoppers.run({ clients: CLIENTS, signal: over.signal })
  const killedAfterMs = KILL_AFTER_MS.least + random.below(KILL_AFTER_MS.most - KILL_AFTER_MS.least)
  const violations: string[] = []
  let recoveryMs = Number.NaN
  try {
    await sleep(killedAfterMs)
    recoveryMs = await killAndRecover(cellar, recorder, victim)
    await sleep(AFTERMATH_MS)
  } catch (error) {
    violations.push(`it did not recover: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    over.abort()
  }
  await sale.catch((error: unknown) => violations.push(String(error)))
  if (violations.length === 0) {
    violations.push(
      ...recorder.faults,
      ...(await askAgain(recorder, storm.choose)),
      ...(await judgeHistory(cellar, storm)),
    )
  }
  if (recoveryMs > RECOVERY_MOST_MS) violations.push(`recovery took ${Math.round(recoveryMs)} ms`)
  return { victim, killedAfterMs, recoveryMs, violations, ...tallyOf(recorder) }
}

/** The victims of so many rounds: in each four, every one of them once. A postmaster is given up that is killed ten times in a row. */
export function victimsOf(seed: number, rounds: number): Victim[] {
  const random = createRandom(seed)
  const fours = Array.from({ length: Math.ceil(rounds / victims.length) }, () => random.shuffled(victims))
  return fours.flat().slice(0, rounds)
}

/** A storm that is on. */
export interface Sale extends Storm {
  readonly shoppers: Shoppers
  readonly choose: () => ServerNode
}

/** Fresh SKUs, priced and delivered, and shoppers before them, who ask either server unless told otherwise. */
export async function openSale(
  cellar: Cellar,
  random: Random,
  name: string,
  choose: () => ServerNode = () => random.pick(cellar.nodes),
): Promise<Sale> {
  const skus = BOTTLES.map((_, index) => `${name}-${index}`)
  const recorder = createRecorder()
  const prefix = `${name}:`
  await cellar.addSkus(skus)
  const shoppers = createShoppers(recorder, random, { skus, habits: flashSale, prefix, choose })
  await shoppers.do('house', (key) => intents.setPrice(key, skus, 1_000))
  const delivery = skus.map((sku, index) => ({ sku, quantity: BOTTLES[index] ?? 0 }))
  await shoppers.do('house', (key) => intents.receive(key, { location: 'shop' }, delivery))
  return { recorder, shoppers, skus, prefix, choose }
}

/** Kills, starts again what nobody else brings back, and resolves with how long it took until the killed answered. */
async function killAndRecover(cellar: Cellar, recorder: Recorder, victim: Victim): Promise<number> {
  const [a, b] = cellar.nodes
  const killedAt = performance.now()
  if (victim === 'PostgreSQL' || victim === 'server A and PostgreSQL') cellar.killPostgres()
  const killed = { 'server A': [a], 'server B': [b], PostgreSQL: [], 'server A and PostgreSQL': [a] }[victim]
  for (const node of killed) await node.kill()
  for (const node of killed) await node.start()
  const awaited = victim === 'server B' ? [b] : victim === 'server A' ? [a] : [a, b]
  const backAt = await Promise.all(awaited.map((node) => answersAfter(recorder, node, killedAt)))
  return Math.max(...backAt) - killedAt
}

/** When a server had answered something that was asked after `since` and after it went down. */
async function answersAfter(recorder: Recorder, node: ServerNode, since: number): Promise<number> {
  const endsAt = performance.now() + 2 * RECOVERY_MOST_MS
  // What was under way at the kill may still be answered from before it.
  const isBack = () => recorder.answeredAt.get(node.name)?.some((invokedAt) => invokedAt > since + 1)
  while (!isBack()) {
    if (performance.now() > endsAt) throw new Error(`${node.name} gave no answer:\n${node.output().slice(-2_000)}`)
    await sleep(5)
  }
  return performance.now()
}

function tallyOf({ settled, history }: Recorder) {
  const outcomes = [...settled.values()]
  return {
    acknowledged: outcomes.filter(({ outcome }) => outcome === 'ok').length,
    refused: outcomes.filter(({ outcome }) => outcome === 'refused').length,
    unknown: history.filter((record) => record.kind !== 'read' && record.outcome === 'unknown').length,
    unknownApplied: outcomes.filter(({ unknown, replayed }) => unknown > 0 && replayed).length,
  }
}
