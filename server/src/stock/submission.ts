import type { Command } from './core/command.ts'
import type { Refusal } from './core/refusal.ts'

/** Who asks, and under which key. Keys are scoped to caller and operation. */
export interface Submission {
  readonly command: Command
  readonly caller: string
  /** who is said to have done it, for the journal */
  readonly actor: string
  /** required for everything that comes from outside; only internal commands have none */
  readonly key?: string
  /** milliseconds from now after which it is dropped undecided; default from the configuration */
  readonly deadlineMs?: number
}

/** The place of a decision in the one order: `epoch.number`, and the index among the commands of that transaction. */
export interface Place {
  readonly position: string
  readonly index: number
}

export type Outcome =
  | (Place & {
      readonly kind: 'done'
      readonly status: number
      /** the answer as JSON text, position included */
      readonly body: string
      /** answered from memory of an earlier effect under the same key */
      readonly replayed: boolean
    })
  | (Place & { readonly kind: 'refused'; readonly refusal: Refusal })
  /** An internal command that found nothing to do. */
  | (Place & { readonly kind: 'nothing' })

/** Neither decided nor known: safe to repeat under the same key. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
  readonly retryAfterSeconds: number
  constructor(message: string, retryAfterSeconds = 1) {
    super(message)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** The one way in to stock. Resolves once the effect is on disk, or with the refusal; throws `Unavailable` when neither can be said. */
export interface Stock {
  submit(submission: Submission): Promise<Outcome>
  /** Resolves when what was submitted is answered and nothing is taken any more. */
  close(): Promise<void>
}
