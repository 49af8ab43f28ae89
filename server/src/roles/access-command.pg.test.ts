import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGuardedServer, type GuardedServer } from '../../test/access.ts'
import { runCommand } from '../../test/command.ts'
import { createJar } from '../../test/jar.ts'
import { cookieNames } from '../access/access.ts'

let server: GuardedServer

beforeAll(async () => {
  server = await startGuardedServer()
}, 120_000)

afterAll(async () => {
  await server?.stop()
})

async function run(...args: string[]): Promise<{ code: number | null; said: string }> {
  const issuer = ['token', 'client'].includes(args[0] ?? '') && args[1] !== 'list' && args[1] !== 'remove'
  const where = ['--database-url', server.databaseUrl, ...(issuer ? ['--public-url', server.url] : [])]
  const command = runCommand(...args, ...where)
  const code = await command.ended
  return { code, said: command.said() }
}

const operations = async () =>
  (
    await server.pool.query<{ operation: string }>(
      `select operation from access.audit where via = 'command' and subject = 'cellarhand' order by id`,
    )
  ).rows.map(({ operation }) => operation)

const asks = (headers: Record<string, string>, path = '/v1/locations') => server.ask('GET', path, { headers })

describe('the first start', () => {
  test('makes somebody who administers the cellar, and says once how they get in', async () => {
    const box = server.said.join('\n')
    const [, once = ''] = /admin@localhost with the password (\S+)/.exec(box) ?? []
    expect(box).toContain(`${server.url}/session/sign-in`)
    const jar = createJar(server.url)
    const page = await jar.go('/session/sign-in?return=/docs')
    const change = await jar.send(page.url, { email: 'admin@localhost', password: once })
    expect(change.text).toContain('Choose a password')
    await jar.send(change.url, { password: 'as many corks as there are stars' })
    const cookie = `${cookieNames.session}=${jar.cookie(cookieNames.session)?.value}`
    expect((await asks({ cookie }, '/v1/session')).body['roles']).toContain('admin')
  })
})

describe('the commands on who may do what', () => {
  test('print a token, and nothing else, that the server believes', async () => {
    const { code, said } = await run('token', '--role', 'shop,machine', '--ttl', '15m', '--location', 'shop')
    expect(code).toBe(0)
    const token = said.trim()
    expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    const { exp = 0, iat = 0 } = decodeJwt(token)
    expect(exp - iat).toBe(900)
    const who = await asks({ authorization: `Bearer ${token}` }, '/v1/session')
    expect(who.body).toMatchObject({ subject: 'client:cli', kind: 'machine', locations: ['shop'] })
    expect((await asks({ authorization: `Bearer ${token}` })).status).toBe(200)
  })

  test('make a key and revoke it', async () => {
    const { said } = await run('key', 'add', '--name', 'Till 3', '--role', 'shop', '--expires', '90d')
    const [key = ''] = /ck_[\w-]+/.exec(said) ?? []
    expect((await asks({ 'x-api-key': key })).status).toBe(200)
    const [, id = ''] = key.split('_')
    expect((await run('key', 'list')).said).toContain(`${id}  Till 3 (shop; until `)
    expect((await run('key', 'revoke', id)).code).toBe(0)
    await expect.poll(async () => (await asks({ 'x-api-key': key })).status).toBe(401)
    expect((await run('key', 'revoke', id)).said).toContain(`No key ${id} is in force`)
  })

  test('make somebody an account, take it away and give it back', async () => {
    const wish = ['--email', 'Cy@cellar.example', '--name', 'Cy', '--role', 'cellar', '--location', 'warehouse']
    const { said } = await run('user', 'add', ...wish)
    expect(said).toMatch(/cy@cellar\.example with this password, once/)
    expect((await run('user', 'add', ...wish)).said).toContain('Somebody has the address')
    expect((await run('user', 'list')).said).toContain('Cy (cellar; at warehouse; has not chosen a password)')
    expect((await run('user', 'disable', 'cy@cellar.example')).said).toContain('can sign in no more')
    expect((await run('user', 'list')).said).toContain('disabled')
    expect((await run('user', 'enable', 'cy@cellar.example')).code).toBe(0)
    expect((await run('user', 'reset-password', 'cy@cellar.example')).said).toContain('signed out everywhere')
    expect((await run('user', 'reset-password', 'nobody@cellar.example')).code).toBe(1)
  })

  test('register a program that gets tokens, and take it away', async () => {
    const { said } = await run('client', 'add', '--name', 'ERP', '--role', 'machine')
    const [, id = ''] = /client id\s+(\S+)/.exec(said) ?? []
    const [, secret = ''] = /client secret\s+(\S+)/.exec(said) ?? []
    const token = () =>
      fetch(`${server.url}/oidc/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      })
    const { access_token: first } = (await (await token()).json()) as { access_token: string }
    expect((await asks({ authorization: `Bearer ${first}` })).status).toBe(200)
    expect((await run('client', 'list')).said).toContain('ERP (machine; machine)')
    expect((await run('client', 'remove', id)).code).toBe(0)
    expect((await token()).status).toBe(401)
    await expect.poll(async () => (await asks({ authorization: `Bearer ${first}` })).status).toBe(401)
  })

  test('sign with another key, of which the server knows', async () => {
    const before = (await run('token', '--role', 'machine')).said.trim()
    expect((await run('keys', 'rotate')).code).toBe(0)
    const after = (await run('token', '--role', 'machine')).said.trim()
    for (const token of [after, before]) expect((await asks({ authorization: `Bearer ${token}` })).status).toBe(200)
  })

  test.each([
    [['token', '--role', 'emperor'], 'Roles are customer'],
    [['token', '--role', 'shop', '--ttl', '2d'], 'Write a time as 90s'],
    [['key', 'add', '--name', 'x', '--role', 'customer'], 'Roles are shop'],
    [['key', 'add', '--name', 'x', '--role', 'shop', '--location', 'moon'], 'There is no location moon'],
    [['client', 'add', '--name', 'x'], 'say what it may be'],
    [['client', 'add', '--name', 'x', '--redirect-uri', 'http://elsewhere.example/back'], 'An address to come back to'],
  ])('say what is wrong with %s', async (args, says) => {
    const { code, said } = await run(...args)
    expect(code).not.toBe(0)
    expect(said).toContain(says)
  })

  test('put all that they do on record', async () => {
    expect(await operations()).toEqual(
      expect.arrayContaining([
        'makeUser',
        'makeToken',
        'makeKey',
        'revokeKey',
        'changeUser',
        'resetPassword',
        'makeClient',
        'removeClient',
        'rotateKeys',
      ]),
    )
  })
})
