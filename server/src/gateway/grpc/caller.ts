import type { DescMethod } from '@bufbuild/protobuf'
import type { Metadata } from '@grpc/grpc-js'
import { isRefused, nobody, type Caller, type Grant, type Whence } from '../../access/access.ts'
import { allow } from '../allow.ts'
import { isDenied, type Denied } from '../denied.ts'
import type { GrpcServices } from './grpc.ts'
import { operationOf } from './operations.ts'
import type { Refused } from './refusal.ts'

/** Who calls, and how far they may do what they call for. */
export interface Admitted {
  readonly caller: Caller
  readonly grant: Grant
  /** the operation that the method stands for */
  readonly operation: string
  readonly whence: Whence
}

/** What of a call says who makes it. */
interface Shown {
  readonly metadata: Metadata
  getPeer(): string
}

/** Who calls, by `authorization: Bearer ..` or `x-api-key`; or why they may not, which is put on record. */
export async function admit(services: GrpcServices, method: DescMethod, call: Shown): Promise<Admitted | Refused> {
  const operation = operationOf(method)
  const whence = { address: addressOf(call), agent: textIn(call.metadata, 'user-agent') }
  const shown = await services.access.callerOf({
    authorization: textIn(call.metadata, 'authorization'),
    apiKey: textIn(call.metadata, 'x-api-key'),
  })
  if (isRefused(shown)) {
    return denial(services, { caller: nobody, operation, whence }, { denied: 'unauthenticated', detail: shown.refused })
  }
  const allowed = allow(shown, operation)
  if (isDenied(allowed)) return denial(services, { caller: shown, operation, whence }, allowed)
  return { caller: shown, grant: allowed.grant, operation, whence }
}

/** That somebody may not, put on record. */
export function denial(
  { access }: Pick<GrpcServices, 'access'>,
  { caller, operation, whence }: Pick<Admitted, 'caller' | 'operation' | 'whence'>,
  { denied, detail }: Denied,
): Refused {
  access.recorder.refused(caller, { operation, outcome: denied }, whence)
  return { slug: denied, detail }
}

/** The address of whoever calls, without the port. */
export function addressOf(call: Pick<Shown, 'getPeer'>): string {
  const peer = call.getPeer()
  return peer.slice(0, peer.lastIndexOf(':'))
}

/** The last value of a name; undefined where it does not come. */
function textIn(metadata: Metadata, name: string): string | undefined {
  const value = metadata.get(name).at(-1)
  return typeof value === 'string' ? value : undefined
}
