import { Agent, request, type IncomingHttpHeaders } from 'node:http'

/** One request to a server. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  /** sent as JSON */
  readonly body?: unknown
  /** the Idempotency-Key */
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** As many as there are clients at once in the largest storm, and some more. */
const SOCKETS_MOST = 256
const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MOST, scheduling: 'lifo' })

/** Longer than a server waits for a command it may still decide (10 s): an answer is only given up when none will come. */
const ANSWER_WITHIN_MS = 15_000

/** Sends a request. Rejects when the answer is lost: it is not known then whether it was done. */
export function send(base: string, call: Call, timeoutMs = ANSWER_WITHIN_MS): Promise<Answer> {
  const text = call.body === undefined ? undefined : JSON.stringify(call.body)
  return new Promise((resolve, reject) => {
    const asked = request(`${base}${call.path}`, {
      method: call.method,
      agent,
      headers: {
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...(call.key === undefined ? {} : { 'idempotency-key': call.key }),
        ...call.headers,
      },
    })
    const timer = setTimeout(() => asked.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    const fail = (error: Error) => {
      clearTimeout(timer)
      reject(error)
    }
    asked.once('error', fail)
    asked.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', fail)
      response.once('aborted', () => fail(new Error('the answer ended early')))
      response.once('end', () => {
        clearTimeout(timer)
        const body = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
      })
    })
    asked.end(text)
  })
}
