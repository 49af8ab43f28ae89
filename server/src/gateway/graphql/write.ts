import type { Command, Outcome } from '../../stock/stock.ts'
import { CALLER, KEY, unknownSku } from '../rest/write.ts'
import type { Context } from './context.ts'
import { problemError } from './errors.ts'
import { refusalSource, type RefusalSource, type ResultUnion } from './refusals.ts'

/** A command as a mutation asks for it, and how its result is called. */
export interface Write<Answer> {
  readonly command: Command | string
  readonly idempotencyKey: string
  readonly union: ResultUnion
  /** The result's type, and the answer under the name of its member. */
  readonly done: (answer: Answer) => { readonly __typename: string }
}

/** Submits a command under its key. Refusals that the union foresees are values of it. */
export async function write<Answer>(context: Context, asked: Write<Answer>): Promise<RefusalSource | object> {
  const { command, idempotencyKey: key, union, done } = asked
  if (!KEY.test(key)) {
    throw problemError('invalid-request', 'idempotencyKey has 1 to 128 printable ASCII characters without spaces.')
  }
  if (typeof command === 'string') throw problemError('invalid-request', command.replace('body/', 'input/'))
  const outcome = await submit(context, command, key)
  switch (outcome.kind) {
    case 'done': {
      const answer = JSON.parse(outcome.body) as Answer & { readonly position: string }
      return { ...done(answer), replayed: outcome.replayed, position: answer.position }
    }
    case 'refused':
      return refusalSource(union, outcome.refusal, outcome.position)
    case 'nothing':
      throw new Error('an internal command came from outside')
  }
}

async function submit({ services, actor }: Context, command: Command, key: string): Promise<Outcome> {
  const sku = await unknownSku(services, command)
  if (sku === undefined) return services.stock.submit({ command, caller: CALLER, actor, key })
  const refusal = { slug: 'unknown-sku', detail: `There is no SKU ${sku}. Import it first.`, members: { sku } } as const
  return { kind: 'refused', refusal, position: services.replica.position(), index: 0 }
}

/** What is asked of something that there cannot be, since its id is none. */
export async function notFound({ services }: Context, union: ResultUnion, detail: string): Promise<RefusalSource> {
  return refusalSource(union, { slug: 'not-found', detail }, services.replica.position())
}
