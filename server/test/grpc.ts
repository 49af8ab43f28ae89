import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { credentials, loadPackageDefinition, Metadata, type Client, type ServiceError } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { onTestFinished } from 'vitest'
import { messageOf } from '../src/platform/grpc/image.ts'
import { decode, decodeKnown, type Plain } from '../src/platform/grpc/shape.ts'

// gRPC as a stranger speaks it: from the files in proto/ alone, by another implementation of their encoding.

const proto = fileURLToPath(new URL('../../proto', import.meta.url))
const require = createRequire(import.meta.url)
const beside = (name: string, ...path: string[]) => join(dirname(require.resolve(`${name}/package.json`)), ...path)

const options = { longs: Number, enums: String, defaults: false, oneofs: true } as const
const loaded = {
  ...loadSync(
    ['stock_service', 'offer_service', 'catalogue_service'].map((name) => `cellarhand/v1/${name}.proto`),
    { ...options, includeDirs: [proto] },
  ),
  ...loadSync(beside('@grpc/reflection', 'build', 'proto', 'grpc', 'reflection', 'v1', 'reflection.proto'), options),
  ...loadSync(beside('grpc-health-check', 'proto', 'health', 'v1', 'health.proto'), options),
}

type Call = (
  request: object,
  shown: Metadata,
  options: object,
  done: (error: ServiceError | null, answer: unknown) => void,
) => void
/** A client that proto-loader makes: a method a name, and streams as its streams. */
export type AnyClient = Client & { readonly [method: string]: (...args: unknown[]) => AnyStream }
/** A stream of any kind. */
export interface AnyStream {
  on(event: string, listener: (value: never) => void): AnyStream
  write(message: object): void
  end(): void
  cancel(): void
}
type Package = { readonly [name: string]: Package } & (new (address: string, how: object) => AnyClient)

export interface Problem {
  readonly slug: string
  readonly detail: string
  readonly members?: Record<string, unknown>
  readonly position?: string
  readonly index?: number
}

/** What a call failed with: its code, and the problem and when to come again among its details. */
export interface Failed {
  readonly code: number
  readonly details: string
  readonly problem: Problem | undefined
  readonly retryAfterS: number | undefined
}

export interface GrpcClient {
  /** Calls a unary method; rejects with `Failed`. */
  call<T>(method: string, request?: object, options?: CallOptions): Promise<T>
  /** The client of a service, for streams. */
  of(service: string): AnyClient
}

export interface CallOptions {
  readonly deadlineMs?: number
  readonly metadata?: Readonly<Record<string, string>>
}

/** A client of a server's port, closed with the test. */
export function grpcClient(port: number | undefined): GrpcClient {
  const clients = new Map<string, AnyClient>()
  const root = loadPackageDefinition(loaded) as unknown as Package
  const of = (name: string): AnyClient => {
    const known = clients.get(name)
    if (known) return known
    const Made = name.split('.').reduce((at, part) => at[part]!, root)
    const client = new Made(`127.0.0.1:${port}`, credentials.createInsecure())
    clients.set(name, client)
    return client
  }
  onTestFinished(() => {
    for (const client of clients.values()) client.close()
  })
  return {
    of,
    call<T>(method: string, request: object = {}, { deadlineMs, metadata = {} }: CallOptions = {}) {
      const [service = '', name = ''] = method.split('/')
      const shown = new Metadata()
      for (const [key, value] of Object.entries(metadata)) shown.set(key, value)
      const until = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs }
      return new Promise<T>((resolve, reject) => {
        const client = of(`cellarhand.v1.${service}`)
        const ask = client[name] as unknown as Call
        ask.call(client, request, shown, until, (error, answer) =>
          error ? reject(failedOf(error)) : resolve(answer as T),
        )
      })
    },
  }
}

/** A service's error with its details read. */
export function failedOf(error: ServiceError): Failed {
  const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? []
  const { details = [] } = (bytes ? decode(messageOf('google.rpc.Status'), bytes as Buffer) : {}) as {
    details?: readonly { typeUrl: string; value: Uint8Array }[]
  }
  const detail = (type: string): Plain | undefined => {
    const found = details.find(({ typeUrl }) => typeUrl.endsWith(`/${type}`))
    return found && decodeKnown(messageOf(type), found.value)
  }
  const delay = detail('google.rpc.RetryInfo')?.['retryDelay'] as { seconds: number } | undefined
  return {
    code: error.code,
    details: error.details,
    problem: detail('cellarhand.v1.Problem') as Problem | undefined,
    retryAfterS: delay?.seconds,
  }
}
