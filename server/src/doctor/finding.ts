/** One thing that was looked at: what was found, and if it is not right, what to do. Sentences for people. */
export type Finding = { ok: boolean; what: string; advice?: string }

/** All is well with this. */
export const good = (what: string): Finding => ({ ok: true, what })

/** This keeps the server from running, or from running safely. */
export const bad = (what: string, advice: string): Finding => ({ ok: false, what, advice })
