import type { ServerFrame } from '@cellarhand/protocol/feed'
import { apply, begin, requestsFor, unready } from './apply.ts'
import type { LineEnd } from './lines/line.ts'
import { PROVEN, step, waitMs, type Event } from './machine.ts'
import { flushWrites } from './outbox.ts'
import { compare } from './position.ts'
import { tellAll } from './listeners.ts'
import { closeLine, keep, kept, later, newSession, type Client, type Session } from './session.ts'
import { flush } from './store.ts'
import type { Signal } from './world.ts'

/** Without a network nothing is tried but for this: a device may be wrong about it. */
const OFFLINE_MS = 30_000
/** Where the way that worked is remembered. */
const WAY_STORED = 'cellarhand.way'
/** How often a better way to connect is tried. */
const CLIMB_MS = 300_000
/** After so many signs of life that find the cursor behind the log's head, and where it was, a line has silently lost something. */
const LAG_MAX = 4
/** A token is renewed so long before it expires. */
const RENEW_MS = 30_000

/** Takes an event: the machine says where it leads, and what belongs to being there is done. */
export function dispatch(client: Client, event: Event, end: Partial<LineEnd> = {}): void {
  const { world, store, connection: was } = client
  const is = step(was, event, { now: world.now(), rungs: world.ways.length, unfit: end.unfit })
  if (is === was) return
  client.connection = is
  client.since = world.wall()
  const { phase } = is
  if (phase !== 'live') {
    tellAll(Object.values(client.offs))
    closeLine(client)
    if (was.phase !== 'idle') unready(store, end.problem)
  }
  const due = () => dispatch(client, 'due')
  // Writes go first: what is read then has them in it.
  if (phase === 'connecting') openLine(client, flushWrites(client))
  if (phase === 'waiting') later(client, 'next', end.afterMs ?? waitMs(is.retries, world.random()), due)
  if (phase === 'offline') later(client, 'next', OFFLINE_MS, due)
  if (phase === 'live') settleIn(client)
  flush(store)
  tellAll(client.watchers)
}

/** What the device tells. */
export function signalled(client: Client, signal: Signal): void {
  tellAll(client.hurried)
  dispatch(client, signal)
}

/** The topics that are wanted have changed; those of one moment are asked for together. */
export function wantsChanged(client: Client): void {
  later(client, 'sync', 0, () => sync(client))
}

function sync(client: Client): void {
  const { held, store } = client
  dispatch(client, held.size > 0 ? 'want' : 'rest')
  const { session } = client
  if (!session?.line) return
  const { topics, leaving, line } = session
  // One that was given up and followed again is another: what still comes of the first is not of it.
  const removed = [...topics].filter((name) => !held.has(name) || !store.topics.get(name)?.isAsked)
  for (const name of removed) topics.delete(name)
  if (line.send && removed.length > 0) {
    for (const name of removed) leaving.add(name)
    line.send({ type: 'unsubscribe', topics: removed })
  }
  const added = [...held.keys()].filter((name) => !topics.has(name) && !leaving.has(name))
  if (!line.send) return added.length + removed.length > 0 ? openLine(client) : undefined
  if (added.length === 0) return
  for (const name of added) topics.add(name)
  const requests = requestsFor(client, added)
  begin(store, requests)
  line.send({ type: 'subscribe', topics: requests })
  flush(store)
}

/** Asks for a topic anew, whatever is known of it. */
export function refetch(client: Client, name: string): void {
  const topic = client.store.topics.get(name)
  if (topic) topic.cursor = topic.isAsked = undefined
  if (client.session?.line) sync(client)
  else dispatch(client, 'retry')
}

/**
 * Opens a line, in place of the one that is there: of a way whose topics are fixed when they change. What is known goes on from its cursors, and
 * counts as live meanwhile.
 */
function openLine(client: Client, first?: Promise<void>): void {
  const session = newSession(client)
  listen(client, session)
  open(client, session, first).catch(() => ended(client, session, { kind: 'lost' }))
}

