import type { ServerFrame } from '@cellarhand/protocol/feed'

/** What a client was told of a topic, in order: for the check of its cursors against the log once it is quiet. */
export type Told =
  | { readonly what: 'value' | 'gone'; readonly key: string; readonly number: number }
  /** it begins anew: what is not told until it is whole is not there */
  | { readonly what: 'anew' }
  | { readonly what: 'whole'; readonly resumed: boolean; readonly number: number }
  | { readonly what: 'cursor'; readonly number: number }

/** A value as the client has it: its position's number, and all of it as text. */
interface Value {
  readonly number: number
  readonly text: string
}

/** What a client has of a topic. */
export interface Kept {
  /** keys of what the topic holds */
  readonly held: Set<string>
  /** of the audit: its entries, in the order they came */
  readonly entries: { readonly id: string; readonly number: number }[]
  /** how many of them it had when it began without a cursor: they are gone when it is whole */
  before: number
  /** what came behind this position, or with an entry that came earlier, is all there */
  since: number
  cursor: string | undefined
  /** what came since it was asked for, or reset; undefined behind `ready` */
  staged: Set<string> | undefined
  /** where each was told to have left it: what was before that is no news */
  readonly left: Map<string, number>
  /** positions seen since it began on this line: nothing comes twice, and nothing goes back */
  readonly onLine: Map<string, number>
  readonly told: Told[]
  refused: boolean
}

/** All that a client has: it follows the algorithm of PROTOCOL.md to the letter, and says where the server does not keep its half. */
export interface View {
  readonly kept: Map<string, Kept>
  readonly values: ReadonlyMap<string, Value>
  /** Begins a line with these topics. */
  begin(topics: readonly string[]): void
  take(frame: ServerFrame): void
  /** Takes the one cursor of a connection to these topics, in their order. */
  takeCursor(text: string, topics: readonly string[]): void
}

/** What any client was told a thing was at a position: it is the same for all of them. */
export type Said = Map<string, string>

/** `ahead` and `rebuilt` are no part of a life without restores, nor is another epoch: what is forgotten then was true. */
const expectedResets: ReadonlySet<string> = new Set(['too_old'])

const numberOf = (position: string): number => Number(position.slice(position.indexOf('.') + 1))

const nothing = (): Kept => ({
  held: new Set(),
  entries: [],
  before: 0,
  since: 0,
  cursor: undefined,
  staged: undefined,
  left: new Map(),
  onLine: new Map(),
  told: [],
  refused: false,
})

/** An object as text, its members in the order of their names. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

interface State {
  readonly kept: Map<string, Kept>
  readonly values: Map<string, Value>
  readonly said: Said
  readonly blame: (what: string) => void
}

/** A client that has nothing yet. */
export function createView(said: Said, blame: (what: string) => void): View {
  const state: State = { kept: new Map(), values: new Map(), said, blame }
  return {
    kept: state.kept,
    values: state.values,
    begin(topics) {
      for (const topic of topics) beginTopic(state, topic)
    },
    take: (frame) => take(state, frame),
    takeCursor: (text, topics) => takeCursor(state, text, topics),
  }
}

/** `EPOCH.N`, and behind it `,PLACE:N` or `,PLACE:-` for topics that stand elsewhere or nowhere. */
function takeCursor(state: State, text: string, topics: readonly string[]): void {
  const [base = '', ...others] = text.split(',')
  const elsewhere = new Map(others.map((one) => one.split(':') as [string, string]))
  for (const [place, topic] of topics.entries()) {
    const kept = state.kept.get(topic)
    const number = elsewhere.get(String(place)) ?? String(numberOf(base))
    if (kept?.staged === undefined && kept !== undefined && number !== '-')
      moveOn(state, topic, kept, `${base.slice(0, base.indexOf('.'))}.${number}`)
  }
}

/** On each line a topic begins to be staged: only its `ready` says whether it was gone on from. */
function beginTopic({ kept }: State, topic: string): void {
  const mine = kept.get(topic) ?? nothing()
  kept.set(topic, mine)
  mine.staged = new Set()
  mine.refused = false
  if (mine.cursor === undefined) mine.before = mine.entries.length
  mine.onLine.clear()
  mine.told.push({ what: 'anew' })
}

function take(state: State, frame: ServerFrame): void {
  if (frame.type === 'progress') {
    for (const [topic, kept] of state.kept) if (kept.staged === undefined) moveOn(state, topic, kept, frame.cursor)
    return
  }
  const kept = 'topic' in frame && frame.topic !== undefined ? state.kept.get(frame.topic) : undefined
  if (kept === undefined || !('topic' in frame)) return
  switch (frame.type) {
    case 'reset':
      if (!expectedResets.has(frame.reason)) state.blame(`${frame.topic} was reset: ${frame.reason}`)
      kept.cursor = undefined
      kept.staged = new Set()
      kept.before = kept.entries.length
      kept.onLine.clear()
      kept.told.push({ what: 'anew' })
      return
    case 'ready':
      return becomeWhole(state, frame, kept)
    case 'error':
      kept.refused = true
      return state.blame(`${frame.topic} was refused: ${frame.detail}`)
    default:
      takeValues(state, frame, kept)
  }
}

