import { settings, type Config } from '../platform/config.ts'
import { systemIds } from '../platform/ids.ts'
import { parseRedisAddress, whereIs } from '../platform/redis/address.ts'
import { readCertificates } from '../platform/certificates.ts'
import { openRedis } from '../platform/redis/redis.ts'
import { messageOf, SetupError } from '../platform/setup-error.ts'
import { bad, good, type Finding } from './finding.ts'

/** Whether the Redis of the settings carries a word from here to here, as servers need it. */
export async function checkRedis(url: string, { redisCa }: Pick<Config, 'redisCa'>): Promise<Finding> {
  const address = parseRedisAddress(url)
  if (typeof address === 'string') return bad(`${settings.redisUrl.env} cannot be used: ${address}.`, 'Correct it.')
  const where = whereIs(address)
  try {
    const ca = await readCertificates(redisCa, 'Redis')
    let why: Error | undefined
    const onState = (_up: boolean, error: Error | undefined) => (why = error)
    const redis = await openRedis(address, { ca, self: systemIds.newId(), onState })
    const isUp = redis.isUp()
    await redis.close()
    if (isUp) return good(`${where} answers, and carries what it is told.`)
    const because = why === undefined ? '' : `: ${messageOf(why)}`
    return bad(
      `${where} does not carry what it is told${because}.`,
      'Servers go on without it, only slower. Is it started, and are its address, password, certificate and the rights of its user right?',
    )
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    return bad(error.message, 'Put it right; the server does not start before.')
  }
}