async function open(client: Client, session: Session, first?: Promise<void>): Promise<void> {
  const { world, store, channel, url, connection } = client
  await first
  const token = await client.getToken()
  if (session.isOver) return
  const topics = requestsFor(client)
  // The last one may have gone while nobody could be told.
  if (topics.length === 0) return dispatch(client, 'rest')
  for (const { topic } of topics) session.topics.add(topic)
  session.isResumed = topics.some(({ cursor }) => cursor)
  begin(store, topics)
  session.line = await world.ways[connection.rung]?.open(
    { url, channel, token, topics },
    {
      frame: (frame) => took(client, session, frame),
      heard() {
        session.heardAt = world.now()
      },
      ended: (end) => ended(client, session, end),
    },
  )
  // Meanwhile it may have been over, and others may be wanted.
  if (session.isOver) session.line?.close()
  else wantsChanged(client)
}

function ended(client: Client, session: Session, end: LineEnd): void {
  if (!session.isOver) dispatch(client, end.kind, end)
}

function took(client: Client, session: Session, frame: ServerFrame): void {
  if (session.isOver) return
  session.heardAt = client.world.now()
  handle(client, session, frame)
  flush(client.store)
}

function handle(client: Client, session: Session, frame: ServerFrame): void {
  if (frame.type === 'welcome') {
    session.quietMs = 2 * frame.pingMs
    client.clock.doubt()
    listen(client, session)
    dispatch(client, 'opened')
  } else if (frame.type === 'ping') {
    client.clock.sample(frame.at)
    session.line?.send?.({ type: 'pong' })
    session.lag = compare(frame.head, session.cursor) > 0 ? session.lag + 1 : 0
    if (session.lag > LAG_MAX) dispatch(client, 'silent')
  } else if (frame.type === 'reconnect') {
    ended(client, session, { kind: 'lost', afterMs: frame.afterMs })
  } else if (frame.type === 'unsubscribed') {
    session.leaving.delete(frame.topic)
    wantsChanged(client)
  } else if (frame.type === 'authorised') {
    if (frame.expiresAt) renewBefore(client, Date.parse(frame.expiresAt))
  } else {
    if (frame.type === 'reset') session.isResumed = false
    if ('cursor' in frame && frame.cursor) {
      session.lag = 0
      session.cursor = frame.cursor
    }
    apply(client.store, frame)
  }
}

/** Looks whether something was heard. A timer that comes far too late says that the machine slept. */
function listen(client: Client, session: Session): void {
  const now = () => client.world.now()
  const dueAt = session.heardAt + session.quietMs
  later(client, 'next', dueAt - now(), () => {
    if (now() - session.heardAt < session.quietMs) listen(client, session)
    else dispatch(client, now() - dueAt > session.quietMs ? 'woke' : 'silent')
  })
}

/** A way that works is remembered; now and then it is tried whether a better one does, while this one goes on. */
function settleIn(client: Client): void {
  const { world, connection, url, channel } = client
  const { rung } = connection
  const { ways } = world
  void keep(client, WAY_STORED, String(ways[rung]?.name))
  if (rung === 0) return
  later(client, 'climb', CLIMB_MS, async () => {
    settleIn(client)
    const [topic] = requestsFor(client)
    if (!topic) return
    const end = () => probe?.close()
    const token = await client.getToken()
    const probe = await ways[rung - 1]?.open(
      { url, channel, token, topics: [topic] },
      {
        frame() {
          end()
          if (client.connection !== connection) return
          client.connection = { ...connection, rung: rung - 1, failures: PROVEN }
          openLine(client)
          settleIn(client)
        },
        heard() {},
        ended: end,
      },
    )
  })
}

/** Over a line that cannot be told, another is opened with the new token. */
function renewBefore(client: Client, expiresAt: number): void {
  later(client, 'renew', expiresAt - client.clock.now() - RENEW_MS, async () => {
    const { session } = client
    const line = session?.line
    if (!line?.send) return openLine(client)
    const token = await client.getToken()
    if (token && !session?.isOver) line.send({ type: 'auth', token })
  })
}

/** Begins with the way that worked the last time. */
export async function recall(client: Client): Promise<void> {
  const name = await kept(client, WAY_STORED)
  const rung = client.world.ways.findIndex((way) => way.name === name)
  if (rung > 0 && client.connection.phase === 'idle') client.connection = { ...client.connection, rung }
}
