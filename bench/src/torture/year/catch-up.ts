import type { Year } from './first-year.ts'
import { createPlayer, type Told } from './player.ts'

/** What came of going on where a backup left off. */
export interface CaughtUp {
  /** Errands that the backup has, and that were answered out of memory; errands that were done anew. */
  readonly known: number
  readonly anew: number
  readonly found: readonly string[]
}

/**
 * Asks a restored server for the last month once more, under the same keys, as clients do that do not know what it has: each hand in order. What the
 * backup has must be answered as it was, to the letter; what it lacks must be decided as it was.
 */
export async function catchUp(url: string, { player, last, idsBeforeLast }: Year): Promise<CaughtUp> {
  const again = createPlayer(url, idsBeforeLast)
  const found: string[] = []
  let known = 0
  let anew = 0
  const hands = [...last.values()].map(async (errands) => {
    let isPast = false
    for (const errand of errands) {
      const { key, path } = errand.call
      const before = player.told.get(key)
      if (!before) throw new Error(`${key} was never asked for`)
      // A refusal is not remembered. Who was told of one does not ask again, as long as what they ask for is known.
      if (!isPast && before.outcome === 'refused') continue
      const now = await again.ask(errand)
      if (now.outcome === 'done' && now.replayed) known += 1
      if (now.outcome === 'done' && !now.replayed) anew += 1
      if (now.outcome === 'done' && now.replayed && isPast)
        found.push(`${key} is in the backup, and what went before is not.`)
      isPast ||= now.outcome === 'done' && !now.replayed
      const complaint = differs(before, now)
      if (complaint) found.push(`${key} (${path}) ${complaint}`)
    }
  })
  await Promise.all(hands)
  await again.untilSeen()
  if (known === 0 || anew === 0) {
    found.push(`the backup has ${known} of the last month's errands and lacks ${anew}: it was not taken in the middle.`)
  }
  return { known, anew, found }
}

function differs(before: Told, now: Told): string | undefined {
  if (before.text !== now.text) return `was answered ${before.text}, and by what was restored ${now.text}.`
  if (now.replayed && before.digest !== now.digest) return 'is remembered with another answer than was given.'
  return undefined
}
