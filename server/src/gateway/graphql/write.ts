import { must, unreachable } from '../../platform/must.ts'
import { act, KEY } from '../act.ts'
import { intents, isRefusal, meantBy, refusedAt } from '../commands.ts'
import { counted, tooManyText } from '../counted.ts'
import { deny } from './allowed.ts'
import type { Context } from './context.ts'
import { problemError } from './errors.ts'
import { inputOf } from './input.ts'
import { operationOf } from './operations.ts'
import { refusalSource, type RefusalSource, type ResultUnion } from './refusals.ts'

/** What a mutation asks for, and how its result is called. */
export interface Write<Answer> {
  /** Of Mutation. */
  readonly field: string
  /** What it is about, where it exists already. */
  readonly id?: string
  readonly input: object
  readonly idempotencyKey: string
  readonly union: ResultUnion
  /** The result's type, and the answer under the name of its member. */
  readonly done: (answer: Answer) => { readonly __typename: string }
}

/** Asks stock under the key. Refusals that the union foresees are values of it. */
export async function write<Answer>(context: Context, asked: Write<Answer>): Promise<RefusalSource | object> {
  const { services, caller, actor } = context
  const { id, idempotencyKey: key, union, done } = asked
  const operation = must(operationOf[`Mutation.${asked.field}`], 'the operation of a mutation')
  const { body } = must(intents[operation], 'what a mutation means')
  const input = inputOf(body, asked.input)
  if (!KEY.test(key)) {
    throw problemError('invalid-request', 'idempotencyKey has 1 to 128 printable ASCII characters without spaces.')
  }
  const command = await meantBy(services, operation, { ...input, id })
  if (isRefusal(command)) {
    return refusalSource(union, refusedAt('input/', command), services.replica.position())
  }
  const address = context.whence.address
  const standing = counted(services, operation, address, caller)
  if (standing?.isOver) throw problemError('too-many-requests', tooManyText(standing))
  const acted = await act(services, caller, { operation, command, key, actor, address })
  switch (acted.kind) {
    case 'done': {
      const answer = JSON.parse(acted.body) as Answer & { readonly position: string }
      return { ...done(answer), replayed: acted.replayed, position: answer.position }
    }
    case 'refused':
      return refusalSource(union, acted.refusal, acted.position)
    case 'heldBack':
      throw problemError(acted.slug, acted.detail, acted.members)
    case 'denied':
      if (acted.denied !== 'not-found') throw deny(context, operation, acted)
      return notFound(context, union, acted.detail)
    default:
      return unreachable(acted)
  }
}

/** What is asked of something that there cannot be, since its id is none. */
export async function notFound({ services }: Context, union: ResultUnion, detail: string): Promise<RefusalSource> {
  return refusalSource(union, { slug: 'not-found', detail }, services.replica.position())
}
