import type { Call } from '../request.ts'

/** One thing a hand asks the server for. */
export interface Errand {
  /** `{id}` in the path is of what `of` names. */
  readonly call: Call & { readonly key: string }
  /** What it makes if it is granted: a hold, a transfer. Others name it so. */
  readonly makes?: string
  /** What an earlier one made; where that was refused, this one is not asked for. */
  readonly of?: string
  /** How many movements it is good for, about. */
  readonly movements: number
}
