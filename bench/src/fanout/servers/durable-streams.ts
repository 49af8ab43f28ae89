import { DurableStreamTestServer } from '@durable-streams/server'
import { createBacklog } from './backlog.ts'
import type { Broadcast } from './broadcast.ts'

/** The SKU that is followed has a stream; a value is appended to it in memory, with nothing on disk. */
export async function createDurableStreams(streams: readonly string[]): Promise<Broadcast> {
  const server = new DurableStreamTestServer({ port: 0, host: '127.0.0.1' })
  const url = await server.start()
  for (const sku of streams) await server.store.create(`/${sku}`, { contentType: 'application/json' })
  const backlog = createBacklog(({ sku, text }) => void server.store.append(`/${sku}`, Buffer.from(text)))
  return { port: Number(new URL(url).port), ...backlog }
}
