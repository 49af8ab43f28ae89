import { createConnection, type Socket } from 'node:net'
import { quantile } from '../report/statistics.ts'
import { answerLength, statusOf } from './answer.ts'
import type { Requests } from './request.ts'

/** Who is asked, and how. */
export interface Target {
  readonly port: number
  /** Requests of one connection; called once for each. */
  readonly requests: (port: number) => Requests
  /** The status that every answer should have. */
  readonly status: number
}

export interface LoadOptions {
  readonly connections: number
  /** Counted, after the warm-up. */
  readonly seconds: number
}

/** What came of it. */
export interface Load {
  /** Expected answers a second. */
  readonly rate: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Answers of another status than expected, by status. */
  readonly others: Readonly<Record<string, number>>
}

/** Connections, prepared statements, compiled code: what a server that has run for a while has behind it. */
const warmUpMs = 500
/** Beyond its time, for answers that are still under way: longer than the server's own bound for a command. */
const graceMs = 15_000
const connectWithinMs = 10_000
/** Far above any answer asked for here. */
const readBytes = 16_384

interface Counting {
  readonly latencies: number[]
  readonly others: Record<string, number>
  fromMs: number
  untilMs: number
}

/**
 * Asks without pause on each of so many connections, one request at a time on each. Written for this: what it costs a request is taken from the
 * server's own processor. Throws when a connection breaks or an answer stays away.
 */
export async function runLoad(target: Target, options: LoadOptions): Promise<Load> {
  const sockets = new Set<Socket>()
  const counting: Counting = { latencies: [], others: {}, fromMs: 0, untilMs: 0 }
  const timeout = new AbortController()
  try {
    const running = Array.from({ length: options.connections }, () => connection(target, counting, sockets))
    const ready = Promise.all(running.map((one) => one.connected))
    await Promise.race([ready, rejectAfter(connectWithinMs, 'the server takes no connections', timeout.signal)])
    counting.fromMs = performance.now() + warmUpMs
    counting.untilMs = counting.fromMs + options.seconds * 1_000
    for (const one of running) one.start()
    const within = warmUpMs + options.seconds * 1_000 + graceMs
    await Promise.race([
      Promise.all(running.map((one) => one.done)),
      rejectAfter(within, 'answers stay away', timeout.signal),
    ])
  } finally {
    timeout.abort()
    for (const socket of sockets) socket.destroy()
  }
  const sorted = Float64Array.from(counting.latencies).toSorted()
  return {
    rate: sorted.length / options.seconds,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    others: counting.others,
  }
}

function rejectAfter(ms: number, why: string, signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the load was given up: ${why}`)), ms)
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  })
}

interface Connection {
  readonly connected: Promise<void>
  readonly done: Promise<void>
  start(): void
}

function connection(target: Target, counting: Counting, sockets: Set<Socket>): Connection {
  const next = target.requests(target.port)
  const connected = deferred()
  const done = deferred()
  let sentMs = 0
  const send = () => {
    sentMs = performance.now()
    socket.write(next())
  }
  const receive = wholeAnswers((bytes) => {
    const nowMs = performance.now()
    if (nowMs >= counting.fromMs && nowMs < counting.untilMs) {
      const status = statusOf(bytes)
      if (status === target.status) counting.latencies.push(nowMs - sentMs)
      else counting.others[status] = (counting.others[status] ?? 0) + 1
    }
    if (nowMs < counting.untilMs) send()
    else done.resolve()
  })
  const socket = createConnection({
    host: '127.0.0.1',
    port: target.port,
    noDelay: true,
    // Straight from the socket into one piece of memory, without a stream between: half the generator's cost.
    onread: { buffer: Buffer.alloc(readBytes), callback: receive },
  })
  sockets.add(socket)
  const fail = (error?: Error) => {
    connected.reject(error ?? new Error('the server closed a connection'))
    done.reject(error ?? new Error('the server closed a connection'))
  }
  // Whoever waits for the other of the two hears of it; this one is not lost, only known already.
  connected.promise.catch(() => {})
  done.promise.catch(() => {})
  socket
    .on('connect', connected.resolve)
    .on('error', fail)
    .on('close', () => fail())
  return { connected: connected.promise, done: done.promise, start: send }
}

/** Puts answers together that come in pieces. */
function wholeAnswers(onAnswer: (bytes: Buffer) => void): (size: number, buffer: Uint8Array) => boolean {
  let held = Buffer.alloc(0)
  return (size, buffer) => {
    const chunk = Buffer.from(buffer.buffer, buffer.byteOffset, size)
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    const length = answerLength(bytes)
    if (length === undefined || bytes.length < length) {
      // The buffer is filled anew by the next read.
      held = Buffer.from(bytes)
      return true
    }
    if (held.length > 0) held = Buffer.alloc(0)
    onAnswer(bytes)
    return true
  }
}

interface Deferred {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

function deferred(): Deferred {
  let settle: Pick<Deferred, 'resolve' | 'reject'> = { resolve: () => {}, reject: () => {} }
  const promise = new Promise<void>((resolve, reject) => (settle = { resolve, reject }))
  return { promise, resolve: settle.resolve, reject: settle.reject }
}
