import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import proxyAddress from '@fastify/proxy-addr'

/** Whether what an address says of whom it was asked by is believed; `hop` counts from the socket's own address, which is 0. */
export type Trust = (address: string, hop: number) => boolean

/** Whose word is taken, by the settings: so many proxies in a row, or those of a list. Nobody's by default. */
export function trustOf({
  trustedHops,
  trustedProxies,
}: {
  readonly trustedHops: number
  readonly trustedProxies: readonly string[]
}): Trust {
  if (trustedProxies.length > 0) return proxyAddress.compile([...trustedProxies])
  return (_address, hop) => hop < trustedHops
}

/** Whether a text names addresses, one or a network of them. */
export function isProxy(text: string): boolean {
  try {
    proxyAddress.compile(text)
    // It takes words, and addresses that leave numbers out.
    return isIP(text.split('/')[0] ?? '') !== 0
  } catch {
    return false
  }
}

/**
 * Whose request it is, as far as may be believed: the nearest address that is not a proxy of ours. What clients claim beyond that is ignored. Where a
 * proxy passes on something else than an address, it is the proxy's own.
 */
export function clientAddress(request: Pick<IncomingMessage, 'headers' | 'socket'>, trust: Trust): string {
  const own = ownAddress(request.socket)
  // Where whoever has connected is not believed, what they say is not read: most requests, and each asks more than once.
  if (own !== undefined && !trust(own, 0)) return own
  // Nearest first.
  const way = proxyAddress.all(request as IncomingMessage, trust).map(plain)
  return way.findLast((address) => address !== undefined) ?? ''
}

/** Addresses of sockets in their one form. A socket keeps its address, and carries many requests. */
const known = new WeakMap<object, string>()

function ownAddress(socket: IncomingMessage['socket']): string | undefined {
  const seen = known.get(socket)
  if (seen !== undefined) return seen
  const address = plain(socket.remoteAddress)
  if (address !== undefined) known.set(socket, address)
  return address
}

/** An address in the one form that can be counted by: no port behind it, and IPv4 as such where a socket of both kinds has it as IPv6. */
function plain(text: string | undefined): string | undefined {
  const [, bracketed, rest] = /^\[([^\]]*)\](?::\d{1,5})?$|^(.*)$/.exec(text ?? '') ?? []
  const address = bracketed ?? rest?.replace(/^((?:\d{1,3}\.){3}\d{1,3}):\d{1,5}$/, '$1') ?? ''
  const mapped = /^::ffff:((?:\d{1,3}\.){3}\d{1,3})$/i.exec(address)?.[1]
  const shown = mapped ?? address.toLowerCase()
  return isIP(shown) === 0 ? undefined : shown
}
