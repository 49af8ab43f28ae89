import type { Problem } from '@cellarhand/protocol/problem'

/** A refusal of which no more is known. */
export function bareProblem(status: number, title: string): Problem {
  return { type: 'about:blank', title, status, detail: title }
}

/** Why an answer refuses. A proxy in between answers with a page of its own: then its status is all that is known. */
export async function problemOf(answer: Response): Promise<Problem> {
  const { status } = answer
  return { ...bareProblem(status, `HTTP ${status}`), ...((await answer.json().catch(() => {})) as object) }
}

/** How long it says to wait, ms. */
export function retryAfterMs({ headers }: Response): number | undefined {
  return Number(headers.get('retry-after')) * 1_000 || undefined
}

/** Headers of who shows a token. */
export function bearer(token: string | undefined): Record<string, string> {
  return token ? { authorization: `Bearer ${token}` } : {}
}
