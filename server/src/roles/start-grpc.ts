import { settings, type Config } from '../platform/config.ts'
import { serveGrpc, type GrpcServer, type Served } from '../platform/grpc/server.ts'
import type { Tls } from '../platform/tls.ts'
import { SetupError } from '../platform/setup-error.ts'

/** gRPC of a process, from before it listens. */
export interface PlannedGrpc {
  /**
   * Listens on the port of the settings, and answers it. Where nobody chose the port and it is taken, as by another server on this machine, all else is served without.
   *
   * @throws SetupError where a port that was chosen is taken
   */
  listen(): Promise<number | undefined>
  close(): Promise<void>
}

/** Plans to serve gRPC, so that what is closed behind it can be closed behind it. */
export function planGrpc(
  config: Config,
  served: readonly Served[],
  told: { readonly say: (line: string) => void; readonly tls: Tls | undefined },
): PlannedGrpc {
  let server: GrpcServer | undefined
  return {
    async listen() {
      server = await start(config, served, told)
      return server?.port
    },
    close: async () => server?.close(),
  }
}

async function start(
  { host, grpcPort }: Config,
  served: readonly Served[],
  { say, tls }: { readonly say: (line: string) => void; readonly tls: Tls | undefined },
): Promise<GrpcServer | undefined> {
  if (grpcPort === 0) return undefined
  try {
    return await serveGrpc(served, { host, port: grpcPort, tls })
  } catch (error) {
    if (!(error instanceof SetupError) || grpcPort !== settings.grpcPort.default) throw error
    say(`${error.message} All else is served without it.`)
    return undefined
  }
}
