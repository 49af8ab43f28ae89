import { setTimeout as sleep } from 'node:timers/promises'
import type { HistoryRecord } from '../witness/history.ts'
import type { Intent, StockAnswer } from './intents.ts'
import { send, type Answer } from './request.ts'
import type { ServerNode } from './server-node.ts'

/** How a write ended in the end, after as many tries as it took. */
export interface Settled {
  readonly intent: Intent
  readonly outcome: 'ok' | 'refused'
  readonly answer: Answer
  /** Tries whose answer was lost before. */
  readonly unknown: number
  /** The effect was there already when it was last asked for. */
  readonly replayed: boolean
}

/** What the clients of a storm saw. */
export interface Recorder {
  readonly history: HistoryRecord[]
  /** By key: every write that was settled. */
  readonly settled: Map<string, Settled>
  /** By key: what was asked. */
  readonly intents: Map<string, Intent>
  /** What should never be seen: a 500, an answer without a position. A sentence each. */
  readonly faults: string[]
  /** By server: when it last gave an answer to something asked at `invokedAt`. */
  readonly answeredAt: Map<string, number[]>
  /**
   * Asks until the answer is known: what was lost or put off (503) is asked again under the same key, at whatever server `choose`
   * names then. Rejects when that takes more than a minute.
   */
  ask(process: string, intent: Intent, choose: () => ServerNode): Promise<Settled>
  /** Reads a level and records what it showed. A read that fails is no part of the history. */
  look(process: string, node: ServerNode, level: { sku: string; location: string; least?: string }): Promise<void>
}

const SETTLED_WITHIN_MS = 60_000
const AGAIN_AFTER_MS = 40

/** A recorder of nothing yet. Times are of this process's monotonic clock. */
export function createRecorder(): Recorder {
  const recorder: Omit<Recorder, 'ask' | 'look'> = {
    history: [],
    settled: new Map(),
    intents: new Map(),
    faults: [],
    answeredAt: new Map(),
  }
  return {
    ...recorder,
    ask: (process, intent, choose) => ask(recorder, process, intent, choose),
    look: (process, node, level) => look(recorder, process, node, level),
  }
}

type Record = Omit<Recorder, 'ask' | 'look'>

async function ask(record: Record, process: string, intent: Intent, choose: () => ServerNode): Promise<Settled> {
  record.intents.set(intent.call.key, intent)
  const endsAt = performance.now() + SETTLED_WITHIN_MS
  let unknown = 0
  while (performance.now() < endsAt) {
    const node = choose()
    const invokedAt = performance.now()
    const answer = await send(node.url, intent.call).catch((error: unknown) => (error as { code?: string }).code)
    const returnedAt = performance.now()
    const settled = typeof answer === 'object' ? settledBy(record, intent, answer, unknown) : undefined
    if (settled) {
      const ended = endingOf(record, settled)
      if (ended) record.history.push({ process, key: intent.call.key, invokedAt, returnedAt, ...ended })
      record.settled.set(intent.call.key, settled)
      record.answeredAt.set(node.name, [...(record.answeredAt.get(node.name) ?? []).slice(-50), invokedAt])
      return settled
    }
    // Where nobody listens nothing was asked; everything else may have been done.
    if (answer !== 'ECONNREFUSED') {
      const unanswered = { process, key: intent.call.key, invokedAt, returnedAt: null, outcome: 'unknown' } as const
      record.history.push({ ...unanswered, ...intent.act() })
      unknown += 1
    }
    await sleep(AGAIN_AFTER_MS)
  }
  throw new Error(`${intent.call.method} ${intent.call.path} was not answered within ${SETTLED_WITHIN_MS} ms`)
}

/** Undefined for an answer after which nothing is known yet. */
function settledBy(record: Record, intent: Intent, answer: Answer, unknown: number): Settled | undefined {
  if (answer.status === 503) return undefined
  if (answer.status >= 500) {
    record.faults.push(`${intent.call.path} was answered ${answer.status}: ${answer.body.slice(0, 200)}`)
    return undefined
  }
  const replayed = answer.headers['idempotency-replayed'] === 'true'
  return { intent, outcome: answer.status < 300 ? 'ok' : 'refused', answer, unknown, replayed }
}

/** The act and where it stands; undefined, and a fault, where the answer does not say. */
function endingOf(record: Record, { intent, outcome, answer }: Settled) {
  const position = numberOf(answer.headers['cellarhand-position'])
  const index = Number(answer.headers['cellarhand-index'] ?? Number.NaN)
  if (position === undefined || !Number.isInteger(index)) {
    record.faults.push(
      `${intent.call.path} was answered ${answer.status} without a place: ${answer.body.slice(0, 200)}`,
    )
    return undefined
  }
  if (outcome === 'ok') {
    return { position, index, outcome, ...intent.act(JSON.parse(answer.body) as StockAnswer) } as const
  }
  return { position, index, outcome, slug: slugOf(answer), ...intent.act() } as const
}

/** The last part of a problem's type. */
export function slugOf({ body }: Answer): string {
  return ((JSON.parse(body) as { type?: string }).type ?? '').split('/').at(-1) ?? ''
}

/** The number of a position, `epoch.number`. */
export function numberOf(position: string | string[] | undefined): number | undefined {
  const number = Number(String(position ?? '').split('.')[1] ?? Number.NaN)
  return Number.isSafeInteger(number) ? number : undefined
}

interface LevelAnswer {
  readonly sku: string
  readonly location: string
  readonly available: number
  readonly held: number
  readonly committed: number
  readonly allocated: number
  readonly quarantined: number
  readonly short: number
}

async function look(
  record: Record,
  process: string,
  node: ServerNode,
  { sku, location, least }: { sku: string; location: string; least?: string },
): Promise<void> {
  const invokedAt = performance.now()
  const named = least === undefined ? '' : `&minPosition=${least}`
  const path = `/v1/stock?sku=${sku}&location=${location}${named}`
  const answer = await send(node.url, { method: 'GET', path }).catch(() => undefined)
  if (answer?.status !== 200) return
  const { items, position } = JSON.parse(answer.body) as { items: LevelAnswer[]; position: string }
  const leastNumber = numberOf(least)
  record.history.push({
    kind: 'read',
    // Servers follow the log at their own pace: only what one server shows has to rise.
    process: `${process} at ${node.name}`,
    invokedAt,
    returnedAt: performance.now(),
    position: numberOf(position) ?? 0,
    ...(leastNumber === undefined ? {} : { least: leastNumber }),
    levels: items.map((level) => {
      const { sku, location, available, held, committed, allocated, quarantined, short } = level
      return { sku, location, available, held, committed, allocated, quarantined, short }
    }),
  })
}
