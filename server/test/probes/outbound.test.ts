import { createServer, type Server } from 'node:http'
import type { AddressInfo, LookupFunction } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isPublicAddress, sendOutbound } from '../../src/platform/outbound.ts'

let server: Server
let port: number
let asked = 0
let connected = 0

beforeAll(async () => {
  server = createServer((request, response) => {
    asked += 1
    if (request.url === '/away') response.writeHead(302, { location: `http://127.0.0.1:${port}/inside` }).end()
    else if (request.url === '/endless') {
      const more = () => response.write('x'.repeat(10_000), () => response.destroyed || more())
      more()
    } else if (request.url !== '/silent') response.end('hello')
  })
  server.on('connection', () => (connected += 1))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** A name that is these addresses, one look-up after another. */
const named = (...answers: string[]): LookupFunction => {
  let turn = 0
  return (_name, _options, done) => {
    const address = answers[Math.min(turn, answers.length - 1)] ?? ''
    turn += 1
    done(null, [{ address, family: address.includes(':') ? 6 : 4 }])
  }
}

describe('probe 26: requests to addresses that somebody gave', () => {
  test.each([
    'http://127.0.0.1:PORT/',
    'http://localhost:PORT/',
    'http://127.1:PORT/',
    'http://2130706433:PORT/',
    'http://0x7f000001:PORT/',
    'http://0177.0.0.1:PORT/',
    'http://0:PORT/',
    'http://[::1]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[::]:PORT/',
    'http://[64:ff9b::7f00:1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
    'http://192.168.1.1/',
    'http://172.31.255.255/',
    'http://100.64.0.1/',
    'http://[fe80::1]/',
    'http://[fd00::1]/',
    'http://[2002:7f00:1::]/',
    'file:///etc/passwd',
    'ftp://example.com/',
    'http://user:secret@example.com/',
    'nonsense',
  ])('%s is refused, and nothing connects', async (address) => {
    const before = connected
    expect(await sendOutbound(address.replace('PORT', String(port)), {})).toMatchObject({ kind: 'refused' })
    expect(connected).toBe(before)
  })

  test('a name that is an address inside is refused where the connection is made', async () => {
    const before = connected
    for (const lookup of [named('127.0.0.1'), named('::1'), named('10.1.2.3')]) {
      const sent = await sendOutbound(`http://cellar.example:${port}/`, {}, { lookup })
      expect(sent).toMatchObject({ kind: 'refused' })
    }
    const both: LookupFunction = (_name, _options, done) =>
      done(null, [
        { address: '198.41.0.4', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ])
    expect(await sendOutbound(`http://cellar.example:${port}/`, {}, { lookup: both })).toMatchObject({
      kind: 'refused',
    })
    expect(connected).toBe(before)
  })

  test('a name that is looked up once is connected to as it was looked at: to answer otherwise afterwards is of no use', async () => {
    let lookups = 0
    const rebinding = named('198.41.0.4', '127.0.0.1')
    const lookup: LookupFunction = (name, options, done) => {
      lookups += 1
      rebinding(name, options, done)
    }
    const before = connected
    // The first address is one where nobody answers here: what matters is that the second is never gone to.
    const sent = await sendOutbound(`http://cellar.example:${port}/`, {}, { lookup, timeoutMs: 300 })
    expect(sent.kind).toBe('failed')
    expect([lookups, connected]).toEqual([1, before])
    const again = await sendOutbound(`http://cellar.example:${port}/`, {}, { lookup, timeoutMs: 300 })
    expect([again.kind, connected]).toEqual(['refused', before])
  })

  test('a redirect is an answer, and is not followed', async () => {
    const before = asked
    const doors = { isOpen: () => true }
    expect(await sendOutbound(`http://127.0.0.1:${port}/away`, {}, doors)).toMatchObject({ status: 302 })
    expect(asked).toBe(before + 1)
  })

  test('who answers is heard, up to a bound, and who does not is not waited for', async () => {
    const doors = { isOpen: () => true, timeoutMs: 400 }
    const base = `http://127.0.0.1:${port}`
    expect(await sendOutbound(`${base}/`, { body: '{}' }, doors)).toEqual({
      kind: 'answered',
      status: 200,
      body: 'hello',
    })
    expect(await sendOutbound(`${base}/silent`, {}, doors)).toMatchObject({ kind: 'failed' })
    const endless = await sendOutbound(`${base}/endless`, {}, { ...doors, timeoutMs: 10_000 })
    expect(endless.kind === 'answered' && endless.body.length).toBe(65_536)
    expect(await sendOutbound('http://127.0.0.1:1/', {}, doors)).toMatchObject({ kind: 'failed' })
  })

  test('addresses of the world are open, and those of registries for special use are not', () => {
    expect(['198.41.0.4', '8.8.8.8', '2606:4700::1111', '2a00:1450::1'].map(isPublicAddress)).not.toContain(false)
    const special = [
      '0.1.2.3',
      '192.0.2.1',
      '198.18.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '2001:db8::1',
      'ff02::1',
      'x',
    ]
    expect(special.map(isPublicAddress)).not.toContain(true)
  })
})
