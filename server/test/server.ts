import { freePort } from '../src/platform/postgres/postmaster.ts'
import { loadConfig } from '../src/platform/config.ts'
import { serve } from '../src/roles/serve.ts'
import { createTestDatabase, workUrlOf } from './postgres.ts'
import { setUpCellar } from './stock.ts'

/** A whole server in this process, on a database of its own (or the one given). */
export interface TestServer {
  readonly url: string
  /** undefined, unless the settings name a port of gRPC */
  readonly grpcPort: number | undefined
  readonly databaseUrl: string
  /** what it has told whoever started it */
  readonly said: readonly string[]
  /** @param reason as the server's own signal has it */
  stop(reason?: string): Promise<void>
}

/**
 * Starts a server on a free port.
 *
 * @param options.starter with the starter cellar; without it the two locations and channels of `setUpCellar`, and nothing in them
 * @param options.databaseUrl a database that is there already: it is neither set up nor dropped
 * @param options.env further settings, as environment variables
 */
export async function startServer(
  options: { starter?: boolean; databaseUrl?: string; env?: Record<string, string> } = {},
): Promise<TestServer> {
  const { databaseUrl: given } = options
  const database = given === undefined ? await createTestDatabase() : { url: given, drop: async () => {} }
  const databaseUrl = database.url
  if (given === undefined && !options.starter) await setUpCellar(databaseUrl)
  const stopping = new AbortController()
  const config = loadConfig({
    LOG_LEVEL: 'silent',
    GRPC_PORT: '0',
    // Most tests are of what is done, and not of who may: those say so.
    CELLARHAND_AUTH: 'off',
    ...options.env,
    DATABASE_URL: databaseUrl,
    ...(given === undefined ? { DATABASE_APP_URL: workUrlOf(databaseUrl) } : {}),
    PORT: String(await freePort()),
  })
  const said: string[] = []
  const say = (line: string) => void said.push(line)
  const serving = await serve(config, { starter: options.starter ?? false, say, signal: stopping.signal })
  return {
    url: serving.url,
    grpcPort: serving.grpcPort,
    databaseUrl,
    said,
    stop: async (reason) => {
      stopping.abort(reason)
      await serving.done
      await database.drop()
    },
  }
}
