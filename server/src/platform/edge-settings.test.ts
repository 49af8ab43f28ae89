import { expect, test } from 'vitest'
import { loadConfig } from './config.ts'

const refusal = (env: Record<string, string>): string => {
  try {
    loadConfig(env)
  } catch (error) {
    return (error as Error).message
  }
  return 'accepted'
}

test.each<Record<string, string>>([
  { CELLARHAND_PUBLIC_URL: 'https://cellar.example' },
  { CELLARHAND_PUBLIC_URL: 'http://127.0.0.1:7100' },
  { CELLARHAND_ALLOWED_ORIGINS: 'https://shop.example, https://app.example:8443' },
  { CELLARHAND_TRUSTED_HOPS: '2' },
  { CELLARHAND_TRUSTED_PROXIES: '10.0.0.7, 192.168.0.0/16,::1' },
  { CELLARHAND_TLS: 'dev' },
  { CELLARHAND_TLS_CERT: 'cert.pem', CELLARHAND_TLS_KEY: 'key.pem' },
])('%j is taken', (env) => {
  expect(refusal(env)).toBe('accepted')
})

test.each([
  'cellar.example',
  'https://cellar.example/',
  'https://cellar.example/shop',
  'https://Cellar.example',
  'https://cellar.example:443',
  'https://me@cellar.example',
  'null',
  '*',
])('%s is no origin', (origin) => {
  expect(refusal({ CELLARHAND_PUBLIC_URL: origin })).toContain('it has to be an origin as https://cellar.example')
  expect(refusal({ CELLARHAND_ALLOWED_ORIGINS: `https://shop.example,${origin}` })).toContain('it has to be an origin')
})

test('whom to trust is a number or addresses, and not both', () => {
  expect(refusal({ CELLARHAND_TRUSTED_PROXIES: 'proxy' })).toContain('it has to be addresses or networks')
  expect(refusal({ CELLARHAND_TRUSTED_HOPS: '1', CELLARHAND_TRUSTED_PROXIES: '10.0.0.7' })).toContain('set one of them')
})

test('a certificate goes with its key, and not beside one that is made', () => {
  expect(refusal({ CELLARHAND_TLS_CERT: 'cert.pem' })).toContain('set both or none')
  expect(refusal({ CELLARHAND_TLS_KEY: 'key.pem' })).toContain('set both or none')
  expect(refusal({ CELLARHAND_TLS: 'dev', CELLARHAND_TLS_CERT: 'cert.pem', CELLARHAND_TLS_KEY: 'key.pem' })).toContain(
    'set one of them',
  )
})
