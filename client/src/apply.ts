import type { ServerFrame, TopicRequest } from '@cellarhand/protocol/feed'
import type { Problem } from '@cellarhand/protocol/problem'
import { bareProblem } from './answer.ts'
import { compare, isNewer } from './position.ts'
import type { Client } from './session.ts'
import { keyOf, spoil, spoilValue, sweep, topicOf, type Store, type Told, type Topic } from './store.ts'

/** The frames that change what is known. */
export type NewsFrame = Extract<ServerFrame, { cursor?: string } | { type: 'reset' | 'error' }>

/** Entries of the journal that are kept: a screen shows some dozens, and they come without end. */
const ENTRIES_MAX = 500

/** Takes what a frame tells, as PROTOCOL.md says. Listeners are told by `flush`. */
export function apply(store: Store, frame: NewsFrame): void {
  if (frame.type === 'progress') {
    // What is asked for anew was whole, and what came of it since was not taken.
    for (const topic of store.topics.values()) if (topic.isAsked && topic.isReady) topic.cursor = frame.cursor
    return
  }
  const topic = store.topics.get(frame.topic ?? '')
  // Not asked for on this line: of a life that is over.
  if (!topic?.isAsked) return
  store.dirty.add(topic)
  if (frame.type === 'error') {
    topic.error = { ...bareProblem(0, frame.detail), type: frame.problem }
    return
  }
  if (frame.type === 'reset') {
    topic.isReady = false
    // Too old is only what the server remembers: what is shown was live on the line before.
    if (frame.reason !== 'too_old') topic.isFresh = false
    topic.cursor = undefined
    topic.staged = new Set()
    return
  }
  if (frame.type === 'ready') settle(store, topic)
  else putAll(store, topic, toldBy(frame))
  // Who comes back in the midst of a beginning begins again: what it had before is not known to be gone yet.
  if (frame.cursor && !topic.staged) topic.cursor = frame.cursor
}

/** The values of a frame; none where it is of a kind that is not known here. */
function toldBy(frame: NewsFrame): readonly Told[] {
  if ('offers' in frame) return frame.offers
  if ('levels' in frame) return frame.levels
  if ('entries' in frame) return frame.entries
  return 'hold' in frame ? [frame.hold] : []
}

/** Takes values of a topic. */
export function putAll(store: Store, topic: Topic, told: readonly Told[]): void {
  for (const one of told) put(store, topic, one)
  const { name, members } = topic
  if (name === 'audit') for (const key of [...members].slice(0, -ENTRIES_MAX)) leave(store, topic, key)
}

/** What leaves a topic leaves it wherever the log stands: it may be as it was, and in others still. What comes is in it, and newer or known. */
function put(store: Store, topic: Topic, told: Told): void {
  const { values, patches } = store
  const { members, staged } = topic
  const { position } = told
  const key = keyOf(told)
  if (isNewer(position, topic.position)) topic.position = position
  if ('gone' in told) {
    staged?.delete(key)
    return leave(store, topic, key)
  }
  staged?.add(key)
  if (!members.has(key)) spoil(store, topic)
  members.add(key)
  if (!isNewer(position, values.get(key)?.position)) return
  values.set(key, told)
  for (const patch of patches)
    if (patch.until && patch.key === key && !(compare(patch.until, position) > 0)) patches.delete(patch)
  spoilValue(store, key)
}

/** The topic is whole: what it did not name since it began anew is not in it any more. */
function settle(store: Store, topic: Topic): void {
  const { staged, members, isWhole } = topic
  if (staged) for (const key of members) if (!staged.has(key)) leave(store, topic, key)
  if (!isWhole) spoil(store, topic)
  topic.staged = undefined
  topic.isReady = topic.isWhole = true
}

function leave(store: Store, topic: Topic, key: string): void {
  topic.members.delete(key)
  spoil(store, topic)
  sweep(store, key)
}

/** A topic with the cursor to go on from; JSON leaves out the one that is not there. */
type Asked = Pick<TopicRequest, 'topic'> & { readonly cursor: string | undefined }

/** What to ask for, with the cursors to go on from. */
export function requestsFor({ held, store }: Client, names: Iterable<string> = held.keys()): Asked[] {
  return Array.from(names, (topic) => ({ topic, cursor: store.topics.get(topic)?.cursor }))
}

/** These were asked for on a line: until they are whole there, what is known of them is stale. */
export function begin(store: Store, requests: readonly Asked[]): void {
  for (const { topic: name, cursor } of requests) {
    const topic = topicOf(store, name)
    topic.isAsked = true
    topic.isFresh ||= topic.isReady
    topic.isReady = false
    topic.error = undefined
    topic.staged = cursor ? undefined : new Set()
    store.dirty.add(topic)
  }
}

/** The line is gone; with a problem, none will come back. */
export function unready(store: Store, problem?: Problem): void {
  for (const topic of store.topics.values()) {
    topic.isAsked = topic.isReady = topic.isFresh = false
    if (problem) topic.error = problem
    store.dirty.add(topic)
  }
}
