import type { Offer } from '@cellarhand/protocol/offer'
import {
  fill,
  nothingShown,
  receive,
  stageAnew,
  type Entry,
  type OfferChange,
  type PageFrame,
  type Shown,
  type Staged,
} from './frames.ts'

/** The page's one line to the feed: `lost` from the moment it fails until a connection is whole again. */
type LineState = 'connecting' | 'live' | 'lost'

export interface Line {
  readonly state: LineState
  /** Since when the state stands (for `lost`: when a frame was last heard), ms of this machine's clock. */
  readonly since: number
  /** When a frame was last heard, ms; undefined before the first. */
  readonly heardAt: number | undefined
  readonly position: string | undefined
}

/** A row's offer: as last shown, not offered in this channel, or not known yet. */
export type RowOffer = Entry | 'not_offered' | 'unknown'

export interface ConnectionEvents {
  readonly frame: (frame: PageFrame) => void
  /** The connection broke and is mending itself. */
  readonly lost: () => void
  /** The connection was refused and will not come back. */
  readonly ended: () => void
}

export interface FeedPorts {
  /** Opens a connection; answers how to close it. */
  readonly open: (url: string, on: ConnectionEvents) => () => void
  readonly now: () => number
  /** Calls back after so many ms; answers how to call it off. */
  readonly after: (ms: number, run: () => void) => () => void
  readonly random: () => number
}

/** First and longest wait before a failed connection is opened anew, ms: quick for a restart, gentle on a server in trouble. */
const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 15_000
/** Silence after which a line is taken for dead, ms: the server pings every ten, and one ping may be lost. */
const SILENCE_MS = 22_000
/** How long a broken connection may mend itself (and resume where it was) before it is replaced, ms. */
const MENDING_MS = 30_000

interface Stream {
  readonly asked: readonly string[]
  staged: Staged
  close: () => void
  cancelSilence: () => void
}

interface Core {
  readonly ports: FeedPorts
  channel: string
  shown: Shown
  line: Line
  /** The connection that is shown, and the one that will take over when it is whole. */
  current: Stream | undefined
  coming: Stream | undefined
  retries: number
  cancelRetry: () => void
  readonly rows: Map<string, Set<() => void>>
  readonly lineListeners: Set<() => void>
  readonly changeListeners: Set<(changes: readonly OfferChange[]) => void>
}

/**
 * One feed for the page. `watch` names the channel and the SKUs wanted: a new connection takes over from the old when its snapshot
 * is whole, so that what is shown never blinks. Rows subscribe by SKU and hear of their own changes only.
 */
export function createFeed(ports: FeedPorts) {
  const core: Core = {
    ports,
    channel: '',
    shown: nothingShown,
    line: { state: 'connecting', since: ports.now(), heardAt: undefined, position: undefined },
    current: undefined,
    coming: undefined,
    retries: 0,
    cancelRetry: () => {},
    rows: new Map(),
    lineListeners: new Set(),
    changeListeners: new Set(),
  }
  return {
    /** Follows these SKUs in this channel from now on; the same set again does nothing. */
    watch: (channel: string, skus: readonly string[]) => watch(core, channel, skus),
    /** Lets the line go (a hidden tab keeps no connection); `watch` takes it up again. */
    pause(): void {
      closeAll(core)
      setLine(core, { state: 'connecting' })
    },
    offerOf(sku: string): RowOffer {
      return core.shown.entries.get(sku) ?? (core.shown.settled.has(sku) ? 'not_offered' : 'unknown')
    },
    /** Offers read by other means, for rows the feed has not answered for yet. */
    fill(channel: string, offers: readonly Offer[], asked: readonly string[]): void {
      if (channel === core.channel) show(core, fill(core.shown, offers, asked))
    },
    line: () => core.line,
    onRow: (sku: string, listener: () => void) => listenToRow(core.rows, sku, listener),
    onLine: (listener: () => void) => listenTo(core.lineListeners, listener),
    onChanges: (listener: (changes: readonly OfferChange[]) => void) => listenTo(core.changeListeners, listener),
  }
}

export type Feed = ReturnType<typeof createFeed>

