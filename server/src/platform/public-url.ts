import type { Config } from './config.ts'
import { isTlsOn } from './tls.ts'

/** All addresses of this machine: nobody reaches it by that name. */
const wildcards = new Set(['0.0.0.0', '::'])

/** Where people reach a server, without a path: as it is set, or where it listens. */
export function publicUrlOf(config: Pick<Config, 'publicUrl' | 'host' | 'port' | 'tls' | 'tlsCert'>): string {
  const { publicUrl, host, port } = config
  if (publicUrl !== undefined) return publicUrl
  const name = wildcards.has(host) ? '127.0.0.1' : host
  const { origin } = new URL(
    `${isTlsOn(config) ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${port}`,
  )
  return origin
}
