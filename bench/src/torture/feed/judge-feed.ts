import { setTimeout as sleep } from 'node:timers/promises'
import { channels, type Cellar } from '../cellar.ts'
import type { Follower } from './follower.ts'
import { checkCursors, timelineOf } from './replay.ts'
import type { Before } from './seed.ts'
import { compareWithTables, differenceOf, truthOf, type Truth } from './truth.ts'
import type { Kept } from './view.ts'

/** Everything has to be with everybody so soon after it is quiet: gateways start in two seconds, and clients wait three at most. */
const QUIET_WITHIN_MS = 15_000
const LOOK_EVERY_MS = 40

/** What a feed has to leave true when it is quiet: a sentence for each thing that is not. */
export async function judge(cellar: Cellar, followers: readonly Follower[], before: Before): Promise<string[]> {
  const complaints = await settle(cellar, followers)
  const rows = await before.rows()
  const timeline = timelineOf(rows, before.priced, channels)
  for (const { name, transport, view } of followers) {
    for (const [topic, { told }] of view.kept)
      complaints.push(...checkCursors(topic, told, timeline).map((what) => `${name} (${transport}): ${what}`))
  }
  return complaints
}

/** Waits until every client has what both servers and the database have; at the end of its patience, says who has not. */
async function settle(cellar: Cellar, followers: readonly Follower[]): Promise<string[]> {
  const endsAt = performance.now() + QUIET_WITHIN_MS
  let truths: readonly Truth[] = []
  for (;;) {
    let found: string[]
    try {
      const { head, epoch } = await headOf(cellar)
      if (truths[0]?.head !== head) truths = cellar.nodes.map((node) => truthOf(node, epoch, head))
      found = await differences(cellar, followers, truths)
      // Holds lapse by themselves: what was compared has to be of one position.
      if (found.length === 0 && (await headOf(cellar)).head === head) return []
    } catch (error) {
      truths = []
      found = [String(error)]
    }
    if (performance.now() > endsAt) return found
    await sleep(LOOK_EVERY_MS)
  }
}

async function headOf(cellar: Cellar): Promise<{ head: number; epoch: string }> {
  const [found] = await cellar.query<{ head: number; epoch: string }>(
    'select log.head()::int as head, id as epoch from log.epoch',
  )
  if (!found) throw new Error('a log has an epoch')
  return found
}

async function differences(
  cellar: Cellar,
  followers: readonly Follower[],
  truths: readonly Truth[],
): Promise<string[]> {
  const found: string[] = []
  for (const follower of followers) {
    for (const topic of follower.topics()) {
      const complaint = await complaintOf(cellar, topic, follower, truths)
      if (complaint !== undefined) found.push(`${follower.name} (${follower.transport}): ${complaint}`)
    }
  }
  if (found.length > 0) return found
  for (const truth of truths) found.push(...(await compareWithTables(cellar, truth)))
  return found
}

async function complaintOf(
  cellar: Cellar,
  topic: string,
  { view }: Follower,
  truths: readonly Truth[],
): Promise<string | undefined> {
  const kept = view.kept.get(topic)
  if (kept === undefined || kept.staged !== undefined) return `${topic} is not whole`
  if (topic === 'audit') return missingEntries(cellar, kept)
  for (const truth of truths) {
    const difference = differenceOf(topic, kept, view.values, await truth.topic(topic))
    if (difference !== undefined) return difference
  }
  return undefined
}

/** Exactly the entries behind where the client began, in their order. */
async function missingEntries(cellar: Cellar, { entries, since }: Kept): Promise<string | undefined> {
  const from = Math.min(since, (entries[0]?.number ?? Infinity) - 1)
  const rows = await cellar.query<{ id: string }>(
    `select e.id::text as id from stock.entries e join log.batches b on b.batch = e.id >> 10
     where b.position > $1 order by b.position, e.id`,
    [from],
  )
  const all = rows.map(({ id }) => id)
  const mine = entries.map(({ id }) => id)
  const wrong = all.findIndex((id, index) => mine[index] !== id)
  if (wrong < 0 && mine.length === all.length) return undefined
  return `audit behind ${from}: of ${all.length} entries it has ${mine.length}, and in place of ${all[wrong]} stands ${mine[wrong]}`
}
