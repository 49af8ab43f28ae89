import type * as ioredis from 'ioredis'
import type { Cluster, Redis as Single, RedisOptions } from 'ioredis'
import { brand } from '@cellarhand/protocol/brand'
import type { RedisAddress } from './address.ts'

/** A restart takes Redis a moment, so the first tries are close together; and one that is down for long is not stormed. */
const retryAfterMs = (tries: number): number => Math.min(50 * 2 ** Math.min(tries, 6), 1_000)
const connectTimeoutMs = 5_000
/** A read of a cache that takes longer than half a second is no help any more. */
const commandTimeoutMs = 500
/** A connection whose commands are not answered for so long is given up: its other side is stopped, or gone without a word. */
const silenceMs = 2_000

/**
 * One connection that is made again whenever it is lost. Commands are never kept for later: what cannot be sent now fails. The driver is loaded here and
 * nowhere else, so that who has no Redis does not load it.
 */
export async function connectRedis(
  address: RedisAddress,
  { ca, onError }: { readonly ca: string | undefined; readonly onError: (error: Error) => void },
): Promise<Single | Cluster> {
  const driver = await import('ioredis')
  const tls = address.tls ? { tls: ca === undefined ? {} : { ca } } : {}
  const options: RedisOptions = {
    ...credentials(address),
    ...tls,
    // Of version 2 all that is needed is there, and every server speaks it.
    protocol: 2,
    connectionName: brand.name,
    disableClientInfo: true,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: connectTimeoutMs,
    commandTimeout: commandTimeoutMs,
    socketTimeout: silenceMs,
  }
  const client = address.kind === 'cluster' ? clusterOf(driver, address, options) : singleOf(driver, address, options)
  client.on('error', onError)
  return client
}

type Driver = Pick<typeof ioredis, 'Redis' | 'Cluster'>

function credentials({ username, password }: RedisAddress): Pick<RedisOptions, 'username' | 'password'> {
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) }
}

function singleOf({ Redis }: Driver, address: RedisAddress, options: RedisOptions): Single {
  const common: RedisOptions = {
    ...options,
    db: address.db,
    enableOfflineQueue: false,
    retryStrategy: retryAfterMs,
  }
  if (address.kind !== 'sentinel') return new Redis({ ...common, ...address.nodes[0] })
  return new Redis({
    ...common,
    sentinels: [...address.nodes],
    name: address.master,
    sentinelRetryStrategy: retryAfterMs,
    sentinelCommandTimeout: silenceMs,
    ...(address.username === undefined ? {} : { sentinelUsername: address.username }),
    ...(address.password === undefined ? {} : { sentinelPassword: address.password }),
    enableTLSForSentinelMode: address.tls,
    ...(options.tls === undefined ? {} : { sentinelTLS: options.tls }),
    // A server that is no master any more refuses what is written: the Sentinels know the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  })
}

function clusterOf(driver: Driver, address: RedisAddress, options: RedisOptions): Cluster {
  return new driver.Cluster([...address.nodes], {
    redisOptions: options,
    enableOfflineQueue: false,
    clusterRetryStrategy: retryAfterMs,
    // Names as they are: a certificate is for a name, and not for the address behind it.
    dnsLookup: (name, done) => done(null, name),
  })
}
