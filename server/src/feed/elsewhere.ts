import type { Carrier } from '../log/log.ts'
import type { Timers } from '../replica/replica.ts'
import type { Seal } from '../platform/seal.ts'

/** Connections to other processes, by address, as far as they have told: nothing here is sure. */
export interface Elsewhere {
  count(address: string): number
  /** So many are here from now on. */
  tell(address: string, here: number): void
  /** Nothing is here any more. */
  close(): void
}

export interface ElsewhereOptions {
  /** a name of this process, of its own */
  readonly self: string
  readonly timers: Timers
}

const channel = 'feed-addresses'

/** Changes are told together this much later. Until then, and for the time it takes, two processes may each let the last one in. */
const tellAfterMs = 50
/** A process says so often that it lives; three times unheard, its connections count as gone. */
const beatEveryMs = 2_000
const silentMs = 6_500
/** Every so many beats all is told anew: what was lost is made good within 20 s. */
const beatsAWhole = 10
/** A text of some 25 KB. */
const countsATellMax = 1_000
/** What is told of by one process beyond these, and by more processes, is not kept: some 10 MB each. */
const addressesMax = 100_000
const processesMax = 100
/** What was told longer ago is told by somebody who has kept it. Clocks that differ by more do not count together. */
const oldMs = 60_000

/** As it is told: who, when, is it the beginning of all there is, and how many at which address. */
type Told = readonly [self: string, atMs: number, whole: boolean, counts: readonly (readonly [string, number])[]]

interface Peer {
  readonly counts: Map<string, number>
  atMs: number
  heardAtMs: number
}

/** Counts together with the processes that a carrier reaches. What it loses is made good; without it each process counts for itself. */
export function createElsewhere(carrier: Carrier, seal: Seal, { self, timers }: ElsewhereOptions): Elsewhere {
  const here = new Map<string, number>()
  const peers = new Map<string, Peer>()
  const speech = createSpeech(self, timers, (told) => carrier.tell(channel, seal.close(channel, JSON.stringify(told))))
  const stop = carrier.listen(
    channel,
    (sealed) => {
      const text = seal.open(channel, sealed)
      if (text !== undefined) hear(peers, JSON.parse(text) as Told, self, timers.nowMs())
    },
    () => speech.all(here),
  )
  let beats = 0
  let callOff = timers.after(beatEveryMs, function beat() {
    beats += 1
    if (beats % beatsAWhole === 0) speech.all(here)
    else speech.changes()
    callOff = timers.after(beatEveryMs, beat)
  })
  // Whose address it is is nobody's business who reads the carrier.
  const nameOf = (address: string) => seal.close('address', address).slice(0, 16)
  return {
    count(address) {
      if (peers.size === 0) return 0
      const name = nameOf(address)
      const aliveMs = timers.nowMs() - silentMs
      return [...peers.values()].reduce(
        (sum, { counts, heardAtMs }) => sum + (heardAtMs > aliveMs ? (counts.get(name) ?? 0) : 0),
        0,
      )
    },
    tell(address, count) {
      const name = nameOf(address)
      if (count > 0) here.set(name, count)
      else here.delete(name)
      speech.changed(name, count)
    },
    close() {
      callOff()
      stop()
      speech.all(new Map())
      speech.close()
    },
  }
}

interface Speech {
  /** To be told soon, with others. */
  changed(name: string, count: number): void
  /** Tells what has changed; that nothing has, where nothing has. */
  changes(): void
  /** Tells all there is. */
  all(here: ReadonlyMap<string, number>): void
  close(): void
}

function createSpeech(self: string, timers: Timers, send: (told: Told) => void): Speech {
  const changed = new Map<string, number>()
  const state = { atMs: 0, closed: false, callOff: undefined as (() => void) | undefined }
  const tell = (counts: readonly (readonly [string, number])[], whole: boolean) => {
    changed.clear()
    state.callOff?.()
    state.callOff = undefined
    for (let from = 0; from === 0 || from < counts.length; from += countsATellMax) {
      // Each later than the one before, so that a repeat shows.
      state.atMs = Math.max(timers.nowMs(), state.atMs + 1)
      send([self, state.atMs, whole && from === 0, counts.slice(from, from + countsATellMax)])
    }
  }
  const changes = () => tell([...changed], false)
  return {
    changed(name, count) {
      if (state.closed) return
      changed.set(name, count)
      state.callOff ??= timers.after(tellAfterMs, changes)
    },
    changes,
    all: (here) => tell([...here], true),
    close() {
      state.closed = true
      state.callOff?.()
    },
  }
}

function hear(peers: Map<string, Peer>, [from, atMs, whole, counts]: Told, self: string, nowMs: number): void {
  for (const [name, { heardAtMs }] of peers) if (heardAtMs < nowMs - oldMs) peers.delete(name)
  const known = peers.get(from)
  if (from === self || Math.abs(nowMs - atMs) > oldMs || (known && atMs <= known.atMs)) return
  if (!known && peers.size >= processesMax) return
  const peer = known ?? { counts: new Map<string, number>(), atMs, heardAtMs: nowMs }
  peers.set(from, Object.assign(peer, { atMs, heardAtMs: nowMs }))
  if (whole) peer.counts.clear()
  for (const [name, count] of counts) {
    if (count === 0) peer.counts.delete(name)
    else if (peer.counts.size < addressesMax || peer.counts.has(name)) peer.counts.set(name, count)
  }
}
