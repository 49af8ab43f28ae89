import { isIPv6 } from 'node:net'
import { isPublicAddress } from '../platform/outbound.ts'
import type { Seal } from '../platform/seal.ts'
import { dropBeyond } from './record.ts'
import { ADDRESS_PREFIX } from './sign.ts'

/** Addresses whose names are remembered, since working one out takes longer than looking it up: some 10 MB. */
const NAMES_MAX = 50_000
/** Enough of a keyed hash to tell all addresses apart: 132 bits. */
const HASH_CHARS = 22

/** An address as a party, and what of it may be shown. */
export interface Whence {
  readonly party: string
  readonly network: string
}

/**
 * Names addresses by a keyed hash: who reads what is kept cannot tell which they were. One that is none of the world's is a proxy that nobody has named in the settings, behind
 * which everybody is, or the house itself: it has no name.
 */
export function createWhences(seal: Seal): (address: string) => Whence | undefined {
  const known = new Map<string, Whence | undefined>()
  return (address) => {
    const found = known.get(address)
    if (found || known.has(address)) return found
    const named = isPublicAddress(address) ? nameOf(seal, address) : undefined
    known.set(address, named)
    dropBeyond(known, NAMES_MAX)
    return named
  }
}

const nameOf = (seal: Seal, address: string): Whence => ({
  party: `${ADDRESS_PREFIX}${seal.close('address', subscriberOf(address)).slice(0, HASH_CHARS)}`,
  network: networkOf(address),
})

/** What one subscriber is given: an address of IPv4, and of IPv6 the 64 bits in front (RFC 6177), of which any machine makes itself as many addresses as it likes. */
export function subscriberOf(address: string): string {
  return isIPv6(address) ? `${groupsOf(address).slice(0, 4).join(':')}::/64` : address
}

/** The part of an address that is shown and kept: 24 bits of four bytes, 48 of sixteen. */
export function networkOf(address: string): string {
  if (isIPv6(address)) return `${groupsOf(address).slice(0, 3).join(':')}::/48`
  return `${address.split('.').slice(0, 3).join('.')}.0/24`
}

/** The eight groups of an address of IPv6, without zeros in front. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::')
  const before = head.split(':').filter((group) => group !== '')
  const after = (tail ?? '').split(':').filter((group) => group !== '')
  const between = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  return [...before, ...Array.from({ length: between }, () => '0'), ...after].map((group) =>
    group.toLowerCase().replace(/^0+(?=.)/, ''),
  )
}
