import type { Told } from './view.ts'

/** Of an offer or level: where in the log it changed, and whether it was there from then on. */
interface Touch {
  readonly key: string
  readonly number: number
  readonly exists: boolean
}

/** A row of the log. */
export interface Row {
  readonly position: number
  readonly changes: {
    readonly levels?: readonly (readonly [sku: string, location: string])[]
    readonly prices?: readonly (readonly [sku: string, channel: string])[]
    readonly withdrawn?: readonly (readonly [sku: string, channel: string])[]
    /** all channels: each offer is another */
    readonly settings?: object
  }
}

/** All that changed, in order, as a client of a topic has to hear of it. */
export type Timeline = readonly Touch[]

/**
 * What changed in which offers and levels.
 *
 * @param priced what was offered before the first row, as `sku@channel`
 * @param channels the locations of each channel
 */
export function timelineOf(
  rows: readonly Row[],
  priced: Iterable<string>,
  channels: Readonly<Record<string, readonly string[]>>,
): Timeline {
  const offered = new Set(priced)
  const timeline: Touch[] = []
  for (const { position: number, changes } of rows) {
    const touched = new Set<string>()
    for (const [sku, channel] of changes.prices ?? []) {
      offered.add(`${sku}@${channel}`)
      touched.add(`${sku}@${channel}`)
    }
    for (const [sku, location] of changes.levels ?? []) {
      timeline.push({ key: `${sku}#${location}`, number, exists: true })
      for (const [channel, locations] of Object.entries(channels)) {
        const key = `${sku}@${channel}`
        if (locations.includes(location) && offered.has(key)) touched.add(key)
      }
    }
    for (const [sku, channel] of changes.withdrawn ?? []) {
      offered.delete(`${sku}@${channel}`)
      touched.add(`${sku}@${channel}`)
    }
    if (changes.settings) for (const key of offered) touched.add(key)
    for (const key of touched) timeline.push({ key, number, exists: offered.has(key) })
  }
  return timeline
}

/** Which keys a topic holds; undefined where that cannot be said of its name. */
function holds(topic: string): ((key: string) => boolean) | undefined {
  const [kind, rest = ''] = topic.split(':')
  if (kind === 'sku') return (key) => key === rest
  if (kind === 'channel') return (key) => key.endsWith(`@${rest}`)
  if (kind === 'location') return (key) => key.endsWith(`#${rest}`)
  return undefined
}

interface Client {
  readonly known: Map<string, number>
  readonly has: Set<string>
  staged: Set<string>
}

/**
 * Holds what a client was told of a topic against the log: no cursor may be above a change that it had not been told of by then. A sentence for each that
 * is.
 */
export function checkCursors(topic: string, told: readonly Told[], timeline: Timeline): string[] {
  const isOf = holds(topic)
  if (isOf === undefined) return []
  const touches = timeline.filter(({ key }) => isOf(key))
  const client: Client = { known: new Map(), has: new Set(), staged: new Set() }
  const complaints: string[] = []
  let next = 0
  for (const event of told) {
    hear(client, event)
    if (event.what !== 'cursor') continue
    const newest = new Map<string, Touch>()
    for (let touch = touches[next]; touch && touch.number <= event.number; touch = touches[++next])
      newest.set(touch.key, touch)
    for (const touch of newest.values()) {
      const complaint = missing(client, touch)
      if (complaint) complaints.push(`${topic}: ${complaint}, and the cursor is ${event.number}`)
    }
  }
  return complaints
}

function missing({ known, has }: Client, { key, number, exists }: Touch): string | undefined {
  const at = known.get(key)
  if (exists) return (at ?? -1) >= number ? undefined : `${key} changed at ${number}, was told as of ${at ?? 'never'}`
  return has.has(key) && (at ?? -1) <= number ? `${key} left at ${number}, and was not told to` : undefined
}

function hear(client: Client, event: Told): void {
  const { known, has, staged } = client
  switch (event.what) {
    case 'value':
      known.set(event.key, Math.max(event.number, known.get(event.key) ?? -1))
      has.add(event.key)
      staged.add(event.key)
      return
    case 'gone':
      known.set(event.key, Math.max(event.number, known.get(event.key) ?? -1))
      has.delete(event.key)
      return
    case 'anew':
      client.staged = new Set()
      return
    case 'whole':
      if (event.resumed) return
      for (const key of has) if (!staged.has(key)) has.delete(key)
      return
    default:
  }
}