function watch(core: Core, channel: string, skus: readonly string[]): void {
  const asked = [...new Set(skus)].sort()
  const running = core.coming ?? core.current
  if (channel === core.channel && running && asked.join() === running.asked.join()) return
  if (channel !== core.channel) {
    closeAll(core)
    core.channel = channel
    show(core, nothingShown)
  }
  if (core.line.state === 'connecting') setLine(core, { since: core.ports.now() })
  connect(core, asked)
}

function connect(core: Core, asked: readonly string[]): void {
  core.cancelRetry()
  if (core.coming) closeStream(core.coming)
  core.coming = undefined
  if (asked.length === 0) return
  const stream: Stream = { asked, staged: stageAnew(), close: () => {}, cancelSilence: () => {} }
  core.coming = stream
  const query = new URLSearchParams(asked.map((sku) => ['topic', `sku:${sku}@${core.channel}`]))
  stream.close = core.ports.open(`/v1/feed?${query}`, {
    frame: (frame) => take(core, stream, frame),
    lost: () => mend(core, stream),
    ended: () => replaceLater(core, stream),
  })
  expectFrame(core, stream, SILENCE_MS)
}

function take(core: Core, stream: Stream, frame: PageFrame): void {
  if (!isOurs(core, stream)) return
  expectFrame(core, stream, SILENCE_MS)
  const received = receive(core.shown, stream.staged, stream.asked, frame)
  stream.staged = received.staged
  if (received.whole) takeOver(core, stream)
  // Until a connection is whole, the one before it is what is shown.
  if (stream !== core.current) return
  show(core, received.shown)
  if (received.changes.length > 0) for (const listener of core.changeListeners) listener(received.changes)
  setLine(core, {
    heardAt: core.ports.now(),
    position: core.shown.position,
    ...(received.whole ? { state: 'live' } : {}),
  })
}

function takeOver(core: Core, stream: Stream): void {
  core.retries = 0
  if (stream !== core.coming) return
  if (core.current) closeStream(core.current)
  core.current = stream
  core.coming = undefined
}

function mend(core: Core, stream: Stream): void {
  if (!isOurs(core, stream)) return
  if (stream === core.current) setLine(core, { state: 'lost' })
  expectFrame(core, stream, MENDING_MS)
}

function replaceLater(core: Core, stream: Stream): void {
  if (!isOurs(core, stream)) return
  closeStream(stream)
  setLine(core, { state: 'lost' })
  core.cancelRetry()
  const waitMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** core.retries) * (0.75 + core.ports.random() / 2)
  core.retries += 1
  core.cancelRetry = core.ports.after(waitMs, () => connect(core, (core.coming ?? stream).asked))
}

function expectFrame(core: Core, stream: Stream, withinMs: number): void {
  stream.cancelSilence()
  stream.cancelSilence = core.ports.after(withinMs, () => replaceLater(core, stream))
}

function isOurs(core: Core, stream: Stream): boolean {
  return stream === core.current || stream === core.coming
}

function closeStream(stream: Stream): void {
  stream.cancelSilence()
  stream.close()
}

function closeAll(core: Core): void {
  core.cancelRetry()
  if (core.current) closeStream(core.current)
  if (core.coming) closeStream(core.coming)
  core.current = core.coming = undefined
}

function setLine(core: Core, next: Partial<Line>): void {
  const now = core.ports.now()
  const turned = next.state !== undefined && next.state !== core.line.state
  const since = turned ? (next.state === 'lost' ? (core.line.heardAt ?? core.line.since) : now) : core.line.since
  core.line = { ...core.line, since, ...next }
  for (const listener of core.lineListeners) listener()
}

function show(core: Core, next: Shown): void {
  const before = core.shown
  core.shown = next
  for (const [sku, listeners] of core.rows) {
    const same = before.entries.get(sku) === next.entries.get(sku) && before.settled.has(sku) === next.settled.has(sku)
    if (!same) for (const listener of listeners) listener()
  }
}

function listenTo<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

function listenToRow(rows: Map<string, Set<() => void>>, sku: string, listener: () => void): () => void {
  const listeners = rows.get(sku) ?? new Set()
  rows.set(sku, listeners.add(listener))
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0 && rows.get(sku) === listeners) rows.delete(sku)
  }
}
