import type pg from 'pg'
import { must } from '../platform/must.ts'
import type { LogChanges } from './changes.ts'

// The module's door. Writers append, with `appendLog` or (the stock batcher) with SQL's `log.append` itself; readers follow, with `followLog`. Hints
// make followers quick and are never relied on.
export { formatPosition, parsePosition, readEpoch, renewEpoch, storedEpoch } from './epoch.ts'
export type {
  ChannelState,
  ExpectedRow,
  LevelRow,
  LocationState,
  LogChanges,
  PriceRow,
  RecipeState,
  SettingsState,
  SkuRow,
} from './changes.ts'
export type { PositionParts } from './epoch.ts'
export { createBus } from './bus.ts'
export type { Bus, Carrier } from './bus.ts'
export { readSecret } from './epoch.ts'
export { followLog } from './follow.ts'
export type { FollowEnd, FollowOptions } from './follow.ts'
export type { Heard } from './intake.ts'
export { HeardWrong, LogBroken } from './rows.ts'
export type { CommittedRow, LogRow } from './rows.ts'
export { listenForHints, startNotifier } from './hints.ts'
export type { HintOptions, Notifier } from './hints.ts'
export { dueLogParts, logTable, makeLogParts, PARTS_AHEAD, readLogParts, readLogRoom } from './parts.ts'
export type { LogRoom } from './parts.ts'
export { appendOnlyOfLog } from './parts.ts'
export { createWaker } from './waker.ts'
export type { Waker } from './waker.ts'

/**
 * Makes changes visible: appends them at the head of the log, for writers other than the stock batcher. Must be the last statement of its
 * transaction: from here to its commit all other writers wait. Resolves to the position.
 *
 * @param entry.atMs when it happened, milliseconds since 1970
 */
export async function appendLog(
  client: pg.ClientBase,
  entry: { batch?: number; atMs: number; changes: LogChanges },
): Promise<number> {
  const { rows } = await client.query<{ position: number }>({
    name: 'log-append',
    text: 'select log.append($1, to_timestamp($2::double precision / 1000), $3) as position',
    values: [entry.batch ?? null, entry.atMs, JSON.stringify(entry.changes)],
  })
  return must(rows[0], 'the position of an appended row').position
}
