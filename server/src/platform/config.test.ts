import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadConfig, settings } from './config.ts'
import { ConfigError, redactUrls } from './setting.ts'
import { configDocs, configHelp } from './config-text.ts'

const refusal = (env: Record<string, string>, flags = {}) => {
  try {
    loadConfig(env, flags)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return 'accepted'
}

test('nothing set gives the defaults, which are all allowed, in an object that cannot be changed', () => {
  const config = loadConfig({})
  expect(config).toMatchObject({
    port: 7000,
    host: '127.0.0.1',
    dataDir: '.cellarhand',
    logLevel: 'info',
    holdTtlDefaultS: 600,
  })
  expect(config.databaseUrl).toBeUndefined()
  expect(Object.isFrozen(config)).toBe(true)
  const written = Object.values(settings).flatMap(({ env, default: value }) =>
    value === undefined ? [] : [[env, String(value)]],
  )
  expect(loadConfig(Object.fromEntries(written))).toEqual(config)
})

test('a flag goes before its variable, and an empty variable is not set', () => {
  expect(loadConfig({ PORT: '7100' }, { port: '7200' }).port).toBe(7200)
  expect(loadConfig({ PORT: '7100' }).port).toBe(7100)
  expect(loadConfig({ PORT: '', DATABASE_URL: '' })).toEqual(loadConfig({}))
})

test.each([
  [{ PORT: '0' }, 'PORT="0" cannot be used: it has to be from 1 to 65535.'],
  [{ PORT: '65536' }, 'PORT="65536" cannot be used: it has to be from 1 to 65535.'],
  [{ PORT: '7e3' }, 'PORT="7e3" cannot be used: it has to be a whole number from 1 to 65535.'],
  [{ PORT: '70.5' }, 'PORT="70.5" cannot be used: it has to be a whole number from 1 to 65535.'],
  [{ PORT: '99999999999999999999' }, 'PORT="99999999999999999999" cannot be used: it has to be from 1 to 65535.'],
  [
    { LOG_LEVEL: 'loud' },
    'LOG_LEVEL="loud" cannot be used: it has to be one of fatal, error, warn, info, debug, trace, silent.',
  ],
  [
    { DATABASE_URL: 'mysql://a:b@c/d' },
    'DATABASE_URL="mysql://a:***@c/d" cannot be used: it has to begin with postgresql://.',
  ],
  [
    { REDIS_URL: 'redis://a:secret@one,two' },
    'REDIS_URL="redis://a:***@one,two" cannot be used: several hosts are for redis+sentinel:// and redis+cluster://.',
  ],
  [
    { CELLARHAND_BATCH_MAX_COMMANDS: '-1' },
    'CELLARHAND_BATCH_MAX_COMMANDS="-1" cannot be used: it has to be from 1 to 1000.',
  ],
])('%j is refused with a sentence', (env, sentence) => {
  expect(refusal(env)).toBe(sentence)
})

describe('the address to listen on', () => {
  const off = { CELLARHAND_AUTH: 'off' }
  test.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('%s is loopback: it may be without accounts', (HOST) => {
    expect(loadConfig({ HOST, ...off }).host).toBe(HOST)
  })
  test.each(['0.0.0.0', '::', '192.168.1.5', 'cellar.example', '127.0.0.1.example.com'])(
    '%s is taken with accounts, and refused without them',
    (HOST) => {
      expect(loadConfig({ HOST }).host).toBe(HOST)
      expect(refusal({ HOST, ...off })).toContain('lets whoever reaches it do everything')
    },
  )
  test('what is no address is refused', () => {
    expect(refusal({ HOST: 'http://x' })).toContain('it has to be an address')
  })
})

test('an unknown variable with our prefix is refused, and the nearest known one named', () => {
  expect(refusal({ CELLARHAND_HOLD_TTL_DEFAULT: '60' })).toContain('did you mean CELLARHAND_HOLD_TTL_DEFAULT_S?')
  expect(refusal({ CELLARHAND_DTAA: 'x' })).toContain('did you mean CELLARHAND_DATA?')
  expect(refusal({ CELLARHAND_TEST_DATABASE_URL: 'x', CELLARHAND_SHARED: 'y', PATH: 'z' })).toBe('accepted')
})

test('lifetimes that contradict one another are refused, and both named', () => {
  expect(refusal({ CELLARHAND_HOLD_TTL_MAX_S: '300' })).toBe(
    'CELLARHAND_HOLD_TTL_DEFAULT_S=600 is more than CELLARHAND_HOLD_TTL_MAX_S=300: lower the first or raise the second.',
  )
})

test('a flag that is refused is named as the flag', () => {
  expect(refusal({}, { port: 'seven' })).toContain('--port="seven"')
})

test('passwords in addresses are never shown, whatever is in them', () => {
  expect(redactUrls('to postgresql://me:p:ss/w0rd@db:5432/x and amqp://u:q@h')).toBe(
    'to postgresql://me:***@db:5432/x and amqp://u:***@h',
  )
})

test('the help names every setting', () => {
  for (const { env, flag, doc } of Object.values(settings)) {
    for (const part of [env, flag, doc]) expect(configHelp()).toContain(part)
  }
})

test('docs/configuration.md is what the table prints', () => {
  const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
  expect(page, 'print it again: see configDocs() in server/src/platform/config-text.ts').toBe(configDocs())
})
