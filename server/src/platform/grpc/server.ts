import { createServer, type AddressInfo, type Server as Listener, type Socket } from 'node:net'
import type { DescService } from '@bufbuild/protobuf'
import { ReflectionService } from '@grpc/reflection'
import { Server, type ServerOptions, type UntypedServiceImplementation } from '@grpc/grpc-js'
import { HealthImplementation } from 'grpc-health-check'
import { SetupError } from '../setup-error.ts'
import type { Tls } from '../tls.ts'
import { serverCredentials } from './credentials.ts'
import { definitionOf } from './definition.ts'
import { fileDescriptors } from './image.ts'

/** A message from a client: far above the largest command (100 lines), as a body over HTTP. */
const MESSAGE_MAX = 1_048_576
/** Calls at once on one connection. A caller with more to ask waits for its own, or opens another. */
const STREAMS_MAX = 250
/** Connections of one process. A service keeps one or a few; behind this many something opens one a call. */
const CONNECTIONS_MAX = 1_000
/** What one connection may take of memory, in MB: calls beyond are refused on it alone. */
const SESSION_MEMORY_MB = 32
/** A line on which nothing came is asked for a sign of life, and taken for dead without one. */
const KEEPALIVE_MS = 30_000
const KEEPALIVE_TIMEOUT_MS = 10_000
/** Who asks nothing for so long can connect again. */
const IDLE_MS = 600_000
/** Calls under way have so long to end when the server stops. Streams of offers were sent away before. */
const CLOSE_GRACE_MS = 5_000

const limits: ServerOptions = {
  'grpc.max_concurrent_streams': STREAMS_MAX,
  'grpc.keepalive_time_ms': KEEPALIVE_MS,
  'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
  'grpc.max_connection_idle_ms': IDLE_MS,
  'grpc-node.max_session_memory': SESSION_MEMORY_MB,
  'grpc.enable_channelz': 0,
}

/** A service with who answers its calls. */
export interface Served {
  readonly service: DescService
  readonly handlers: UntypedServiceImplementation
  /** Ends streams that would else last as long as their clients like. */
  readonly end?: () => void
}

export interface GrpcServer {
  readonly port: number
  /** Takes no new calls, waits a moment for those under way, and then ends them. */
  close(): Promise<void>
}

export interface ListenOptions {
  readonly host: string
  /** 0: any that is free */
  readonly port: number
  /** bytes of one message from a client; 1 MiB unless said */
  readonly messageMax?: number
  /** what it proves itself with; undefined: it speaks plainly */
  readonly tls?: Tls | undefined
}

/**
 * Serves services on a port, with health (`grpc.health.v1`) and reflection (`grpc.reflection.v1`) beside them.
 *
 * @throws SetupError where the port is taken
 */
export async function serveGrpc(
  served: readonly Served[],
  { host, port, messageMax = MESSAGE_MAX, tls }: ListenOptions,
): Promise<GrpcServer> {
  const server = new Server({ ...limits, 'grpc.max_receive_message_length': messageMax })
  for (const { service, handlers } of served) server.addService(definitionOf(service), handlers)
  const names = served.map(({ service }) => service.typeName)
  const health = addHealth(server, names)
  addReflection(server, names)
  const injectors = [server.createConnectionInjector(serverCredentials(tls?.pair()))]
  // Connections that are there keep what they were opened with.
  tls?.onChange((pair) => void injectors.unshift(server.createConnectionInjector(serverCredentials(pair))))
  const listener = createServer({ noDelay: true }, (socket) => injectors[0]?.injectConnection(socket))
  listener.maxConnections = CONNECTIONS_MAX
  const sockets = socketsOf(listener)
  await listen(listener, host, port)
  return {
    port: (listener.address() as AddressInfo).port,
    async close() {
      for (const name of ['', ...names]) health.setStatus(name, 'NOT_SERVING')
      listener.close()
      for (const { end } of served) end?.()
      for (const injector of injectors) injector.drain(CLOSE_GRACE_MS)
      await allGone(sockets, CLOSE_GRACE_MS)
      server.forceShutdown()
      for (const socket of sockets) socket.destroy()
    },
  }
}

function addHealth(server: Server, names: readonly string[]): HealthImplementation {
  const health = new HealthImplementation(Object.fromEntries(['', ...names].map((name) => [name, 'SERVING' as const])))
  health.addToServer(server)
  return health
}

/** What is reflected is what is spoken: the files of proto/, as they are. */
function addReflection(server: Server, names: readonly string[]): void {
  const files = {
    format: 'Protocol Buffer 3 DescriptorProto',
    type: {},
    fileDescriptorProtos: fileDescriptors(),
  } as const
  new ReflectionService({ 'cellarhand.v1': files }, { services: [...names] }).addToServer(server)
}

function socketsOf(listener: Listener): Set<Socket> {
  const sockets = new Set<Socket>()
  listener.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
  })
  return sockets
}

function listen(listener: Listener, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? taken(port) : error))
    listener.listen({ host, port }, resolve)
  })
}

function taken(port: number): SetupError {
  return new SetupError(
    `Port ${port}, for gRPC, is taken. Stop what has it, take another (--grpc-port ${port + 1}), or do without (--grpc-port 0).`,
  )
}

/** Resolves when every connection has gone, or after so long. */
function allGone(sockets: ReadonlySet<Socket>, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(resolve, withinMs)
    const look = () => {
      if (sockets.size > 0) return
      clearTimeout(deadline)
      resolve()
    }
    for (const socket of sockets) socket.once('close', look)
    look()
  })
}
