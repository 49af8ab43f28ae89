import { settings, type Config } from '../platform/config.ts'
import { serveGrpc, type GrpcServer, type Served } from '../platform/grpc/server.ts'
import { SetupError } from '../platform/setup-error.ts'

/**
 * Serves gRPC on the port of the settings. Where nobody chose the port and it is taken, as by another server on this machine, all else is served without.
 *
 * @throws SetupError where a port that was chosen is taken
 */
export async function startGrpc(
  { host, grpcPort }: Config,
  served: readonly Served[],
  say: (line: string) => void,
): Promise<GrpcServer | undefined> {
  if (grpcPort === 0) return undefined
  try {
    return await serveGrpc(served, { host, port: grpcPort })
  } catch (error) {
    if (!(error instanceof SetupError) || grpcPort !== settings.grpcPort.default) throw error
    say(`${error.message} All else is served without it.`)
    return undefined
  }
}
