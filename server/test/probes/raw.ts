import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { PROBLEM_BASE } from '@cellarhand/protocol/problem'
import { WebSocket, type ClientOptions } from 'ws'

/** An answer, as probes look at it. */
export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** Sends a request with exactly these headers, which `fetch` would not. */
export function ask(
  url: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: OutgoingHttpHeaders; body?: string } = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
      response.once('error', reject)
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

/** The problem that an answer is, by its name. */
export const slugOf = ({ text }: Pick<Answered, 'text'>): string => {
  const { type } = JSON.parse(text) as { type: string }
  return type.slice(PROBLEM_BASE.length)
}

/** Sends bytes as they are, and answers all that comes back until the other side closes. */
export function sendRaw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    let heard = ''
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.setEncoding('utf8').on('data', (chunk: string) => (heard += chunk))
    socket.on('error', () => {})
    socket.once('close', () => resolve(heard))
  })
}

/** Asks for a WebSocket: 101 where it was opened (and is closed again), else the status and the answer that was refused with. */
export function askWebSocket(url: string, options: ClientOptions): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), options)
    socket.once('error', reject)
    socket.once('open', () => {
      socket.close()
      resolve({ status: 101, text: '' })
    })
    socket.once('unexpected-response', (_request, response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
  })
}
