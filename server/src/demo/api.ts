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

/** Items of a page: the most that one may have. */
const PAGE = 500

/** @param options.newKey a fresh idempotency key for each intent */
export function openApi(url: string, options: { newKey: () => string; signal: AbortSignal }): Api {
  async function one<T>(path: string, init: RequestInit = {}): Promise<T | undefined> {
    const { status, text } = await ask(`${url}${path}`, init, options.signal)
    if (status >= 500) throw new Error(`${path} was answered ${status}`)
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

/**
 * A request that ends where the demo does. On a signal of its own: fetch leaves its listeners on the one it is given until they are collected, and
 * Node.js warned of a leak after 1,500 requests.
 */
async function ask(
  address: string,
  init: RequestInit,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly text: string }> {
  signal.throwIfAborted()
  const ended = new AbortController()
  const stop = () => ended.abort()
  signal.addEventListener('abort', stop, { once: true })
  try {
    const response = await fetch(address, { ...init, signal: ended.signal })
    return { status: response.status, text: await response.text() }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
