import { createServer, type AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../platform/config.ts'
import { planGrpc } from './start-grpc.ts'

const silent = { tls: undefined, say: () => {} }

/** Somebody who has a port; or had it before. */
async function occupy(port: number): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.once('error', () => resolve()).listen(port, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo | null)?.port ?? port
}

test('a port that nobody chose and that is taken is said, and all else goes on', async () => {
  await occupy(7001)
  const said: string[] = []
  expect(
    await planGrpc(loadConfig({}), [], { tls: undefined, say: (line) => said.push(line) }).listen(),
  ).toBeUndefined()
  expect(said).toEqual([expect.stringContaining('Port 7001, for gRPC, is taken')])
})

test('a port that was chosen and is taken stops the start', async () => {
  const port = await occupy(0)
  const plan = planGrpc(loadConfig({ GRPC_PORT: String(port) }), [], silent)
  await expect(plan.listen()).rejects.toThrow(`Port ${port}, for gRPC, is taken`)
})

test('port 0 is none', async () => {
  const plan = planGrpc(loadConfig({ GRPC_PORT: '0' }), [], silent)
  expect(await plan.listen()).toBeUndefined()
  await plan.close()
})
