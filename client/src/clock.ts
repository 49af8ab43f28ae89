import type { World } from './world.ts'

export type ServerClock = ReturnType<typeof createServerClock>

/** The server's time, from what it says and the monotonic clock: whatever the device's own clock shows, and however it jumps. */
export function createServerClock({ now, wall }: Pick<World, 'now' | 'wall'>) {
  let offset: number | undefined
  let least = -Infinity
  return {
    /** Takes a time that the server has just said. It was older when it arrived than when it was said, so the greatest is the nearest. */
    sample(at: string | null) {
      const seen = Date.parse(at ?? '') - now()
      if (seen > least) offset = least = seen
    },
    /** The monotonic clock may have stood still: the next sample replaces what was known. */
    doubt() {
      least = -Infinity
    },
    /** Now, as the server would say it, ms since 1970. */
    now: () => (offset === undefined ? wall() : now() + offset),
  }
}
