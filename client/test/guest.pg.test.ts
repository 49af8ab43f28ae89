import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCellarhand } from '../src/client.ts'
import { createGuest } from '../src/guest.ts'
import { startGuardedServer, type GuardedServer } from '../../server/test/access.ts'

let server: GuardedServer

beforeAll(async () => {
  server = await startGuardedServer()
})
afterAll(() => server?.stop())

test('a stranger may not hold, and as a guest holds, follows the hold, and gives it back', async () => {
  const { url } = server
  const stranger = createCellarhand({ url })
  const line = { sku: 'WINE', quantity: 1 }
  expect(await stranger.hold({ lines: [line] })).toMatchObject({ kind: 'refused', problem: { status: 401 } })
  stranger.close()

  const guest = createCellarhand({ url, getToken: createGuest({ url }) })
  const held = await guest.hold({ lines: [line] })
  if (held.kind !== 'done') throw new Error(JSON.stringify(held))
  const followed = guest.follow(`hold:${held.value.id}`)
  const off = followed.subscribe(() => {})
  await expect.poll(() => JSON.stringify(followed.view().data ?? ''), { timeout: 20_000 }).toContain('"active"')
  expect((await guest.release(held.value.id)).kind).toBe('done')
  off()
  guest.close()
}, 60_000)

test('one session is begun however many ask, and another where the first could not be', async () => {
  const getToken = createGuest({ url: server.url })
  const [one, other] = await Promise.all([getToken(), getToken()])
  expect([one === other, one?.startsWith('guest.')]).toEqual([true, true])
  const nowhere = createGuest({ url: 'http://127.0.0.1:1' })
  await expect(nowhere()).rejects.toThrow('fetch failed')
  await expect(nowhere()).rejects.toThrow('fetch failed')
})
