import type { BatcherDoor } from '../src/stock/stock.ts'
import { createBatcher } from '../src/stock/batch/batcher.ts'
import { openSession, type Session } from '../src/stock/batch/session.ts'
import type { Statement } from '../src/stock/batch/statement.ts'
import { testStockOver, type limits, type TestStock } from './stock.ts'

/** What stands between the batcher and its connection: may look at, delay, change or refuse each statement. `forward` sends it. */
export type Between = (
  statement: Statement,
  values: readonly unknown[] | undefined,
  forward: Session['send'],
) => ReturnType<Session['send']>

/** Stock whose batcher's connection has something between it and the database, for what no database does on request. */
export function openTamperedStock(
  url: string,
  between: Between,
  changed: Partial<typeof limits & Pick<BatcherDoor, 'onCommitted'>> = {},
): TestStock {
  const lockTimeoutMs = 2_000
  const { onCommitted = () => {}, ...limitsChanged } = changed
  return testStockOver(
    (door) =>
      createBatcher({
        ...door,
        onCommitted,
        openSession: async () => {
          const session = await openSession(url, lockTimeoutMs)
          return { ...session, send: (statement, values) => between(statement, values, session.send) }
        },
      }),
    limitsChanged,
  )
}
