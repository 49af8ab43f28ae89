import { must, unreachable } from '../../platform/must.ts'
import type { Command } from '../../stock/stock.ts'
import { act } from '../act.ts'
import { counted, tooManyText } from '../counted.ts'
import { KEY } from '../rest/write.ts'
import { deny } from './allowed.ts'
import type { Context } from './context.ts'
import { problemError } from './errors.ts'
import { operationOf } from './operations.ts'
import { refusalSource, type RefusalSource, type ResultUnion } from './refusals.ts'

/** A command as a mutation asks for it, and how its result is called. */
export interface Write<Answer> {
  /** Of Mutation. */
  readonly field: string
  readonly command: Command | string
  readonly idempotencyKey: string
  readonly union: ResultUnion
  /** The result's type, and the answer under the name of its member. */
  readonly done: (answer: Answer) => { readonly __typename: string }
}

/** Asks stock under the key. Refusals that the union foresees are values of it. */
export async function write<Answer>(context: Context, asked: Write<Answer>): Promise<RefusalSource | object> {
  const { services, caller, actor } = context
  const { command, idempotencyKey: key, union, done } = asked
  if (!KEY.test(key)) {
    throw problemError('invalid-request', 'idempotencyKey has 1 to 128 printable ASCII characters without spaces.')
  }
  if (typeof command === 'string') throw problemError('unprocessable', command.replace('body/', 'input/'))
  const operation = must(operationOf[`Mutation.${asked.field}`], 'the operation of a mutation')
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
    case 'full':
      return refusalSource(
        union,
        { slug: 'too-many-holds', detail: acted.detail, members: acted.members },
        services.replica.position(),
      )
    case 'unknownSku':
      return refusalSource(union, unknownSku(acted.sku), services.replica.position())
    case 'denied':
      if (acted.denied !== 'not-found') throw deny(context, operation, acted)
      return notFound(context, union, acted.detail)
    default:
      return unreachable(acted)
  }
}

const unknownSku = (sku: string) =>
  ({ slug: 'unknown-sku', detail: `There is no SKU ${sku}. Import it first.`, members: { sku } }) as const

/** What is asked of something that there cannot be, since its id is none. */
export async function notFound({ services }: Context, union: ResultUnion, detail: string): Promise<RefusalSource> {
  return refusalSource(union, { slug: 'not-found', detail }, services.replica.position())
}
