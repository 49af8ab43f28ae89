import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { playDemo, type DemoOptions } from './demo.ts'

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

const shop = { id: 'shop', kind: 'shop', duty: 'paid' }

/** A server that lists these locations, and answers everything else with this status. */
async function answering(locations: readonly object[], status: number): Promise<string> {
  const server = createServer((request, response) => {
    const isLocations = request.url === '/v1/locations'
    response.writeHead(isLocations ? 200 : status).end(JSON.stringify({ items: isLocations ? locations : [] }))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const options = (said: string[], more: Partial<DemoOptions> = {}): DemoOptions => ({
  seed: 1,
  pace: Infinity,
  days: 1,
  signal: new AbortController().signal,
  say: (line) => said.push(line),
  newKey: () => 'key',
  nowMs: () => 0,
  ...more,
})

test('errors of the moment are said and passed over', async () => {
  const said: string[] = []
  const played = await playDemo(await answering([shop], 503), options(said))
  expect(played.days).toBe(1)
  expect(played.troubles).toBeGreaterThan(30)
  expect(said[0]).toMatch(
    /^\d\d:\d\d {2}\w+ +met trouble: \/v1\/purchase-orders\?state=open&limit=500 was answered 503$/,
  )
  expect(said.at(-1)).toBe('Day 1: nothing to do.')
})

test('where there is nothing, there is nothing to do', async () => {
  const said: string[] = []
  expect(await playDemo(await answering([shop], 200), options(said))).toMatchObject({ days: 1, troubles: 0 })
  expect(said).toEqual(['Day 1: nothing to do.'])
})

test('without a place to sell from, or a server, it says what to do', async () => {
  const inBond = { id: 'bonded', kind: 'bonded', duty: 'in_bond' }
  await expect(playDemo(await answering([inBond], 200), options([]))).rejects.toThrow('make a location')
  await expect(playDemo('http://127.0.0.1:1', options([]))).rejects.toThrow('Nothing answers at http://127.0.0.1:1')
})

test('stops in the middle of a day when it is told to', async () => {
  const stopping = new AbortController()
  const said: string[] = []
  const url = await answering([shop], 503)
  const say = (line: string) => {
    said.push(line)
    if (said.length === 3) stopping.abort()
  }
  const played = await playDemo(url, options(said, { say, signal: stopping.signal }))
  expect(played).toMatchObject({ days: 0, troubles: 3 })
  expect(said).toHaveLength(3)
})
