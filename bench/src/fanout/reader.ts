import { setTimeout as sleep } from 'node:timers/promises'
import { wallOffsetMs } from './clock.ts'
import { openLine, type Line } from './line.ts'
import { skusOf, type Share } from './share.ts'
import type { ServerKind } from './speech.ts'
import { createTally, type Latency, type Tally, type Times } from './tally.ts'

/** What the process that reads is asked for, each by what it is told and what it answers. */
export interface Errands {
  readonly open: (opening: Opening) => Promise<null>
  /** All of its clients that read follow more. */
  readonly follow: (shares: readonly Share[]) => Promise<null>
  readonly count: (seconds: number) => Promise<Counted>
  /** Of what was counted last. */
  readonly latency: (times: Times) => Promise<Latency>
  readonly close: (nothing: null) => Promise<null>
}

/** Clients that are to connect, numbered on from `first`. */
export interface Opening {
  readonly kind: ServerKind
  /** Client `n` goes to one of them after another. */
  readonly ports: readonly number[]
  readonly first: number
  readonly count: number
  readonly shares: readonly Share[]
  /** Topics of the feed that they follow in place of SKUs, and take nothing of. */
  readonly stalledOn?: string
}

export interface Counted {
  /** Values that clients were sent. */
  readonly values: number
  readonly seconds: number
  /** when it began and ended, in milliseconds since 1970 */
  readonly fromMs: number
  readonly untilMs: number
}

/** Lines that are being opened at once: a server has room for some 500 that it has not accepted yet. */
const openingAtOnce = 200
/** An address has some 28,000 ports for one server, and a server may bound how many come from one address. Linux has 16 million of its own. */
const clientsPerAddress = 500

/** Runs in a process of its own: reads what servers send, and does what its parent asks for, one thing after another. */
export function runReader(): void {
  const errands = createErrands()
  process.on('message', ({ errand, told }: { errand: keyof Errands; told: never }) => {
    errands[errand](told).then(
      (answer) => process.send?.({ answer }),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
    )
  })
  process.on('disconnect', () => process.exit(0))
  // Ctrl-C in a terminal reaches us too; who started us stops us in order.
  process.on('SIGINT', () => {})
}

interface Reading {
  readonly tally: Tally
  clients: { readonly number: number; readonly line: Line; readonly isStalled: boolean }[]
  /** Why the first line that was lost was. */
  lost: string | undefined
}

function createErrands(): Errands {
  const reading: Reading = { tally: createTally(), clients: [], lost: undefined }
  const { tally } = reading
  let offsetMs = 0
  const refuseLost = () => {
    if (reading.lost !== undefined) throw new Error(reading.lost)
  }
  return {
    open: (opening) => inWaves(opening.count, (at) => openClient(reading, opening.first + at, opening)),
    async follow(shares) {
      const clients = reading.clients.filter(({ isStalled }) => !isStalled)
      return inWaves(clients.length, async (at) => {
        const client = clients[at]
        await client?.line.follow(skusOf(shares, client.number))
        refuseLost()
      })
    },
    async count(seconds) {
      offsetMs = wallOffsetMs()
      const beganMs = performance.now()
      tally.begin(reading.clients.length)
      await sleep(seconds * 1_000)
      const values = tally.end()
      refuseLost()
      const endedMs = performance.now()
      return { values, seconds: (endedMs - beganMs) / 1_000, fromMs: offsetMs + beganMs, untilMs: offsetMs + endedMs }
    },
    latency: async (times) => tally.latency(times, offsetMs),
    async close() {
      for (const { line } of reading.clients) line.reset()
      reading.clients = []
      reading.lost = undefined
      return null
    },
  }
}

/** Resolves when the client has all that it follows; rejects when its line is lost before. */
function openClient(reading: Reading, number: number, opening: Opening): Promise<void> {
  const { kind, ports, shares, stalledOn } = opening
  const failed = deferred()
  const line = openLine({
    kind,
    port: ports[number % ports.length] ?? 0,
    localAddress: addressOf(number),
    client: number,
    skus: skusOf(shares, number),
    stalledOn,
    onValue: (client, value, nowMs) => reading.tally.record(client, value, nowMs),
    onLost: (why) => {
      // Who takes nothing is shown the door after a while, and never sees it.
      if (stalledOn !== undefined) return
      reading.lost ??= `Client ${number} lost its line: ${why}.`
      failed.reject(new Error(reading.lost))
    },
  })
  reading.clients.push({ number, line, isStalled: stalledOn !== undefined })
  return Promise.race([line.whole, failed.promise])
}

/** Where a client comes from: other systems than Linux have no more than the first. */
function addressOf(client: number): string {
  return process.platform === 'linux' ? `127.0.0.${1 + (Math.floor(client / clientsPerAddress) % 250)}` : '127.0.0.1'
}

/** So many pieces of work, some at once, the next when one is done. */
async function inWaves(count: number, begin: (at: number) => Promise<void>): Promise<null> {
  let next = 0
  const goOn = async () => {
    while (next < count) {
      next += 1
      await begin(next - 1)
    }
  }
  await Promise.all(Array.from({ length: Math.min(count, openingAtOnce) }, goOn))
  return null
}

function deferred(): { readonly promise: Promise<never>; readonly reject: (error: Error) => void } {
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<never>((_resolve, no) => (reject = no))
  // One that is lost later is told of when it is counted.
  promise.catch(() => {})
  return { promise, reject }
}
