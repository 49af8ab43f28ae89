import { expect, test } from 'vitest'
import { createSeal } from '../platform/seal.ts'
import { createWhences, networkOf, subscriberOf } from './whence.ts'

test.each([
  ['203.0.113.7', '203.0.113.7', '203.0.113.0/24'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64', '2001:db8:1::/48'],
  ['2001:0db8::1', '2001:db8:0:0::/64', '2001:db8:0::/48'],
  ['::1', '0:0:0:0::/64', '0:0:0::/48'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64', 'fe80:0:0::/48'],
])('of %s one subscriber has %s, and %s is shown', (address, subscriber, network) => {
  expect([subscriberOf(address), networkOf(address)]).toEqual([subscriber, network])
})

test('an address is named by a hash that only the installation can make, and a subscriber has one name', () => {
  const whence = createWhences(createSeal('a secret'))
  const other = createWhences(createSeal('another secret'))
  const party = whence('2a01:4f8::1')?.party
  expect(party).toMatch(/^address:[\w-]{22}$/)
  expect(whence('2a01:4f8::2')?.party).toBe(party)
  expect(other('2a01:4f8::1')?.party).not.toBe(party)
  expect(party).not.toContain('2a01')
})

test.each(['127.0.0.1', '10.1.2.3', '172.18.0.1', '192.168.1.1', '::1', 'fd00::1', ''])(
  'what comes from %s comes from a proxy that nobody has named, or from the house: nobody is suspected for it',
  (address) => expect(createWhences(createSeal('a secret'))(address)).toBeUndefined(),
)
