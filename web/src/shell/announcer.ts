/** Least time between two announcements, ms: a reader must be able to finish a sentence. */
export const PAUSE_MS = 5_000
/** Most sentences said at once; the rest is a number. */
const SENTENCES_MAX = 2
/** Most sentences that wait: in a storm the newest are what is true. */
const WAITING_MAX = 20

export interface AnnouncerPorts {
  readonly now: () => number
  readonly after: (ms: number, run: () => void) => () => void
}

interface Waiting {
  readonly about: string
  readonly text: string
  readonly own: boolean
}

/**
 * The page's one voice. `say` names what a sentence is about: a newer one about the same thing takes its place. What the reader's own
 * doing brought about goes first. Spoken at most once in five seconds; nothing at load.
 */
export function createAnnouncer(ports: AnnouncerPorts) {
  let spoken = ''
  let lastAt = Number.NEGATIVE_INFINITY
  let waiting: readonly Waiting[] = []
  let scheduled = false
  const listeners = new Set<() => void>()

  function speak(): void {
    scheduled = false
    if (waiting.length === 0) return
    spoken = compose(waiting)
    waiting = []
    lastAt = ports.now()
    for (const listener of listeners) listener()
  }

  return {
    say(about: string, text: string, { own = false } = {}): void {
      waiting = [...waiting.filter((one) => one.about !== about), { about, text, own }].slice(-WAITING_MAX)
      if (scheduled) return
      scheduled = true
      ports.after(Math.max(0, lastAt + PAUSE_MS - ports.now()), speak)
    },
    spoken: () => spoken,
    onSpoken: (listener: () => void): (() => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

export type Announcer = ReturnType<typeof createAnnouncer>

function compose(waiting: readonly Waiting[]): string {
  const ordered = [...waiting.filter((one) => one.own), ...waiting.filter((one) => !one.own)]
  const said = ordered.slice(0, SENTENCES_MAX).map((one) => one.text)
  const more = ordered.length - said.length
  if (more > 0) said.push(more === 1 ? 'One more change.' : `${more} more changes.`)
  return said.join(' ')
}
