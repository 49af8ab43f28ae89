import type pg from 'pg'
import { createBus, readSecret, type Bus } from '../log/log.ts'
import { settings, type Config } from '../platform/config.ts'
import type { Log } from '../platform/logger.ts'
import { parseRedisAddress, redisWeakness, whereIs } from '../platform/redis/address.ts'
import { readCertificates } from '../platform/certificates.ts'
import { openRedis, type Redis } from '../platform/redis/redis.ts'
import { createSeal, type Seal } from '../platform/seal.ts'
import { SetupError } from '../platform/setup-error.ts'
import type { Measures } from './metrics.ts'

/** What processes on one database share beside it, to be quicker. */
export interface Sharing {
  readonly redis: Redis
  readonly bus: Bus
  readonly seal: Seal
  /** a name of this process, of its own */
  readonly self: string
}

interface Told {
  readonly say: (line: string) => void
  readonly log: Log
  readonly measures: Measures
  /** a name of this process, of its own */
  readonly self: string
}

/** The Redis of the settings, if there is one: one that does not answer is said, and tried on. Throws SetupError for what has to be put right first. */
export async function openSharing(
  config: Pick<Config, 'redisUrl' | 'redisCa'>,
  pool: pg.Pool,
  { say, log, measures, self }: Told,
): Promise<Sharing | undefined> {
  if (config.redisUrl === undefined) return undefined
  const address = parseRedisAddress(config.redisUrl)
  if (typeof address === 'string') throw new SetupError(`${settings.redisUrl.env} cannot be used: ${address}.`)
  const ca = await readCertificates(config.redisCa, 'Redis')
  const seal = createSeal(await readSecret(pool))
  const where = whereIs(address)
  const weakness = redisWeakness(address)
  if (weakness !== undefined) {
    say(weakness)
    log.warn(weakness)
  }
  const onState = (up: boolean, why: Error | undefined) => {
    if (up) log.info(`${where} is up`)
    else log.warn({ err: why }, `${where} does not answer: all goes on without it`)
  }
  const redis = await openRedis(address, { ca, self, onState })
  if (!redis.isUp()) say(`${where} does not answer. All goes on without it, only slower; it is tried on.`)
  measures.watchRedis(() => redis.isUp())
  return { redis, seal, self, bus: createBus(redis, seal) }
}
