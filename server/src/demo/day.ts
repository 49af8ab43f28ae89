import type { Actor, Deed } from './actor.ts'

/** Something that is going to be done. */
export interface Appointment {
  readonly actor: Actor
  /** Minutes since midnight. */
  readonly minute: number
}

/** What happens on a day and when: the same for the same random numbers. */
export function planDay(actors: readonly Actor[], random: () => number): Appointment[] {
  return actors
    .flatMap((actor) => {
      const whole = Math.floor(actor.perDay)
      const times = whole + (random() < actor.perDay - whole ? 1 : 0)
      const [from, to] = actor.hours
      return Array.from({ length: times }, () => ({
        actor,
        minute: Math.floor((from + random() * (to - from)) * 60),
      }))
    })
    .toSorted((a, b) => a.minute - b.minute)
}

export function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}

/** What was done, in numbers. */
export interface Tally {
  readonly add: (actor: Actor, deed: Deed) => void
  /** How often each has done something, by name. */
  readonly deeds: ReadonlyMap<string, number>
  /** All numbers in a line, in the order of the actors. */
  readonly text: (actors: readonly Actor[]) => string
}

export function openTally(): Tally {
  const deeds = new Map<string, number>()
  const counts = new Map<string, Map<string, number>>()
  return {
    deeds,
    add: ({ name }, { counted }) => {
      deeds.set(name, (deeds.get(name) ?? 0) + 1)
      const sums = counts.get(name) ?? new Map<string, number>()
      for (const [what, more] of Object.entries(counted)) sums.set(what, (sums.get(what) ?? 0) + more)
      counts.set(name, sums)
    },
    text: (actors) => {
      const parts = actors
        .flatMap(({ name }) => [...(counts.get(name) ?? [])])
        .filter(([, sum]) => sum > 0)
        .map(([what, sum]) => `${sum.toLocaleString('en')} ${what}`)
      return parts.length === 0 ? 'nothing to do' : parts.join(', ')
    },
  }
}
