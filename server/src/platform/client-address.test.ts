import type { Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clientAddress, isProxy, trustOf } from './client-address.ts'

const asked = (from: string | undefined, forwarded?: string) => ({
  socket: { remoteAddress: from } as Socket,
  headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
})
const hops = (trustedHops: number) => trustOf({ trustedHops, trustedProxies: [] })
const proxies = (...trustedProxies: string[]) => trustOf({ trustedHops: 0, trustedProxies })

describe('whose request it is', () => {
  test('nobody is believed by default, whatever is claimed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (claimed) => {
        expect(clientAddress(asked('203.0.113.9', claimed), hops(0))).toBe('203.0.113.9')
      }),
    )
  })

  test.each([
    [1, '198.51.100.1', '198.51.100.1'],
    [1, '6.6.6.6, 198.51.100.1', '198.51.100.1'],
    [2, '6.6.6.6, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
    [2, '198.51.100.1', '198.51.100.1'],
    [1, undefined, '10.0.0.1'],
  ])('behind %i hops, %s is from %s', (count, forwarded, address) => {
    expect(clientAddress(asked('10.0.0.1', forwarded), hops(count))).toBe(address)
  })

  test('of a list, those are believed that are on it, and only as far as one follows another', () => {
    const trust = proxies('10.0.0.0/8', '2001:db8::/32')
    expect(clientAddress(asked('10.0.0.1', '6.6.6.6, 198.51.100.1, 10.9.9.9'), trust)).toBe('198.51.100.1')
    expect(clientAddress(asked('2001:db8::7', '198.51.100.1'), trust)).toBe('198.51.100.1')
    expect(clientAddress(asked('203.0.113.9', '198.51.100.1'), trust)).toBe('203.0.113.9')
    expect(clientAddress(asked('10.0.0.1', '10.0.0.5, 6.6.6.6, 10.9.9.9'), trust)).toBe('6.6.6.6')
  })

  test('an address is counted in one form, however it is written', () => {
    expect(clientAddress(asked('::ffff:203.0.113.9'), hops(0))).toBe('203.0.113.9')
    expect(clientAddress(asked('10.0.0.1', '198.51.100.1:51234'), hops(1))).toBe('198.51.100.1')
    expect(clientAddress(asked('10.0.0.1', '[2001:DB8::9]:443'), hops(1))).toBe('2001:db8::9')
    expect(clientAddress(asked('::ffff:10.0.0.1', '198.51.100.1'), proxies('10.0.0.1'))).toBe('198.51.100.1')
  })

  test('what is no address is not counted as one: it is the proxy that passed it on', () => {
    for (const nonsense of ['unknown', '_hidden', 'x'.repeat(5_000), '999.1.1.1', '1.2.3.4.5', "'; drop"]) {
      expect(clientAddress(asked('10.0.0.1', nonsense), hops(1))).toBe('10.0.0.1')
    }
    expect(clientAddress(asked(undefined), hops(0))).toBe('')
  })
})

test('proxies are named by address or network, and not by a word', () => {
  expect(['10.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32'].map(isProxy)).toEqual([true, true, true, true])
  expect(['proxy', 'loopback', '10.0.0.0/33', '10.0.0', '', '300.1.1.1'].map(isProxy)).not.toContain(true)
})
