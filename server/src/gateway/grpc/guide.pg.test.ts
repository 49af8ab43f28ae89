import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { startGuardedServer } from '../../../test/access.ts'
import { freePort } from '../../platform/postgres/postmaster.ts'
import { until } from '../../platform/postgres/processes.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const guide = readFileSync(new URL('../../../../docs/grpc.md', import.meta.url), 'utf8')

test('the client of docs/grpc.md holds a bottle with a key, and sees the offer change', async () => {
  const code = /```js\n(.*?)```/s.exec(guide)?.[1] ?? ''
  expect(code.trim().split('\n').length).toBeLessThan(25)
  const port = await freePort()
  const server = await startGuardedServer({ GRPC_PORT: String(port) })
  onTestFinished(() => server.stop())
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, '--', `127.0.0.1:${port}`, 'WINE'], {
    cwd: root,
    env: { PATH: process.env.PATH, TOKEN: await server.keyOf(['machine']) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await until(() => said.includes('to be sold, 1 held') && said.includes('hold '), { withinMs: 30_000 })
  expect(said).toMatch(/hold [0-9a-f-]{36}, at [a-z0-9]+\.\d+/)
  expect(said).toContain('to be sold, 1 held')
})
