import { must, unreachable } from '../platform/must.ts'
import { messageOf } from '../platform/grpc/image.ts'
import type { Plain } from '../platform/grpc/shape.ts'
import { Unavailable, type Command, type Outcome, type Refusal, type Submission } from '../stock/stock.ts'

// What crosses the line between a gateway and stock, as messages of proto/cellarhand/internal/v1/stock_door.proto.

export const SubmitRequest = messageOf('cellarhand.internal.v1.SubmitRequest')
export const SubmitResponse = messageOf('cellarhand.internal.v1.SubmitResponse')

/** What came of a submission: its outcome, or the error that it failed with. */
export type Settled = Outcome | Error

/** A submission as a message. JSON keeps the order of a command's members, by which keys are compared. */
export function submissionMessage(number: number, { command, caller, actor, key, deadlineMs }: Submission): Plain {
  return { number, command: JSON.stringify(command), caller, actor, key, deadlineMs }
}

/** The submission of a message, and its number. Throws where its command is no JSON. */
export function readSubmission(message: Plain): Submission {
  const { command, caller, actor, key, deadlineMs } = message as unknown as SubmissionFields
  return {
    command: JSON.parse(command) as Command,
    caller,
    actor,
    ...(key === undefined ? {} : { key }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  }
}

interface SubmissionFields {
  readonly command: string
  readonly caller: string
  readonly actor: string
  readonly key?: string
  readonly deadlineMs?: number
}

/** An outcome as a message. */
export function outcomeMessage(number: number, settled: Settled): Plain {
  if (settled instanceof Unavailable) {
    return { number, unavailable: { message: settled.message, retryAfterSeconds: settled.retryAfterSeconds } }
  }
  if (settled instanceof Error) return { number, fault: {} }
  return { number, position: settled.position, index: settled.index, ...kindOf(settled) }
}

function kindOf(outcome: Outcome): Plain {
  switch (outcome.kind) {
    case 'done':
      return { done: { status: outcome.status, body: outcome.body, replayed: outcome.replayed } }
    case 'refused': {
      const { slug, detail, members } = outcome.refusal
      return { refused: { slug, detail, members: members === undefined ? '' : JSON.stringify(members) } }
    }
    case 'nothing':
      return { nothing: {} }
    default:
      return unreachable(outcome)
  }
}

interface OutcomeFields {
  readonly position: string
  readonly index: number
  readonly done?: { readonly status: number; readonly body: string; readonly replayed: boolean }
  readonly refused?: { readonly slug: Refusal['slug']; readonly detail: string; readonly members: string }
  readonly nothing?: object
  readonly unavailable?: { readonly message: string; readonly retryAfterSeconds: number }
  readonly fault?: object
}

/** The outcome of a message. */
export function readOutcome(message: Plain): Settled {
  const { position, index, done, refused, nothing, unavailable, fault } = message as unknown as OutcomeFields
  const place = { position, index }
  if (done) return { kind: 'done', ...place, ...done }
  if (refused) {
    const { members, ...refusal } = refused
    const told = members === '' ? {} : { members: JSON.parse(members) as Plain }
    return { kind: 'refused', ...place, refusal: { ...refusal, ...told } }
  }
  if (unavailable) return new Unavailable(unavailable.message, unavailable.retryAfterSeconds)
  must(nothing ?? fault, 'a known kind of outcome')
  return nothing ? { kind: 'nothing', ...place } : new Error('stock failed by a fault, which is in its log')
}
