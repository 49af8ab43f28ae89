import { credentials, ServerCredentials, type ChannelCredentials } from '@grpc/grpc-js'

import type { KeyPair } from '../key-pair.ts'

// The one place where it is decided how lines of gRPC are secured.

/** Of what is listened on: with TLS where there is what to prove oneself with. */
export function serverCredentials(pair: KeyPair | undefined): ServerCredentials {
  if (pair === undefined) return ServerCredentials.createInsecure()
  return ServerCredentials.createSsl(null, [{ private_key: Buffer.from(pair.key), cert_chain: Buffer.from(pair.cert) }])
}

/**
 * Of a line to another process, by the scheme of its address: `grpc:`, or `grpcs:` with TLS.
 *
 * @param ca whom to trust in place of the system's roots (PEM)
 */
export function channelCredentials(address: URL, ca: string | undefined): ChannelCredentials {
  if (address.protocol !== 'grpcs:') return credentials.createInsecure()
  return credentials.createSsl(ca === undefined ? null : Buffer.from(ca))
}
