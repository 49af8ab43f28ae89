import type { Metadata } from '@grpc/grpc-js'
import type { Caller } from '../../access/access.ts'
import type { GrpcServices } from './grpc.ts'
import type { Refused } from './refusal.ts'

/** Who calls, by `authorization: Bearer ..` or `x-api-key`; or why that is not taken. */
export async function callerOf({ access }: GrpcServices, metadata: Metadata): Promise<Caller | Refused> {
  const shown = await access.callerOf({
    authorization: textIn(metadata, 'authorization'),
    apiKey: textIn(metadata, 'x-api-key'),
  })
  return 'refused' in shown ? { slug: 'unauthenticated', detail: shown.refused } : shown
}

/** The last value of a name; undefined where it does not come. */
function textIn(metadata: Metadata, name: string): string | undefined {
  const value = metadata.get(name).at(-1)
  return typeof value === 'string' ? value : undefined
}
