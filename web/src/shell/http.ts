import type { Problem } from '@cellarhand/protocol/problem'
import { sampleClock } from './clock.ts'

/** What became of a request: an answer, a refusal by the server, or nothing heard (in which case a write may or may not have happened). */
export type Answer<T> =
  | { readonly kind: 'ok'; readonly body: T }
  | { readonly kind: 'refused'; readonly problem: Problem }
  | { readonly kind: 'unheard' }

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly body?: unknown
  /** Idempotency key: every write has one, and keeps it when it is tried again. */
  readonly key?: string
  readonly signal?: AbortSignal
}

/** Longest wait for an answer, ms: past it one would rather be told. */
const TIMEOUT_MS = 15_000
/** Waits between tries of the same request when the server says "not now" or says nothing, ms. */
const RETRY_WAITS_MS = [300, 1_200] as const

/** Asks once. Never throws but when `signal` calls it off. */
async function askOnce<T>(url: string, ask: Ask): Promise<Answer<T>> {
  const sentAt = Date.now()
  const headers: Record<string, string> = { accept: 'application/json, application/problem+json' }
  if (ask.key !== undefined) headers['idempotency-key'] = ask.key
  if (ask.body !== undefined) headers['content-type'] = 'application/json'
  try {
    const response = await fetch(url, {
      method: ask.method ?? 'GET',
      headers,
      body: ask.body === undefined ? null : JSON.stringify(ask.body),
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(ask.signal ? [ask.signal] : [])]),
    })
    sampleClock(response, sentAt)
    const text = await response.text()
    if (response.ok) return { kind: 'ok', body: (text === '' ? undefined : JSON.parse(text)) as T }
    return { kind: 'refused', problem: readProblem(text, response.status) }
  } catch (error) {
    if (ask.signal?.aborted) throw error
    return { kind: 'unheard' }
  }
}

/** Asks, and asks again (with the same key) where the server could not be heard or said "not now". */
export async function ask<T>(url: string, request: Ask = {}): Promise<Answer<T>> {
  for (const waitMs of RETRY_WAITS_MS) {
    const answer = await askOnce<T>(url, request)
    if (!isWorthAskingAgain(answer)) return answer
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
  return askOnce<T>(url, request)
}

/** The body of an answer, for queries: throws `AskError` where there is none. */
export async function read<T>(url: string, signal?: AbortSignal): Promise<T> {
  const answer = await ask<T>(url, signal ? { signal } : {})
  if (answer.kind === 'ok') return answer.body
  throw new AskError(answer.kind === 'refused' ? answer.problem : undefined)
}

/** A read that failed: with the server's problem, or none where nothing was heard. */
export class AskError extends Error {
  readonly problem: Problem | undefined
  constructor(problem: Problem | undefined) {
    super(problem?.detail ?? 'The cellar could not be reached.')
    this.problem = problem
  }
}

/** The stable name at the end of a problem's `type`. */
export function slugOf(problem: Problem): string {
  return problem.type.slice(problem.type.lastIndexOf('/') + 1)
}

function isWorthAskingAgain(answer: Answer<unknown>): boolean {
  if (answer.kind === 'unheard') return true
  return answer.kind === 'refused' && (answer.problem.status === 503 || answer.problem.status === 429)
}

function readProblem(text: string, status: number): Problem {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string')
      return { title: '', detail: '', ...value, type: value.type, status }
  } catch {
    // A proxy in between answers with a page of its own: its status is all that is known.
  }
  return { type: 'about:blank', title: `The answer was ${status}`, status, detail: '' }
}
