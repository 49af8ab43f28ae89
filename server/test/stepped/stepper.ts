import type pg from 'pg'
import { openSession, type Session } from '../../src/stock/batch/session.ts'
import { createChance } from '../sim/chance.ts'

/** Longer than any step takes: here nobody waits for a lock but to be stepped past it. */
const LOCK_TIMEOUT_MS = 20_000

interface Waiting {
  readonly name: string
  readonly start: () => Promise<unknown>
}

interface Line {
  readonly session: Session
  readonly pid: number
  waiting: Waiting[]
  /** A statement that was sent and has not come back. */
  inFlight: { readonly name: string; isDone: boolean } | undefined
}

/** Several connections whose statements go out one at a time, over all of them, as a seed picks. */
export interface Stepper {
  /** Connections as the batcher knows them: what is sent over them waits for its turn. */
  readonly sessions: readonly Session[]
  /**
   * Steps until `isOver`; returns every step: who, what, and when it came back. The same seed goes the same way only with
   * `oneWaits`: of two who wait for a row that was changed, PostgreSQL lets either be first.
   */
  run(seed: number, isOver: () => boolean, how?: { readonly oneWaits: boolean }): Promise<string[]>
  /** Steps taken, as a clock. */
  now(): number
  close(): Promise<void>
}

/** @param watcher a connection of its own, to see who waits */
export async function openStepper(url: string, count: number, watcher: pg.Client): Promise<Stepper> {
  const lines = await Promise.all(Array.from({ length: count }, () => openLine(url)))
  let steps = 0
  return {
    sessions: lines.map((line) => ({
      ...line.session,
      send: (statement, values) => inTurn(line, statement.name, () => line.session.send(statement, values)),
      close: async () => {},
    })),
    now: () => steps,
    run: async (seed, isOver, { oneWaits } = { oneWaits: false }) => {
      const chance = createChance(seed)
      const trace: string[] = []
      for (await quiet(); !isOver(); await quiet()) {
        const ready = readyOf(lines, oneWaits)
        const stepped = ready.length > 0 ? chance.pick(ready) : undefined
        if (stepped) {
          steps += 1
          step(stepped)
          trace.push(`${lines.indexOf(stepped)} ${stepped.inFlight?.name}`)
        }
        // It may have freed others: they are looked at after it, so that who came back first is no matter of speed.
        for (const line of new Set([...(stepped ? [stepped] : []), ...lines])) {
          if (await isSettled(line, watcher)) trace.push(`${lines.indexOf(line)} came back`)
        }
      }
      return trace
    },
    close: async () => {
      await Promise.all(lines.map((line) => line.session.close()))
    },
  }
}

/** Those that have something to send; with `oneWaits`, while somebody waits, not what might wait for the same. */
function readyOf(lines: readonly Line[], oneWaits: boolean): Line[] {
  const ready = lines.filter((line) => !line.inFlight && line.waiting.length > 0)
  const someoneWaits = lines.some((line) => line.inFlight)
  return oneWaits && someoneWaits ? ready.filter((line) => line.waiting[0]?.name !== 'lock-levels') : ready
}

async function openLine(url: string): Promise<Line> {
  const session = await openSession(url, LOCK_TIMEOUT_MS)
  const { rows } = await session.send({ name: 'who', text: 'select pg_backend_pid() as pid' })
  return { session, pid: (rows[0] as { pid: number }).pid, waiting: [], inFlight: undefined }
}

function inTurn(line: Line, name: string, send: () => Promise<pg.QueryResult>): Promise<pg.QueryResult> {
  return new Promise((resolve, reject) => {
    line.waiting.push({ name, start: () => send().then(resolve, reject) })
  })
}

function step(line: Line): void {
  const next = line.waiting.shift() as Waiting
  const inFlight = { name: next.name, isDone: false }
  line.inFlight = inFlight
  void next.start().then(() => (inFlight.isDone = true))
}

/** Waits until what a connection sent has come back, or waits for another's lock. True when it came back. */
async function isSettled(line: Line, watcher: pg.Client): Promise<boolean> {
  for (; line.inFlight && !line.inFlight.isDone; await quiet()) {
    const { rows } = await watcher.query<{ blocked: boolean }>({
      name: 'is-blocked',
      text: 'select cardinality(pg_blocking_pids($1)) > 0 as blocked',
      values: [line.pid],
    })
    if (rows[0]?.blocked && !line.inFlight.isDone) return false
  }
  const cameBack = line.inFlight !== undefined
  line.inFlight = undefined
  return cameBack
}

/** Until everybody has had a chance to send what follows from what came back. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
}
