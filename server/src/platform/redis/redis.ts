import type { Cluster, Redis as Single } from 'ioredis'
import { brand } from '@cellarhand/protocol/brand'
import { every, sleep } from '../loop.ts'
import { connectRedis } from './connect.ts'
import type { RedisAddress } from './address.ts'

/**
 * A Redis or Valkey, as far as it is needed here: to tell other processes, and to keep what can be computed again. Nothing is promised of it: what is
 * told may be lost, repeated or late, what is kept may be gone. No call waits long, and none fails: what could not be had is not there.
 */
export interface Redis {
  /** Tells whoever listens now. Dropped where the connection is down or has not kept up. */
  tell(channel: string, text: string): void
  /** Calls `onText` for what is told, and `onBegin` whenever listening has begun (again): what was told before is lost. The answer ends it. */
  listen(channel: string, onText: (text: string) => void, onBegin: () => void): () => void
  get(key: string): Promise<string | undefined>
  set(key: string, text: string, ttlMs: number): Promise<void>
  /** Takes a key that nobody has, for so long; false: somebody has it. Undefined: nobody knows. */
  claim(key: string, ttlMs: number): Promise<boolean | undefined>
  /** What was told here has come back within the last seconds. */
  isUp(): boolean
  close(): Promise<void>
}

export interface RedisOptions {
  /** certificates that are trusted in place of the system's, as PEM */
  readonly ca?: string | undefined
  /** a name of this process, of its own */
  readonly self: string
  /** Told when it is found to be up or down; `why` is the last error. */
  readonly onState: (up: boolean, why: Error | undefined) => void
}

/** All that is ours begins so, so that others may have the same Redis. */
const ours = (name: string): string => `${brand.name}:${name}`

/** This often a word is sent round, through both connections: the only proof that a listener hears is that it has heard. */
const beatEveryMs = 2_000
/** Three beats. A listener that has heard none of them is connected anew. */
const deafAfterMs = 6_500
/** How long a start waits for the first beat before it goes on without. */
const startWithinMs = 1_500
/** Bytes on their way that are not answered. A Redis that has stopped answering takes no more of our memory than this. */
const pendingBytesMax = 8 * 1024 * 1024

/** Connects, and stays so, whatever becomes of it, until it is closed. Resolves when it is up, or is not yet after 1.5 s. */
export async function openRedis(address: RedisAddress, options: RedisOptions): Promise<Redis> {
  const state: State = { heardAtMs: undefined, said: undefined, error: undefined }
  const onError = (error: Error) => void (state.error = error)
  const speaker = await connectRedis(address, { ca: options.ca, onError })
  const listener = await connectRedis(address, { ca: options.ca, onError })
  const stopping = new AbortController()
  const speech = createSpeech(speaker)
  const hearing = createHearing(listener)
  const isUp = () => state.heardAtMs !== undefined && performance.now() - state.heardAtMs < deafAfterMs
  const say = () => {
    if (isUp() === state.said) return
    state.said = isUp()
    options.onState(state.said, state.said ? undefined : state.error)
  }
  const beat = `beat:${options.self}`
  const up = new AbortController()
  hearing.listen(
    beat,
    () => {
      state.heardAtMs = performance.now()
      if (!up.signal.aborted) up.abort()
      if (state.said !== undefined) say()
    },
    () => speech.tell(beat, ''),
  )
  const beating = every(
    beatEveryMs,
    () => {
      if (!isUp()) hearing.again(state.heardAtMs !== undefined)
      if (state.said !== undefined) say()
      speech.tell(beat, '')
    },
    { signal: stopping.signal, onError: (error) => onError(error as Error) },
  )
  await sleep(startWithinMs, up.signal)
  say()
  return {
    tell: speech.tell,
    listen: hearing.listen,
    ...createStore(speaker),
    isUp,
    close: async () => {
      stopping.abort()
      await beating
      speaker.disconnect()
      listener.disconnect()
    },
  }
}

interface State {
  heardAtMs: number | undefined
  /** what was said last of whether it is up */
  said: boolean | undefined
  error: Error | undefined
}

type Client = Single | Cluster

function createSpeech(client: Client): Pick<Redis, 'tell'> {
  let pendingBytes = 0
  return {
    tell(channel, text) {
      if (client.status !== 'ready' || pendingBytes + text.length > pendingBytesMax) return
      pendingBytes += text.length
      client
        .call('publish', ours(channel), text)
        .catch(() => {})
        .finally(() => (pendingBytes -= text.length))
    },
  }
}

interface Hearing extends Pick<Redis, 'listen'> {
  /** Nothing is heard: asks once more, over a new connection where it once was heard. */
  again(wasHeard: boolean): void
}

function createHearing(client: Client): Hearing {
  const ears = new Map<string, Set<{ onText: (text: string) => void; onBegin: () => void }>>()
  const subscribe = (channels: readonly string[]) => {
    if (client.status !== 'ready' || channels.length === 0) return
    const begin = () => channels.forEach((channel) => ears.get(channel)?.forEach((ear) => ear.onBegin()))
    client.subscribe(...channels.map(ours)).then(begin, () => {})
  }
  client.on('ready', () => subscribe([...ears.keys()]))
  client.on('message', (channel: string, text: string) =>
    ears.get(channel.slice(ours('').length))?.forEach((ear) => ear.onText(text)),
  )
  return {
    listen(channel, onText, onBegin) {
      const ear = { onText, onBegin }
      const others = ears.get(channel) ?? new Set()
      ears.set(channel, others.add(ear))
      subscribe([channel])
      return () => {
        if (!others.delete(ear) || others.size > 0) return
        ears.delete(channel)
        if (client.status === 'ready') client.unsubscribe(ours(channel)).catch(() => {})
      }
    },
    again(wasHeard) {
      if (wasHeard && client.status === 'ready') client.disconnect(true)
      else subscribe([...ears.keys()])
    },
  }
}

function createStore(client: Client): Pick<Redis, 'get' | 'set' | 'claim'> {
  const call = async (command: string, ...values: string[]): Promise<unknown> => {
    if (client.status !== 'ready') return undefined
    return client.call(command, ...values).catch(() => undefined)
  }
  return {
    get: async (key) => {
      const text = await call('get', ours(key))
      return typeof text === 'string' ? text : undefined
    },
    set: async (key, text, ttlMs) => void (await call('set', ours(key), text, 'PX', String(Math.ceil(ttlMs)))),
    claim: async (key, ttlMs) => {
      const answer = await call('set', ours(key), '', 'PX', String(Math.ceil(ttlMs)), 'NX')
      return answer === undefined ? undefined : answer === 'OK'
    },
  }
}
