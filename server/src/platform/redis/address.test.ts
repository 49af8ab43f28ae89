import { expect, test } from 'vitest'
import { parseRedisAddress, whereIs } from './address.ts'

const one = (host: string, port: number) => [{ host, port }]

test.each([
  ['redis://cache.example', { kind: 'single', tls: false, nodes: one('cache.example', 6379), db: 0 }],
  ['redis://127.0.0.1:6380/2', { kind: 'single', tls: false, nodes: one('127.0.0.1', 6380), db: 2 }],
  ['redis://[::1]:6380', { kind: 'single', tls: false, nodes: one('::1', 6380), db: 0 }],
  [
    'rediss://cellar:p%40ss:w%2Frd@cache.example/',
    {
      kind: 'single',
      tls: true,
      nodes: one('cache.example', 6379),
      username: 'cellar',
      password: 'p@ss:w/rd',
      db: 0,
    },
  ],
  ['redis://:secret@h', { kind: 'single', tls: false, nodes: one('h', 6379), password: 'secret', db: 0 }],
  [
    'redis+sentinel://a,b:26380/cellar/3',
    {
      kind: 'sentinel',
      tls: false,
      nodes: [...one('a', 26_379), ...one('b', 26_380)],
      master: 'cellar',
      db: 3,
    },
  ],
  [
    'rediss+cluster://u:p@a:7000,b:7001',
    {
      kind: 'cluster',
      tls: true,
      nodes: [...one('a', 7000), ...one('b', 7001)],
      username: 'u',
      password: 'p',
      db: 0,
    },
  ],
])('%s is read', (text, address) => {
  expect(parseRedisAddress(text)).toEqual(address)
})

test.each([
  ['http://a', 'it has to begin with redis://'],
  ['a:6379', 'it has to begin with redis://'],
  ['redis://', 'it has to begin with redis://'],
  ['redis://a:0', 'host:port'],
  ['redis://a:65536', 'host:port'],
  ['redis://a,b', 'several hosts are for'],
  ['redis://a/one', 'its database has to be a number'],
  ['redis://a/1/2', 'its database has to be a number'],
  ['redis://u:%zz@a', 'with % for what is special'],
  ['redis+sentinel://a', 'it has to name what Sentinels watch'],
  ['redis+cluster://a/1', 'no database but 0'],
])('%s is refused, and why', (text, why) => {
  expect(parseRedisAddress(text)).toContain(why)
})

test('where it is can be shown: without user and password', () => {
  const shown = ['redis://u:secret@a/1', 'redis+sentinel://u:secret@a,b/m', 'rediss+cluster://u:secret@a'].map(
    (text) => {
      const address = parseRedisAddress(text)
      return typeof address === 'string' ? address : whereIs(address)
    },
  )
  expect(shown).toEqual([
    'Redis at a:6379',
    'Redis m by the Sentinels at a:26379, b:26379',
    'the Redis Cluster at a:6379',
  ])
})
