import { expect, test } from 'vitest'
import { parseRedisAddress, redisWeakness, type RedisAddress } from '../redis/address.ts'
import { tlsOf, tlsProblem, weaknessOf, withDatabaseCa } from './tls.ts'

const far = 'postgresql://me:pw@db.example:5432/cellar'

test.each([
  'postgresql://me:pw@127.0.0.1:5432/x',
  'postgresql://me:pw@localhost/x',
  'postgresql://me:pw@[::1]/x',
  'postgresql:///x?host=/var/run/postgresql',
  'postgresql://%2Fvar%2Frun%2Fpostgresql/x',
])('on this machine, %s, there is nobody to keep a line from', (url) => {
  expect([tlsOf(url).ssl, weaknessOf(url)]).toEqual([false, undefined])
})

test.each(['', '?sslmode=require', '?sslmode=verify-full', '?ssl=true', '?sslmode=require&uselibpqcompat=true'])(
  'over the network all is checked with %j',
  (query) => {
    const { url, ssl } = tlsOf(`${far}${query}`)
    expect(ssl).toMatchObject({ rejectUnauthorized: true, minVersion: 'TLSv1.2' })
    expect(ssl).not.toHaveProperty('checkServerIdentity')
    expect(url).toBe(far)
    expect(weaknessOf(`${far}${query}`)).toBeUndefined()
  },
)

test('verify-ca checks all but the name, and other words of the address stay', () => {
  const { url, ssl } = tlsOf(`${far}?sslmode=verify-ca&options=-c%20work_mem%3D1MB`)
  expect(ssl).toMatchObject({ rejectUnauthorized: true, checkServerIdentity: expect.any(Function) as unknown })
  expect(url).toContain('options=')
})

test('what is weaker is done where it is asked for, and said aloud', () => {
  expect(tlsOf(`${far}?sslmode=no-verify`).ssl).toMatchObject({ rejectUnauthorized: false })
  expect(tlsOf(`${far}?sslmode=disable`).ssl).toBe(false)
  expect(weaknessOf(`${far}?sslmode=no-verify`)).toContain('WARNING: the line to PostgreSQL at db.example:5432')
  expect(weaknessOf(`${far}?sslmode=disable`)).toContain('is not encrypted')
  for (const mode of ['no-verify', 'disable']) expect(weaknessOf(`${far}?sslmode=${mode}`)).not.toContain('pw')
})

test('what leaves it to chance, and what is no mode, is refused', () => {
  for (const mode of ['prefer', 'allow'])
    expect(tlsProblem(`${far}?sslmode=${mode}`)).toContain('whoever stands between')
  expect(tlsProblem(`${far}?sslmode=yes`)).toContain('one of disable, no-verify')
  for (const query of ['', '?sslmode=disable', '?sslmode=verify-full']) expect(tlsProblem(far + query)).toBeUndefined()
})

test('certificates of the settings are those of the address, unless it has its own', () => {
  expect(withDatabaseCa(far, undefined)).toBe(far)
  expect(withDatabaseCa(far, '/ca.pem')).toContain('sslrootcert=%2Fca.pem')
  expect(withDatabaseCa(`${far}?sslrootcert=mine.pem`, '/ca.pem')).toContain('sslrootcert=mine.pem')
  expect(() => tlsOf(withDatabaseCa(far, '/no/such/ca.pem'))).toThrow('sslrootcert names for PostgreSQL cannot be read')
})

test('a Redis over the network without TLS is said aloud too', () => {
  const weakness = (url: string) => redisWeakness(parseRedisAddress(url) as RedisAddress)
  expect(weakness('redis://a:pw@cache.example:6379')).toMatch(
    /^WARNING: the line to Redis at cache.example:6379 is not/,
  )
  expect(weakness('redis+cluster://127.0.0.1:1,10.0.0.2:2')).toContain('WARNING')
  expect(weakness('rediss://cache.example')).toBeUndefined()
  expect(weakness('redis://127.0.0.1:6379')).toBeUndefined()
})
