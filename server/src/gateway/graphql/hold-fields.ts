import { Compile } from 'typebox/compile'
import { Uuid } from '@cellarhand/protocol/primitives'
import type { Hold } from '@cellarhand/protocol/stock'
import { readHold } from '../../stock/stock.ts'
import { readShown } from '../shown.ts'
import { readAt, type Context } from './context.ts'
import type { RefusalSource } from './refusals.ts'
import { notFound, write } from './write.ts'

const isUuid = Compile(Uuid)

interface Keyed {
  readonly idempotencyKey: string
}

function readOne(context: Context, args: { readonly id: string; readonly minPosition?: string }) {
  if (!isUuid.Check(args.id)) return undefined
  return readAt(context, args, async () => {
    const { services, caller } = context
    return (await readShown(services, caller, 'getHold', readHold(services.pool, args.id))).value
  })
}

function hold(_root: unknown, { input, idempotencyKey }: Keyed & { input: object }, context: Context) {
  return write<Hold>(context, {
    field: 'hold',
    input,
    idempotencyKey,
    union: 'HoldResult',
    done: (hold) => ({ __typename: 'HoldPlaced', hold }),
  })
}

type ExtendArgs = Keyed & { readonly id: string; readonly ttlSeconds: number }

function extendHold(_root: unknown, args: ExtendArgs, context: Context): Promise<RefusalSource | object> {
  const { id, ttlSeconds, idempotencyKey } = args
  if (!isUuid.Check(id)) return notFound(context, 'ExtendHoldResult', `There is no hold ${String(id)}.`)
  return write<Hold>(context, {
    field: 'extendHold',
    id,
    input: { ttlSeconds },
    idempotencyKey,
    union: 'ExtendHoldResult',
    done: (hold) => ({ __typename: 'HoldExtended', hold }),
  })
}

function releaseHold(_root: unknown, { id, idempotencyKey }: Keyed & { id: string }, context: Context) {
  if (!isUuid.Check(id)) return notFound(context, 'ReleaseHoldResult', `There is no hold ${String(id)}.`)
  return write<Hold>(context, {
    field: 'releaseHold',
    id,
    input: {},
    idempotencyKey,
    union: 'ReleaseHoldResult',
    done: (hold) => ({ __typename: 'HoldReleased', hold }),
  })
}

/** Holds: claimed, looked at, extended, given back. */
export const holdFields = {
  Query: {
    hold: (_root: unknown, args: { id: string }, context: Context) => readOne(context, args),
  },
  Mutation: { hold, extendHold, releaseHold },
}
