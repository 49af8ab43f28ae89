import { expect, it } from 'vitest'
import { loadConfig } from '../platform/config.ts'
import { freePort } from '../platform/postgres/postmaster.ts'
import { createTestDatabase } from '../../test/postgres.ts'
import { serve } from './serve.ts'

it('stops in order, also when it was told to while it was starting', async () => {
  const database = await createTestDatabase()
  const config = loadConfig({ LOG_LEVEL: 'silent', DATABASE_URL: database.url, PORT: String(await freePort()) })
  const stopping = new AbortController()
  const starting = serve(config, { starter: false, say: () => {}, signal: stopping.signal })
  stopping.abort()
  const { url, done } = await starting
  await done
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed')
  await database.drop()
})
