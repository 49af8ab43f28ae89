import { isProxy } from './client-address.ts'
import { parseRedisAddress } from './redis/address.ts'

// Each says what is wrong with a setting, as the end of a sentence about it; nothing where it is right.

/** Says what is wrong with an address to listen on. */
export const checkHost = (host: string): string | undefined =>
  /^[\w.:-]{1,253}$/.test(host)
    ? undefined
    : 'it has to be an address or a name of this machine, as 127.0.0.1 or 0.0.0.0'

export function checkDatabaseUrl(url: string): string | undefined {
  return /^postgres(ql)?:\/\//.test(url) ? undefined : 'it has to begin with postgresql://'
}

export function checkStockUrl(text: string): string | undefined {
  const isOne = /^grpcs?:\/\//.test(text) && URL.canParse(text) && /^grpcs?:\/\/[^/@]+:\d+\/?$/.test(text)
  return isOne ? undefined : 'it has to be grpc://host:port or grpcs://host:port'
}

export function checkRedisUrl(url: string): string | undefined {
  const address = parseRedisAddress(url)
  return typeof address === 'string' ? address : undefined
}

export const checkPath = (path: string): string | undefined =>
  path.includes('\0') ? 'a path cannot hold a zero byte' : undefined

export function checkPlace(place: string): string | undefined {
  return /^[A-Z]{2}(-[A-Z0-9]{1,3})?$/.test(place)
    ? undefined
    : 'it has to be a country as DE, or a subdivision as CA-QC'
}

export function checkTimeZone(timeZone: string): string | undefined {
  try {
    Intl.DateTimeFormat('en', { timeZone })
    return undefined
  } catch {
    return 'it has to be a time zone as Europe/Berlin'
  }
}

/** An origin as browsers write it: scheme and host, a port where it is not the usual one, and nothing behind. */
export function checkOrigin(text: string): string | undefined {
  const isOne = /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text
  return isOne
    ? undefined
    : 'it has to be an origin as https://cellar.example, in small letters and with nothing behind it'
}

/** Entries of a setting that is a list with commas. */
export const listed = (text: string | undefined): string[] => text?.split(',').map((one) => one.trim()) ?? []

/** Origins one setting may list: shops and apps of one house. Each request of a page is compared with all. */
const ORIGINS_MAX = 100

export function checkOrigins(text: string): string | undefined {
  const origins = listed(text)
  if (origins.length > ORIGINS_MAX) return `it may list ${ORIGINS_MAX} origins at most`
  return origins.map(checkOrigin).find((problem) => problem !== undefined)
}

export function checkProxies(text: string): string | undefined {
  return listed(text).every(isProxy) ? undefined : 'it has to be addresses or networks, as 10.0.0.7,192.168.0.0/16'
}
