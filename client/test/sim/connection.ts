import type { AuditEntry, ClientFrame, ResetReason, ServerFrame, TopicRequest } from '@cellarhand/protocol/feed'
import type { Offer } from '@cellarhand/protocol/offer'
import { positionOf, search, type Cellar, type Flaw } from './cellar.ts'
import type { Loop } from './loop.ts'

/** The server's end of a line: for each topic, what its client is still owed. */
export interface Connection {
  subscribe(topics: readonly TopicRequest[]): void
  take(frame: ClientFrame): void
  /** Sends some of what is owed. Whether all is sent. */
  drain(): boolean
  reset(reason: ResetReason): void
  close(): void
}

interface Following {
  readonly owed: Set<string>
  isReady: boolean
  resumed: boolean
}

export function createConnection(
  loop: Loop,
  cellar: Cellar,
  send: (frame: ServerFrame) => void,
  { flaw, news }: { flaw?: Flaw | undefined; news: () => void },
): Connection {
  const followed = new Map<string, Following>()
  const tell = (topic: string, key: string) => {
    followed.get(topic)?.owed.add(key)
    if (followed.has(topic)) news()
  }
  cellar.watchers.add(tell)

  const snapshot = (topic: string) => followed.set(topic, snapshotOf(cellar, topic))
  function subscribe(topics: readonly TopicRequest[]) {
    for (const { topic, cursor } of topics) {
      if (followed.has(topic)) send({ type: 'unsubscribed', topic })
      const refused = cursor === undefined ? undefined : refusal(cellar, topic, cursor)
      if (refused) send({ type: 'reset', topic, reason: refused })
      if (cursor === undefined || refused) snapshot(topic)
      else followed.set(topic, { owed: changedSince(cellar, topic, numberOf(cursor)), isReady: false, resumed: true })
    }
    news()
  }
  return {
    subscribe,
    take(frame) {
      if (frame.type === 'hello' || frame.type === 'subscribe') subscribe(frame.topics)
      if (frame.type !== 'unsubscribe') return
      for (const topic of frame.topics) {
        followed.delete(topic)
        send({ type: 'unsubscribed', topic })
      }
    },
    drain() {
      for (const [topic, following] of followed) sendSome(loop, cellar, topic, following, send, flaw)
      const all = [...followed.values()].every(({ isReady, owed }) => isReady && owed.size === 0)
      if (all && loop.percent(30)) send({ type: 'progress', cursor: positionOf(cellar) })
      return all
    },
    reset(reason) {
      for (const topic of followed.keys()) {
        send({ type: 'reset', topic, reason })
        snapshot(topic)
      }
      news()
    },
    close: () => void cellar.watchers.delete(tell),
  }
}

/** Owes all that a topic holds. The journal holds nothing of the past. */
function snapshotOf({ contents }: Cellar, topic: string): Following {
  if (topic === 'audit') return { owed: new Set(), isReady: false, resumed: false }
  const held = [...contents.get(topic)!].filter(([, { told }]) => !('gone' in told))
  return { owed: new Set(held.map(([key]) => key)), isReady: false, resumed: false }
}

function sendSome(
  loop: Loop,
  cellar: Cellar,
  topic: string,
  following: Following,
  send: (frame: ServerFrame) => void,
  flaw: Flaw | undefined,
): void {
  const { owed } = following
  const some = [...owed].slice(0, 1 + loop.below(4))
  for (const key of some) owed.delete(key)
  const isAll = owed.size === 0
  const told = some.flatMap((key) => cellar.contents.get(topic)!.get(key)?.told ?? [])
  const unsaid = flaw === 'gone-unsaid' || (flaw === 'leaver-kept' && topic === search)
  const said = unsaid ? told.filter((one) => !('gone' in one)) : told
  const at = following.isReady && (isAll || flaw === 'cursor-too-high') ? { cursor: positionOf(cellar) } : {}
  if (said.length > 0 && topic === 'audit') {
    const entries = (
      flaw === 'entry-twice' ? said.map((one) => ({ ...one, id: `${(one as AuditEntry).id}-${loop.below(9)}` })) : said
    ) as AuditEntry[]
    // They come in the order of the log: what is before the last is sent, whether the topic is whole or not.
    const cursor = flaw === 'cursor-too-high' ? positionOf(cellar) : (entries.at(-1) as AuditEntry).position
    send({ type: 'entries', topic, entries, cursor })
  } else if (said.length > 0) send({ type: 'offers', topic, offers: said as Offer[], ...at })
  if (following.isReady || !isAll) return
  following.isReady = true
  send({ type: 'ready', topic, resumed: following.resumed, cursor: positionOf(cellar) })
}

function refusal({ epoch, head, horizon }: Cellar, topic: string, cursor: string): ResetReason | undefined {
  const [own] = cursor.split('.')
  if (own !== epoch) return 'epoch'
  if (numberOf(cursor) > head) return 'ahead'
  return topic === search || numberOf(cursor) < horizon ? 'too_old' : undefined
}

function changedSince({ contents }: Cellar, topic: string, since: number): Set<string> {
  return new Set([...contents.get(topic)!].filter(([, { at }]) => at > since).map(([key]) => key))
}

function numberOf(position: string): number {
  return Number(position.split('.')[1])
}
