import { putAll } from './apply.ts'
import { emptyStore, look, topicOf, type Store, type Value } from './store.ts'

/** Topics as a server read them for the first page: values, and cursors to go on from. Plain JSON. */
export type Dehydrated = Readonly<
  Record<
    string,
    {
      readonly cursor: string
      readonly updatedAt: number
      readonly position: string | undefined
      readonly values: readonly Value[]
    }
  >
>

/** Everything that is whole, for a page to begin with. What is rendered from now on is that, until a topic is followed. */
export function dehydrate(store: Store): Dehydrated {
  const kept: Record<string, Dehydrated[string]> = {}
  for (const topic of store.topics.values()) {
    const { name, cursor, updatedAt, position } = topic
    const view = look(store, topic)
    if (!cursor || !view.data) continue
    store.atFirst.set(name, { ...view, status: 'live', error: undefined })
    kept[name] = { cursor, updatedAt, position, values: view.data }
  }
  return kept
}

/** What is known before anything was heard: what came with the page, as good as live until a line fails. */
export function hydrate(wall: () => number, initial: Dehydrated = {}): Store {
  const store = emptyStore(wall)
  for (const [name, { values, ...rest }] of Object.entries(initial)) {
    const topic = topicOf(store, name)
    putAll(store, topic, values)
    Object.assign(topic, rest, { isWhole: true, isFresh: true })
    topic.told = look(store, topic)
    store.atFirst.set(name, topic.told)
  }
  store.dirty.clear()
  return store
}
