import type { Live, Timers } from '../replica/replica.ts'
import type { EntryItems } from './entry-items.ts'
import type { Finder } from './finder.ts'
import { noteChange } from './passes.ts'
import type { Followed } from './kept.ts'

/** What could not be read is tried again after this. */
const againAfterMs = 250

/** What a trail is read with. */
export interface TrailDoor {
  readonly live: Live
  readonly followed: Followed
  readonly items: EntryItems
  readonly finder: Pick<Finder, 'entries' | 'entriesFrom'>
  readonly timers: Timers
  readonly onError: (error: unknown) => void
  /** whether anybody follows still */
  readonly isFollowed: () => boolean
  /** called when entries were noted */
  readonly onNews: () => void
}

/** Journal entries, read for those who follow them. */
export interface Trail {
  readonly followed: Followed
  /** Finds out how far back a cursor may go, and then calls `ready`. */
  begin(ready: () => void): void
  /** Reads what the replica knows to be there by now. */
  readOn(): void
  /** Reads what is behind a position that lies further back, and then calls `ready`. */
  readBack(position: number, ready: () => void): void
}

/** A trail that begins where the replica is. */
export function createTrail(door: TrailDoor): Trail {
  const { followed, items, finder } = door
  const state = { reading: false, waiting: new Map<number, Set<() => void>>() }
  return {
    followed,
    begin(ready) {
      void tried(door, () => finder.entriesFrom()).then((position) => {
        if (position === undefined) return
        items.beginFrom(position)
        ready()
      })
    },
    readOn() {
      if (!state.reading) void readAll(door, state)
    },
    readBack(position, ready) {
      const others = state.waiting.get(position)
      if (others) return void others.add(ready)
      const all = new Set([ready])
      state.waiting.set(position, all)
      void readPart(door, position, items.knownTo()).then((part) => {
        state.waiting.delete(position)
        if (part) items.hold(position, part)
        for (const each of all) each()
      })
    },
  }
}

async function readAll(door: TrailDoor, state: { reading: boolean }): Promise<void> {
  const { live, followed, items, onNews } = door
  state.reading = true
  while (items.knownTo() < live.positionNumber()) {
    const after = items.knownTo()
    const part = await readPart(door, after, live.positionNumber())
    if (!door.isFollowed()) return
    let previous = after
    for (const position of part ? items.add(part) : []) {
      noteChange(followed, position, previous, position)
      previous = position
    }
    if (previous > after) onNews()
  }
  // In the same turn as the last look: what comes after it begins another.
  state.reading = false
}

/** Undefined where it is of a log that is not the one any more. */
async function readPart(door: TrailDoor, after: number, to: number) {
  const epoch = door.live.epoch()
  const part = await tried(door, () => door.finder.entries(after, to))
  return epoch === door.live.epoch() ? part : undefined
}

/** Until it comes out well, or nobody follows any more. */
async function tried<T>({ isFollowed, onError, timers }: TrailDoor, ask: () => Promise<T>): Promise<T | undefined> {
  while (isFollowed()) {
    try {
      return await ask()
    } catch (error) {
      onError(error)
    }
    await new Promise<void>((resolve) => void timers.after(againAfterMs, resolve))
  }
  return undefined
}
