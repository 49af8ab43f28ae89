import type { GraphQLError } from 'graphql'
import { allow, allowAt } from '../allow.ts'
import { isDenied, type Denied } from '../denied.ts'
import type { Context } from './context.ts'
import { problemError } from './errors.ts'

type Asking = Pick<Context, 'services' | 'caller' | 'whence'>

/** Why somebody may not do some of the operations that an operation of GraphQL stands for; undefined where they may. */
export function refuseCaller(asking: Asking, operations: ReadonlySet<string>): GraphQLError | undefined {
  for (const operation of operations) {
    const allowed = allow(asking.caller, operation)
    if (isDenied(allowed)) return deny(asking, operation, allowed)
  }
  return undefined
}

/** Says that somebody may not, and puts that on record. */
export function deny({ services, caller, whence }: Asking, operation: string, why: Denied): GraphQLError {
  services.access.recorder.refused(caller, { operation, outcome: why.denied }, whence)
  return problemError(why.denied, why.detail.replace('body/', 'input/'))
}

/** Refuses to read at a place that is not for whoever asks; undefined is a place that was not named. */
export function allowPlace(context: Context, operation: string, place: string | undefined): void {
  const allowed = allow(context.caller, operation)
  const denied = isDenied(allowed) ? allowed : allowAt(context.caller, allowed.grant, [place])
  if (denied) throw deny(context, operation, denied)
}
