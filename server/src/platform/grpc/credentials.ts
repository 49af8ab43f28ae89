import { createServer as createPlainServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { credentials, type ChannelCredentials } from '@grpc/grpc-js'
import { tlsOptions, type Tls } from '../tls.ts'

// The one place where it is decided how lines of gRPC are secured.

/** A handshake that takes longer keeps a socket and no more. */
const HANDSHAKE_MS = 10_000

/** What is listened with: over TLS where there is a certificate, the newest one at each connection. */
export function listenerFor(tls: Tls | undefined, take: (socket: Socket) => void): Server {
  if (tls === undefined) return createPlainServer({ noDelay: true }, take)
  const options = { ...tlsOptions, ALPNProtocols: ['h2'], handshakeTimeout: HANDSHAKE_MS, noDelay: true }
  const server = createTlsServer({ ...options, ...tls.pair() }, take)
  tls.onChange((pair) => server.setSecureContext({ ...tlsOptions, ...pair }))
  return server
}

/** Of a line to another process, by the scheme of its address: `grpc:`, or `grpcs:` with TLS by whom the system trusts. */
export function channelCredentials(address: URL): ChannelCredentials {
  return address.protocol === 'grpcs:' ? credentials.createSsl() : credentials.createInsecure()
}
