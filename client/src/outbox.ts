import { waitMs } from './machine.ts'
import { tryOnce, type Outcome, type Request, type Write } from './request.ts'
import { join, tellAll } from './listeners.ts'
import { keep, kept, type Client } from './session.ts'

/** More than that many intents of one person is none: something is wrong in the program that makes them. */
const WRITES_MAX = 100
/** Who wanted a bottle a quarter of an hour ago does not expect to be given it now. */
const LIFE_MS = 900_000
/** How long reads wait for the writes before them, where these do not get through. */
const FLUSH_MS = 3_000
const unheard = { kind: 'unheard' } as const
const STORED = 'cellarhand.writes'

/** Sends a write, now or when it can be; answers with what became of it. */
export function send<T>(client: Client, request: Request): Promise<Outcome<T>> {
  const { world, writes } = client
  if (writes.length >= WRITES_MAX) throw new Error('Too many writes are waiting.')
  return new Promise((settle) => {
    const write = { ...request, key: world.key(), at: world.wall(), until: world.now() + LIFE_MS, settle }
    change(client, [...writes, write])
    void run(client)
  })
}

/** Sends what a former page could not get through; nobody waits for the answers. */
export async function restore(client: Client): Promise<void> {
  const { world } = client
  const former = JSON.parse((await kept(client, STORED)) || '[]') as Write[]
  const left = ({ at }: Write) => LIFE_MS - Math.max(0, world.wall() - at)
  change(client, [...former.map((write) => ({ ...write, until: world.now() + left(write) })), ...client.writes])
  void run(client)
}

/** Tries at once, and waits until all writes are answered, or one could not be. */
export async function flushWrites(client: Client): Promise<void> {
  tellAll(client.hurried)
  if (client.writes.length > 0) await pause(client, FLUSH_MS, client.behindWrites)
}

/** Reads once, behind the writes that are on their way, so that they are in what is read. */
export async function read<T>(client: Client, path: string): Promise<Outcome<T>> {
  await flushWrites(client)
  const came = await tryOnce<T>(client, { method: 'GET', path })
  return came.kind === 'again' ? unheard : came
}

/** What waits stays in the storage; who waits for it is told that nobody heard. */
export function closeOutbox(client: Client): void {
  client.isClosed = true
  tellAll(client.hurried)
  tellAll(client.behindWrites)
  for (const { settle } of client.writes) settle?.(unheard)
}

async function run(client: Client): Promise<void> {
  if (client.isSending) return
  client.isSending = true
  let tries = 0
  for (let [write] = client.writes; write && !client.isClosed; [write] = client.writes) {
    const isLate = client.world.now() > write.until
    const came = isLate ? unheard : await tryOnce<never>(client, write)
    if (client.isClosed) break
    if (came.kind === 'again') {
      tries += 1
      tellAll(client.behindWrites)
      // Who was told when to come back is not hurried.
      const { afterMs } = came
      await pause(
        client,
        afterMs ?? waitMs(tries, client.world.random()),
        afterMs ? client.behindWrites : client.hurried,
      )
      continue
    }
    tries = 0
    const done = write
    change(
      client,
      client.writes.filter((one) => one !== done),
    )
    done.settle?.(came)
  }
  client.isSending = false
  tellAll(client.behindWrites)
}

/** Waits so long, or until those in `woken` are told to go on. */
function pause({ world }: Client, ms: number, woken: Set<() => void>): Promise<void> {
  return new Promise((go) => {
    const on = () => {
      off()
      leave()
      go()
    }
    const off = world.after(ms, on)
    const leave = join(woken, on)
  })
}

function change(client: Client, writes: readonly Write[]): void {
  client.writes = writes
  void keep(client, STORED, writes.length > 0 ? JSON.stringify(writes) : '')
  tellAll(client.watchers)
}
