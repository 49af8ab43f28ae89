import { Agent, request, type ClientRequest, type RequestOptions } from 'node:http'
import { SetupError } from '../platform/setup-error.ts'
import { Agent as TlsAgent, request as requestOverTls } from 'node:https'

/** The public API, as a till, a web shop and a cellar hand use it. */
export interface Api {
  /** All items of a list. Rejects where it is not answered. */
  list<T>(path: string): Promise<T[]>
  /** One thing, or undefined where there is none. */
  one<T>(path: string): Promise<T | undefined>
  /** Resolves with the answer, or undefined when it was refused: that is part of the day, as the bottle was gone or the hold had lapsed. */
  write<T extends object = object>(
    actor: string,
    path: string,
    body?: object,
    method?: 'POST' | 'PATCH' | 'DELETE',
  ): Promise<T | undefined>
}

export interface ApiOptions {
  readonly newKey: () => string
  readonly signal: AbortSignal
  readonly certificate?: string | undefined
  /** what to ask with, where it matters who asks */
  readonly token?: (() => Promise<string | undefined>) | undefined
}

const needsToken =
  'The server asks who this is: give the demo a token with --token, as `npm run -s cellarhand -- token --role machine --ttl 24h` prints one.'

interface Init extends Pick<RequestOptions, 'method'> {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Items of a page: the most that one may have. */
const PAGE = 500

/**
 * @param options.newKey a fresh idempotency key for each intent
 * @param options.certificate the server's own, where it speaks TLS and nobody else vouches for it (PEM)
 */
export function openApi(url: string, options: ApiOptions): Api {
  const { signal, certificate } = options
  const isTls = url.startsWith('https:')
  const own = certificate === undefined ? {} : { ca: certificate, checkServerIdentity: () => undefined }
  const agent = isTls ? new TlsAgent({ keepAlive: true, ...own }) : new Agent({ keepAlive: true })
  const send = isTls ? requestOverTls : request
  signal.addEventListener('abort', () => agent.destroy(), { once: true })

  async function one<T>(path: string, { body, ...init }: Init = {}): Promise<T | undefined> {
    signal.throwIfAborted()
    const token = await options.token?.()
    const headers = { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
    const sent = send(`${url}${path}`, { ...init, headers, agent })
    const { status, text } = await answerTo(sent.end(body))
    if (status >= 500) throw new Error(`${path} was answered ${status}`)
    if (status === 401) throw new SetupError(needsToken)
    return status < 300 ? (JSON.parse(text) as T) : undefined
  }

  async function list<T>(path: string): Promise<T[]> {
    const items: T[] = []
    for (let cursor: string | undefined; ;) {
      const from = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const asked = `${path}${path.includes('?') ? '&' : '?'}limit=${PAGE}${from}`
      const page = await one<{ items: T[]; next?: string }>(asked)
      if (!page) throw new Error(`${path} was refused`)
      items.push(...page.items)
      if (page.next === undefined) return items
      cursor = page.next
    }
  }

  return {
    list,
    one: (path) => one(path),
    write: (actor, path, body, method = 'POST') => {
      const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
      const headers = { 'idempotency-key': options.newKey(), 'cellarhand-actor': actor, ...type }
      return one(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    },
  }
}

/** What was answered. Rejects where the line broke, as it does when the demo ends. */
function answerTo(sent: ClientRequest): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    sent.once('error', reject)
    sent.once('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.once('error', reject)
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
  })
}
