import { expect, test } from 'vitest'
import type { Command } from '../../src/stock/core/command.ts'
import type { Outcome } from '../../src/stock/stock.ts'
import { worldSettings } from '../cellar-world.ts'
import { createChance } from './chance.ts'
import { createClock } from './clock.ts'
import { noFaults } from './connection.ts'
import { startProcess } from './server-process.ts'
import { beginTransaction, commitTransaction, createStore } from './store.ts'
import { appendLog } from './writing.ts'

/**
 * A batch on other levels may be decided before a count and appended after it: then the newest row of the log is from before the count.
 * When the database's clock is put back just then, neither says that the count has been.
 */
test('what happens now is after every count of its level, even where the clock was put back behind one', async () => {
  const chance = createChance(1)
  const clock = createClock(chance)
  const store = createStore(clock, worldSettings)
  const process = startProcess('p1', store, { clock, chance, faults: noFaults }, new Map())
  const tell = async (command: Command, key: string) => {
    let outcome: Outcome | undefined
    void process.submit({ command, key, caller: 'test', actor: 'test' }).then((one) => (outcome = one))
    await clock.runUntil(() => outcome !== undefined, 10_000)
    return outcome
  }
  await tell({ kind: 'receive', location: 'shop', lines: [{ sku: 'A', quantity: 6 }] }, 'delivery')
  await tell({ kind: 'count', location: 'shop', lines: [{ sku: 'A', counted: 5 }] }, 'count')
  const late = beginTransaction(store, 'another process')
  await appendLog(late, { batch: null, atUs: store.nowUs() - 20_000, changes: {} })
  commitTransaction(late)
  store.skewMs = -3_600_000
  expect(store.tables.log.get(String(store.head()))?.atUs).toBeLessThan(
    store.tables.levels.get('A@shop')?.countedAtUs ?? 0,
  )
  await tell({ kind: 'sale', location: 'shop', lines: [{ sku: 'A', quantity: 1 }] }, 'sale')
  expect(store.tables.levels.get('A@shop')?.available).toBe(4)
  await tell({ kind: 'count', location: 'shop', lines: [{ sku: 'A', counted: 9 }] }, 'count again')
  expect(store.tables.levels.get('A@shop')?.available).toBe(9)
  void process.close()
})
