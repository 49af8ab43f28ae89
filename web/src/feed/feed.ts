import type { Cellarhand, ConnectionView, Followed } from '@cellarhand/client'
import type { Offer } from '@cellarhand/protocol/offer'
import { changeOf, told, type Entry, type OfferChange } from './shown.ts'

/** The page's one line to the feed: `quiet` while it follows nothing, `lost` from the moment it fails until it is live again. */
export type LineState = 'quiet' | 'connecting' | 'live' | 'lost'

export interface Line {
  readonly state: LineState
  /** Since when the state stands, ms of this machine's clock. */
  readonly since: number
  /** Whether counts were ever told. */
  readonly hasCounts: boolean
  /** Of the newest that is shown. */
  readonly position: string | undefined
}

/** A row's offer: as last shown, not offered in this channel, or not known yet. */
export type RowOffer = Entry | 'not_offered' | 'unknown'

/** What the page needs of a client. */
export type FeedClient = Pick<Cellarhand, 'offers' | 'connection' | 'onConnection'>

/** Most offers remembered of rows that have left the screen: ten long pages. */
const ENTRIES_MAX = 3_000

interface Core {
  /** undefined until its code is here */
  client: FeedClient | undefined
  channel: string
  wanted: readonly string[]
  /** SKUs that are followed, and how to stop. */
  readonly followed: Map<string, () => void>
  readonly entries: Map<string, Entry>
  /** SKUs of which something was told: without an entry they are not offered here. */
  readonly settled: Set<string>
  position: string | undefined
  line: Line
  readonly rows: Map<string, Set<() => void>>
  readonly lineListeners: Set<() => void>
  readonly changeListeners: Set<(changes: readonly OfferChange[]) => void>
}

/**
 * What the page shows of the feed. `watch` names the channel and the SKUs wanted; what was shown of a SKU stays until something newer is told, so that nothing blinks. Rows subscribe
 * by SKU and hear of their own changes only.
 */
export function createFeed(now: () => number = Date.now) {
  const core: Core = {
    client: undefined,
    channel: '',
    wanted: [],
    followed: new Map(),
    entries: new Map(),
    settled: new Set(),
    position: undefined,
    line: { state: 'quiet', since: 0, hasCounts: false, position: undefined },
    rows: new Map(),
    lineListeners: new Set(),
    changeListeners: new Set(),
  }
  return {
    /** The client that it is to be fed by, as soon as there is one. */
    use(client: FeedClient): void {
      core.client = client
      client.onConnection(() => lookAtLine(core, client))
      followWanted(core, client)
    },
    /** Follows these SKUs in this channel from now on. */
    watch(channel: string, skus: readonly string[]): void {
      watch(core, channel, skus)
      if (!core.client && skus.length > 0 && core.line.state === 'quiet')
        setLine(core, { state: 'connecting', since: now() })
    },
    /** Lets the line go (a hidden tab keeps no connection); `watch` takes it up again. */
    pause(): void {
      core.wanted = []
      unfollow(core, [...core.followed.keys()])
    },
    offerOf(sku: string): RowOffer {
      return core.entries.get(sku) ?? (core.settled.has(sku) ? 'not_offered' : 'unknown')
    },
    /** Offers read by other means, for rows the feed has not answered for yet. What it has said stays. */
    fill(channel: string, offers: readonly Offer[], asked: readonly string[]): void {
      if (channel !== core.channel) return
      const found = new Map(offers.map((offer) => [offer.sku, offer]))
      for (const sku of asked) if (!core.settled.has(sku)) show(core, sku, found.get(sku))
    },
    line: () => core.line,
    onRow: (sku: string, listener: () => void) => listenToRow(core.rows, sku, listener),
    onLine: (listener: () => void) => listenTo(core.lineListeners, listener),
    onChanges: (listener: (changes: readonly OfferChange[]) => void) => listenTo(core.changeListeners, listener),
  }
}

export type Feed = ReturnType<typeof createFeed>

function watch(core: Core, channel: string, skus: readonly string[]): void {
  if (channel !== core.channel) {
    unfollow(core, [...core.followed.keys()])
    core.channel = channel
    forget(core)
  }
  core.wanted = skus
  if (core.client) followWanted(core, core.client)
}

function followWanted(core: Core, client: FeedClient): void {
  const wanted = new Set(core.wanted)
  // Those that are given up first: one line has room for so many.
  unfollow(
    core,
    [...core.followed.keys()].filter((sku) => !wanted.has(sku)),
  )
  if (core.entries.size > ENTRIES_MAX) forget(core)
  for (const sku of wanted) if (!core.followed.has(sku)) follow(core, client, sku)
}

function follow(core: Core, client: FeedClient, sku: string): void {
  const topic = client.offers(`sku:${sku}@${core.channel}`)
  const look = () => {
    if (take(core, sku, topic)) lookAtLine(core, client)
  }
  core.followed.set(sku, topic.subscribe(look))
  look()
}

function unfollow(core: Core, skus: readonly string[]): void {
  for (const sku of skus) {
    core.followed.get(sku)?.()
    core.followed.delete(sku)
  }
}

/** Answers whether anything is told of it. */
function take(core: Core, sku: string, topic: Followed<Offer>): boolean {
  const { data, position = core.position } = topic.view()
  if (data === undefined) return false
  if (position !== undefined && isLater(position, core.position)) core.position = position
  show(core, sku, data[0])
  return true
}

/** Of two epochs the one that was told later is the present one. */
function isLater(position: string, than = ''): boolean {
  const [epoch, number] = position.split('.')
  const [before, known] = than.split('.')
  return epoch !== before || Number(number) > Number(known)
}

function show(core: Core, sku: string, offer: Offer | undefined): void {
  const { entries, settled } = core
  const before = entries.get(sku)
  const after = told(before, offer)
  if (before === after && settled.has(sku)) return
  settled.add(sku)
  if (after) entries.set(sku, after)
  else entries.delete(sku)
  for (const listener of core.rows.get(sku) ?? []) listener()
  const change = changeOf(before, after)
  if (change) for (const listener of core.changeListeners) listener([change])
}

/** Rows of another channel, or long gone from the screen. */
function forget({ entries, settled, rows }: Core): void {
  if (settled.size === 0) return
  entries.clear()
  settled.clear()
  for (const listeners of rows.values()) for (const listener of listeners) listener()
}

/** A line that was never there is being made; one that was is lost until it is back. */
function stateOf({ state: phase, hasEverConnected }: ConnectionView, before: LineState): LineState {
  if (phase === 'idle') return 'quiet'
  if (phase === 'live') return 'live'
  const wasThere = hasEverConnected && (phase !== 'connecting' || before === 'lost' || before === 'live')
  return wasThere || phase === 'ended' ? 'lost' : 'connecting'
}

function lookAtLine(core: Core, client: FeedClient): void {
  const connection = client.connection()
  const { since } = connection
  const { line, position, settled } = core
  const state = stateOf(connection, line.state)
  const hasCounts = settled.size > 0
  if (state === line.state && hasCounts === line.hasCounts && position === line.position) return
  setLine(core, { state, since: state === line.state ? line.since : since, hasCounts, position })
}

function setLine(core: Core, next: Partial<Line>): void {
  core.line = { ...core.line, ...next }
  for (const listener of core.lineListeners) listener()
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
