import type { Made } from './maker.ts'

/** Sends every value, one a turn of the event loop, so that a server that has fallen behind still hears its clients. */
export function createBacklog(send: (made: Made) => void): { take(made: readonly Made[]): void; forget(): void } {
  let waiting: Made[] = []
  let isGoing = false
  const next = () => {
    const made = waiting.shift()
    isGoing = made !== undefined
    if (made === undefined) return
    send(made)
    setImmediate(next)
  }
  return {
    take(made) {
      waiting.push(...made)
      if (!isGoing) next()
    },
    forget() {
      waiting = []
    },
  }
}
