import { credentials, ServerCredentials, type ChannelCredentials } from '@grpc/grpc-js'

// The one place where it is decided how lines of gRPC are secured.

/** Of what is listened on. */
export function serverCredentials(): ServerCredentials {
  return ServerCredentials.createInsecure()
}

/** Of a line to another process, by the scheme of its address: `grpc:`, or `grpcs:` with TLS by whom the system trusts. */
export function channelCredentials(address: URL): ChannelCredentials {
  return address.protocol === 'grpcs:' ? credentials.createSsl() : credentials.createInsecure()
}
