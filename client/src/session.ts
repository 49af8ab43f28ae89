import type { ServerClock } from './clock.ts'
import type { Line } from './lines/line.ts'
import type { Connection } from './machine.ts'
import type { GetToken, Write } from './request.ts'
import type { Store } from './store.ts'
import type { Storage, World } from './world.ts'

/** One line, with what was asked for on it. */
export interface Session {
  line?: Line
  isOver?: boolean
  /** Whether it goes on from where another ended, and was not told to forget. */
  isResumed?: boolean
  readonly topics: Set<string>
  /** Topics that were given up, until that is confirmed: before, they are not asked for again. */
  readonly leaving: Set<string>
  heardAt: number
  quietMs: number
  cursor: string
  /** Signs of life in a row that found the cursor behind the log's head, and where it was. */
  lag: number
}

/** All that a client is at a moment. */
export interface Client {
  readonly world: World
  readonly url: string
  readonly getToken: GetToken
  readonly storage: Storage | undefined
  readonly channel: string
  readonly clock: ServerClock
  readonly store: Store
  /** The topics that are followed: by how many, and what calls off that one nobody follows is given up. */
  readonly held: Map<string, { count: number; off: () => void }>
  connection: Connection
  /** Since when it is what it is, by the device's clock. */
  since: number
  session?: Session
  /** Call off what is to happen later. */
  readonly offs: Partial<Record<'next' | 'sync' | 'renew' | 'climb', () => void>>
  /** The writes on their way: one after another, as they were made, each until it is answered. */
  writes: readonly Write[]
  isSending?: boolean
  isClosed?: boolean
  /** Waits between two tries of a write, which may end early. */
  readonly hurried: Set<() => void>
  /** Those who wait until the writes are answered, or could not be. */
  readonly behindWrites: Set<() => void>
  /** Those who are told of the connection. */
  readonly watchers: Set<() => void>
}

/** How long a connection may take to open: the silence that is borne before the server has said what it keeps to. */
const OPEN_MS = 10_000

/** Does something later, in place of what of this kind was to be done. */
export function later(
  { offs, world }: Client,
  what: keyof Client['offs'],
  ms: number,
  run: () => void | Promise<void>,
): void {
  offs[what]?.()
  offs[what] = world.after(ms, () => {
    // What fails (a token that is not given) is tried again when it is due again.
    Promise.resolve(run()).catch(() => {})
  })
}

/** Keeps a string beyond this page, or nothing any more; where that works: a storage may be full, or forbidden. */
export async function keep({ storage }: Client, key: string, value: string): Promise<void> {
  try {
    await (value ? storage?.set(key, value) : storage?.remove(key))
  } catch {}
}

/** What was kept. */
export async function kept({ storage }: Client, key: string): Promise<string | null | undefined> {
  try {
    return await storage?.get(key)
  } catch {
    return undefined
  }
}

/** A line that is about to be opened, in place of the one before. */
export function newSession(client: Client): Session {
  closeLine(client)
  const heardAt = client.world.now()
  return (client.session = { topics: new Set(), leaving: new Set(), heardAt, quietMs: OPEN_MS, cursor: '', lag: 0 })
}

export function closeLine(client: Client): void {
  const { session } = client
  if (!session) return
  session.isOver = true
  session.line?.close()
  delete client.session
}
