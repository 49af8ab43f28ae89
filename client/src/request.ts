import type { Problem } from '@cellarhand/protocol/problem'
import { bearer, problemOf, retryAfterMs } from './answer.ts'
import type { Client } from './session.ts'

/** What became of something that was asked: done; refused by the server; or nobody heard, so that it may have happened or not. */
export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'refused'; readonly problem: Problem }
  | { readonly kind: 'unheard' }

/** One request, as it can be kept and sent again. */
export interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** From the server's root, such as `/v1/holds`. */
  readonly path: string
  readonly body?: unknown
  /** Idempotency key, of a write. */
  readonly key?: string
}

/** What came of one try; `again`: worth another, after `afterMs` where the server said so. */
export type Try<T> =
  | Exclude<Outcome<T>, { kind: 'unheard' }>
  | { readonly kind: 'again'; readonly afterMs?: number | undefined }

export type GetToken = () => string | undefined | Promise<string | undefined>

/** A write that waits, under the key of its intent: however often it is sent, it happens once. */
export interface Write extends Request {
  /** When it was wanted, by the device's clock: for a later page alone. */
  readonly at: number
  /** Until when it is tried, by the monotonic clock. */
  readonly until: number
  readonly settle?: (outcome: Outcome<never>) => void
}

/** Longest wait for an answer, ms: past it one would rather try again. */
const TIMEOUT_MS = 15_000
/** Not now, too many, too slow; or a proxy that did not hear the server: under its key the same may be asked again. */
const passing = [408, 429, 502, 503, 504]

/** Sends a request once. Never throws. */
export async function tryOnce<T>(
  { world, url, getToken, clock }: Client,
  { method, path, body, key }: Request,
): Promise<Try<T>> {
  const call = new AbortController()
  const off = world.after(TIMEOUT_MS, () => call.abort())
  try {
    const response = await world.fetch(url + path, {
      method,
      headers: {
        ...bearer(await getToken()),
        ...(key && { 'idempotency-key': key }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: JSON.stringify(body),
      signal: call.signal,
    })
    clock.sample(response.headers.get('date'))
    if (response.ok) return { kind: 'done', value: (await response.json()) as T }
    return passing.includes(response.status)
      ? { kind: 'again', afterMs: retryAfterMs(response) }
      : { kind: 'refused', problem: await problemOf(response) }
  } catch {
    return { kind: 'again' }
  } finally {
    off()
  }
}
