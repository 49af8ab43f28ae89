import type { Metadata } from '@grpc/grpc-js'
import { isRefused, nobody, type Caller, type Grant, type Shown } from '../../access/access.ts'
import { allow } from '../allow.ts'
import { counted, tooManyText } from '../counted.ts'
import { isDenied, type Denied } from '../denied.ts'
import type { Standing } from '../../limits/limits.ts'
import type { GrpcServices } from './grpc.ts'
import type { Refused } from './refusal.ts'

/** Who calls, and how far they may do what they call for. */
export interface Admitted {
  readonly caller: Caller
  readonly grant: Grant
  /** the operation that the method stands for */
  readonly operation: string
  readonly call: CallShown
}

/** What of a call says who makes it. */
export interface CallShown {
  readonly metadata: Metadata
  getPeer(): string
}

/** Who calls, by `authorization: Bearer ..` or `x-api-key`; or why they may not, which is put on record. At once where they have been seen lately. */
export function admit(
  services: GrpcServices,
  operation: string,
  call: CallShown,
): Admitted | Refused | Promise<Admitted | Refused> {
  const credentials = {
    authorization: textIn(call.metadata, 'authorization'),
    apiKey: textIn(call.metadata, 'x-api-key'),
  }
  const guessed = services.limits.refusedFrom(addressOf(call))
  if (guessed && !services.access.knows(credentials)) return tooMany(guessed)
  const shown = services.access.callerOf(credentials)
  return shown instanceof Promise
    ? shown.then((who) => admitted(services, operation, call, who))
    : admitted(services, operation, call, shown)
}

function admitted(services: GrpcServices, operation: string, call: CallShown, shown: Shown): Admitted | Refused {
  if (isRefused(shown)) {
    services.limits.wasRefused(addressOf(call))
    const why = { denied: 'unauthenticated', detail: shown.refused } as const
    return denial(services, { caller: nobody, operation, call }, why)
  }
  const standing = counted(services, operation, addressOf(call), shown)
  if (standing?.isOver) return tooMany(standing)
  const allowed = allow(shown, operation)
  if (isDenied(allowed)) return denial(services, { caller: shown, operation, call }, allowed)
  return { caller: shown, grant: allowed.grant, operation, call }
}

const tooMany = (standing: Standing): Refused => ({
  slug: 'too-many-requests',
  detail: tooManyText(standing),
  retryAfterSeconds: standing.resetS,
})

/** That somebody may not, put on record. */
export function denial(
  { access }: Pick<GrpcServices, 'access'>,
  { caller, operation, call }: Pick<Admitted, 'caller' | 'operation' | 'call'>,
  { denied, detail }: Denied,
): Refused {
  const whence = { address: addressOf(call), agent: textIn(call.metadata, 'user-agent') }
  access.recorder.refused(caller, { operation, outcome: denied }, whence)
  return { slug: denied, detail }
}

/** The address of whoever calls, without the port. */
export function addressOf(call: Pick<CallShown, 'getPeer'>): string {
  const peer = call.getPeer()
  return peer.slice(0, peer.lastIndexOf(':'))
}

/** The last value of a name; undefined where it does not come. */
function textIn(metadata: Metadata, name: string): string | undefined {
  const value = metadata.get(name).at(-1)
  return typeof value === 'string' ? value : undefined
}