function becomeWhole(state: State, frame: Extract<ServerFrame, { type: 'ready' }>, kept: Kept): void {
  if (!frame.resumed) {
    for (const key of kept.held) if (kept.staged?.has(key) !== true) kept.held.delete(key)
    kept.entries.splice(0, kept.before)
    kept.since = numberOf(frame.cursor)
  }
  kept.staged = undefined
  kept.told.push({ what: 'whole', resumed: frame.resumed, number: numberOf(frame.cursor) })
  moveOn(state, frame.topic, kept, frame.cursor)
}

function takeValues(state: State, frame: ServerFrame, kept: Kept): void {
  if (frame.type === 'offers') {
    for (const offer of frame.offers) takeOne(state, frame.topic, kept, `${offer.sku}@${offer.channel}`, offer)
  } else if (frame.type === 'levels') {
    for (const level of frame.levels) takeOne(state, frame.topic, kept, `${level.sku}#${level.location}`, level)
  } else if (frame.type === 'hold') {
    takeOne(state, frame.topic, kept, `hold ${frame.hold.id}`, frame.hold)
  } else if (frame.type === 'entries') {
    for (const entry of frame.entries) takeEntry(state, frame.topic, kept, entry)
  } else return
  if (frame.cursor === undefined) return
  if (kept.staged !== undefined && frame.type !== 'entries')
    state.blame(`${frame.topic} has a cursor before it is whole`)
  moveOn(state, frame.topic, kept, frame.cursor)
}

type AnyValue = { readonly position: string } | { readonly gone: true; readonly position: string }

/** What is found by a search comes and goes whatever its position; a hold may be told once more as it is. */
const isFound = (topic: string) => /^(wine|search|hold):/.test(topic)

function takeOne(state: State, topic: string, kept: Kept, key: string, value: AnyValue): void {
  const { values, said, blame } = state
  const number = numberOf(value.position)
  const seen = kept.onLine.get(key) ?? -1
  if (number < seen || (number === seen && !isFound(topic)))
    blame(`${topic}: ${key} comes at ${number} after ${seen} on one line`)
  kept.onLine.set(key, isFound(topic) && 'gone' in value ? -1 : number)
  if ('gone' in value) {
    kept.held.delete(key)
    kept.staged?.delete(key)
    kept.left.set(key, number)
    kept.told.push({ what: 'gone', key, number })
    return
  }
  if (number < (kept.left.get(key) ?? -1) && !isFound(topic))
    blame(`${topic}: ${key} comes back as it was at ${number}, and had left at ${kept.left.get(key)}`)
  const text = textOf(value)
  const name = `${key} ${value.position}`
  if ((said.get(name) ?? text) !== text) blame(`${name} is two things: ${said.get(name)} and ${text}`)
  said.set(name, text)
  if (number > (values.get(key)?.number ?? -1)) values.set(key, { number, text })
  kept.held.add(key)
  kept.staged?.add(key)
  kept.told.push({ what: 'value', key, number })
}

/** An entry's id is its batch times this, and its index there. Batches are numbered before they have a position. */
const ENTRIES_A_BATCH = 1024

type Entry = Extract<ServerFrame, { type: 'entries' }>['entries'][number]

/** An entry that came without a cursor behind it may come again on the next line; on one line each comes once, in order. */
function takeEntry({ blame }: State, topic: string, kept: Kept, entry: Entry): void {
  const number = numberOf(entry.position)
  const place = number * ENTRIES_A_BATCH + (Number(entry.id) % ENTRIES_A_BATCH)
  const seen = kept.onLine.get('entries') ?? -1
  if (place <= seen)
    blame(`${topic}: entry ${entry.id} at ${number} comes behind one at ${Math.floor(seen / ENTRIES_A_BATCH)}`)
  if (kept.cursor !== undefined && number <= numberOf(kept.cursor))
    blame(`${topic}: entry ${entry.id} at ${number} is told again behind the cursor ${kept.cursor}`)
  kept.onLine.set('entries', place)
  // The same may come on the next line, where no cursor said that it had come.
  if (kept.entries.slice(kept.before).some(({ id }) => id === entry.id)) return
  kept.entries.push({ id: entry.id, number })
}

function moveOn({ blame }: State, topic: string, kept: Kept, cursor: string): void {
  if (kept.cursor !== undefined && numberOf(cursor) < numberOf(kept.cursor))
    blame(`${topic}: the cursor goes back from ${kept.cursor} to ${cursor}`)
  kept.cursor = cursor
  kept.told.push({ what: 'cursor', number: numberOf(cursor) })
}
