import type pg from 'pg'
import type { Session } from '../../src/stock/batch/session.ts'
import type { Statement } from '../../src/stock/batch/statement.ts'
import type { Chance } from './chance.ts'
import type { Clock } from './clock.ts'
import { DatabaseError } from './locks.ts'
import { readingStatements } from './reading.ts'
import { beginTransaction, commitTransaction, type Store, type Transaction } from './store.ts'
import { writingStatements } from './writing.ts'

/** How often things go wrong, in percent of statements (or of commits). */
export interface Faults {
  readonly slow: number
  readonly fails: number
  readonly lost: number
  readonly lostAtCommit: number
  readonly rolledBackAtCommit: number
}

export const noFaults: Faults = { slow: 0, fails: 0, lost: 0, lostAtCommit: 0, rolledBackAtCommit: 0 }

/** What a statement may fail with: a serialisation, a deadlock, a cancel, a full disk, an admin, something nobody thought of. */
const failures = ['40001', '40P01', '57014', '53100', '57P01', 'XX000'] as const

export interface Network {
  readonly clock: Clock
  readonly chance: Chance
  faults: Faults
}

export interface SimulatedSession extends Session {
  /** The line is cut: what was sent may still be carried out on the other side, or not; nothing comes back any more. */
  cut(): void
}

interface Sent {
  readonly statement: Statement
  readonly values: readonly unknown[]
  readonly resolve: (result: pg.QueryResult) => void
  readonly reject: (error: Error) => void
}

interface Line {
  readonly store: Store
  readonly network: Network
  readonly name: string
  readonly sent: Sent[]
  state: 'alive' | 'cut' | 'dead'
  isBusy: boolean
  transaction: Transaction | undefined
  hasFailed: boolean
}

/** A connection in pipeline mode to a store: statements run in order, answers come in order. */
export function connectTo(store: Store, network: Network, name: string): SimulatedSession {
  const line: Line = {
    store,
    network,
    name,
    sent: [],
    state: 'alive',
    isBusy: false,
    transaction: undefined,
    hasFailed: false,
  }
  return {
    epoch: 'simulated',
    alive: () => line.state === 'alive',
    send: (statement, values = []) =>
      new Promise((resolve, reject) => {
        if (line.state !== 'alive') return reject(new Error('the connection is closed'))
        line.sent.push({ statement, values, resolve, reject })
        if (!line.isBusy) void work(line)
      }),
    together: (sends) => sends(),
    close: async () => cut(line),
    cut: () => cut(line),
  }
}

function cut(line: Line): void {
  if (line.state !== 'alive') return
  line.state = 'cut'
  for (const { reject } of line.sent) reject(new Error('the connection was lost'))
  // The server may be in the middle of it: it notices when it has nothing more to do, or at once.
  if (!line.isBusy || line.network.chance.percent(50)) die(line)
}

function die(line: Line): void {
  line.state = 'dead'
  line.sent.length = 0
  if (line.transaction) line.store.locks.releaseAll(line.transaction)
  line.transaction = undefined
}

async function work(line: Line): Promise<void> {
  line.isBusy = true
  for (let next = line.sent[0]; next && line.state !== 'dead'; next = line.sent[0]) {
    const { chance, clock, faults } = line.network
    if (chance.percent(faults.slow)) await clock.sleep(chance.below(40) / 4)
    if (chance.percent(faults.lost)) cut(line)
    if ((line.state as Line['state']) === 'dead') break
    const answer = await run(line, next)
    line.sent.shift()
    // To one whose line was cut in the meantime this says nothing: it has been told already.
    if (answer instanceof Error) next.reject(answer)
    else next.resolve(answer)
  }
  line.isBusy = false
  if (line.state === 'cut') die(line)
}

async function run(line: Line, { statement, values }: Sent): Promise<pg.QueryResult | Error> {
  const { name } = statement
  if (name === 'begin') {
    line.transaction = beginTransaction(line.store, line.name)
    line.hasFailed = false
    return result('BEGIN')
  }
  if (name === 'commit') return commit(line)
  if (name === 'rollback') return rollback(line, 'ROLLBACK')
  if (line.transaction && line.hasFailed) return new DatabaseError('25P02', 'current transaction is aborted')
  const transaction = line.transaction ?? beginTransaction(line.store, line.name)
  try {
    if (line.network.chance.percent(line.network.faults.fails)) {
      throw new DatabaseError(line.network.chance.pick(failures), `made to fail: ${name}`)
    }
    const statementOf = readingStatements[name] ?? writingStatements[name]
    if (!statementOf) throw new DatabaseError('42601', `the simulation does not know the statement ${name}`)
    const rows = await statementOf(transaction, values)
    if (!line.transaction) commitTransaction(transaction)
    return result('SELECT', rows)
  } catch (error) {
    line.hasFailed = true
    if (!line.transaction) line.store.locks.releaseAll(transaction)
    if ((error as DatabaseError).code === '57P01') cut(line)
    return error as Error
  } finally {
    // Cut off in the middle of it: what it went on to lock is freed as well.
    if (line.state === 'dead') line.store.locks.releaseAll(transaction)
  }
}

function commit(line: Line): pg.QueryResult | Error {
  const { transaction, hasFailed, store, network } = line
  if (!transaction || hasFailed) return rollback(line, 'ROLLBACK')
  const { chance, faults } = network
  if (chance.percent(faults.rolledBackAtCommit)) {
    return rollback(line, store.flaws.has('rollback-called-commit') ? 'COMMIT' : 'ROLLBACK')
  }
  const isLost = chance.percent(faults.lostAtCommit)
  const isDone = !isLost || chance.percent(50)
  if (store.flaws.has('commit-forgets') && chance.percent(5)) return rollback(line, 'COMMIT')
  if (isDone) {
    line.transaction = undefined
    commitTransaction(transaction)
  }
  if (isLost) {
    cut(line)
    // A commit that never came through: what was sent behind it did not either.
    if (!isDone) die(line)
    return new Error('the connection was lost')
  }
  return result('COMMIT')
}

function rollback(line: Line, tag: string): pg.QueryResult {
  if (line.transaction) line.store.locks.releaseAll(line.transaction)
  line.transaction = undefined
  return result(tag)
}

function result(command: string, rows: readonly object[] = []): pg.QueryResult {
  return { command, rows: [...rows], rowCount: rows.length, oid: 0, fields: [] }
}
