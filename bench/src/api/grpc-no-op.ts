import { fork } from 'node:child_process'
import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js'
import { messageOf } from '../baseline/asked.ts'
import type { Cleanup } from '../cleanup.ts'

/** What a server that does nothing is called by. */
export const noOpPath = '/bench.NoOp/Get'
const answerWithinMs = 20_000

/** Serves a call that answers so many bytes and looks at nothing, in this process, and tells its parent where. */
export async function runNoOp(bytes: number): Promise<void> {
  const server = new Server()
  const asIs = (message: Buffer): Buffer => message
  const answer = Buffer.alloc(bytes)
  const get: handleUnaryCall<Buffer, Buffer> = (_call, callback) => callback(null, answer)
  const codec = { requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs }
  server.addService({ get: { path: noOpPath, requestStream: false, responseStream: false, ...codec } }, { get })
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error
    process.send?.({ port })
  })
  process.once('disconnect', () => process.exit(0))
}

/** Starts it in a process of its own. */
export async function startNoOp(bytes: number, cleanup: Cleanup): Promise<{ port: number; pid: number }> {
  const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const
  const child = fork(process.argv[1] ?? '', ['grpc-no-op', String(bytes)], { stdio: [...stdio] })
  cleanup.add(async () => void child.kill('SIGKILL'))
  const { port } = await messageOf<{ port: number }>(child, answerWithinMs, 'a no-op server')
  return { port, pid: child.pid ?? 0 }
}
