import type { Carrier } from '../src/log/log.ts'
import { createChance } from './sim/chance.ts'

/** What a carrier does to what it is told, each in percent of cases. */
export interface Faults {
  readonly lose: number
  readonly repeat: number
  /** keeps a text back until others have gone before it */
  readonly delay: number
  /** cuts a text, or makes it another */
  readonly spoil: number
  /** tells something of its own beside it */
  readonly makeUp: number
}

export interface LossyCarrier extends Carrier {
  /** how often each thing was done */
  readonly done: Readonly<Record<keyof Faults | 'tell', number>>
  /** Passes on all that is kept back. */
  flush(): void
}

/** A carrier between followers of one process that does all that a network and a stranger can do, from a seed. */
export function createLossyCarrier(seed: number, faults: Faults): LossyCarrier {
  const chance = createChance(seed)
  const ears = new Map<string, Set<(text: string) => void>>()
  const kept: { channel: string; text: string }[] = []
  const told: string[] = []
  const done = { lose: 0, repeat: 0, delay: 0, spoil: 0, makeUp: 0, tell: 0 }
  const happens = (what: keyof Faults) => {
    const does = chance.percent(faults[what])
    if (does) done[what] += 1
    return does
  }
  const deliver = (channel: string, text: string) => {
    // Never within the call: a network does not answer before it was asked.
    setImmediate(() => ears.get(channel)?.forEach((hear) => hear(text)))
  }
  const letGo = () => {
    const [one] = kept.splice(chance.below(kept.length), 1)
    if (one) deliver(one.channel, one.text)
  }
  return {
    done,
    tell(channel, text) {
      done.tell += 1
      told.push(text)
      if (kept.length > 0 && chance.percent(40)) letGo()
      if (happens('makeUp')) deliver(channel, chance.pick([text.replace(/"/, "'"), text.slice(43), 'x'.repeat(60), '']))
      if (happens('repeat')) deliver(channel, chance.pick(told))
      if (happens('lose')) return
      if (happens('spoil')) deliver(channel, spoiled(text, chance.below(text.length)))
      else if (happens('delay')) kept.push({ channel, text })
      else deliver(channel, text)
    },
    listen(channel, onText, onBegin) {
      const others = ears.get(channel) ?? new Set()
      ears.set(channel, others.add(onText))
      setImmediate(onBegin)
      return () => others.delete(onText)
    },
    flush() {
      while (kept.length > 0) letGo()
    },
  }
}

/** Another number somewhere, or an end too soon. */
function spoiled(text: string, at: number): string {
  const digit = text.slice(at).search(/\d/)
  if (digit < 0) return text.slice(0, at)
  const place = at + digit
  return `${text.slice(0, place)}${(Number(text[place]) + 1) % 10}${text.slice(place + 1)}`
}
