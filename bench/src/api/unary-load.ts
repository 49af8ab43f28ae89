import { connect, type ClientHttp2Session } from 'node:http2'
import { quantile } from '../report/statistics.ts'

/** Calls of one connection at once: what a service keeps under way on its channel. */
const callsPerConnection = 16
const warmUpMs = 2_000
/** Beyond its time, for answers that are still under way. */
const graceMs = 15_000

/** What is called, and how. */
export interface UnaryTarget {
  readonly port: number
  /** `/package.Service/Method` */
  readonly path: string
  /** the next request's message */
  readonly message: () => Buffer
}

export interface UnaryLoad {
  /** answers a second */
  readonly rate: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** A message as it goes over the line: not compressed, its length in four bytes. */
function framed(message: Buffer): Buffer {
  const frame = Buffer.alloc(message.length + 5)
  frame.writeUInt32BE(message.length, 1)
  message.copy(frame, 5)
  return frame
}

/** One call over HTTP/2 as it is: a library's client would take more of the processor than the server it asks. Resolves with the bytes of the answer. */
export function callOnce(session: ClientHttp2Session, { path, message }: UnaryTarget): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    let bytes = 0
    let status = ''
    const see = (headers: object) => (status = String((headers as Record<string, unknown>)['grpc-status'] ?? status))
    stream.on('response', see).on('trailers', see)
    stream.on('data', (chunk: Buffer) => (bytes += chunk.length))
    stream.on('error', reject)
    stream.on('close', () => (status === '0' ? resolve(bytes) : reject(new Error(`${path} ended with ${status}`))))
    stream.end(framed(message()))
  })
}

/** Asks without pause, so many calls at once. Throws when one of them fails. */
export async function runUnaryLoad(
  target: UnaryTarget,
  options: { readonly connections: number; readonly seconds: number },
): Promise<UnaryLoad> {
  const sessions = Array.from({ length: Math.ceil(options.connections / callsPerConnection) }, () =>
    connect(`http://127.0.0.1:${target.port}`),
  )
  try {
    const fromMs = performance.now() + warmUpMs
    const untilMs = fromMs + options.seconds * 1_000
    const latencies: number[] = []
    const askOn = async (session: ClientHttp2Session) => {
      for (let beganMs = performance.now(); beganMs < untilMs; beganMs = performance.now()) {
        await callOnce(session, target)
        const endedMs = performance.now()
        if (endedMs >= fromMs && endedMs < untilMs) latencies.push(endedMs - beganMs)
        if (endedMs > untilMs + graceMs) throw new Error('answers stay away')
      }
    }
    const callers = sessions.flatMap((session) => Array.from({ length: callsPerConnection }, () => askOn(session)))
    await Promise.all(callers)
    const sorted = Float64Array.from(latencies).toSorted()
    const [p50Ms, p99Ms] = [quantile(sorted, 0.5), quantile(sorted, 0.99)]
    return { rate: sorted.length / options.seconds, p50Ms, p99Ms }
  } finally {
    for (const session of sessions) session.destroy()
  }
}
