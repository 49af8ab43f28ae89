import { createServer } from 'node:http'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Made } from './maker.ts'
import { listen, type Broadcast } from './broadcast.ts'

/**
 * The least that a WebSocket server in Node can do: one pass over the sockets that follow a SKU after another, with what is newest. No position, no catching up, no
 * bound for who is slow.
 */
export async function createWs(): Promise<Broadcast> {
  const http = createServer()
  const followers = new Map<string, Set<WebSocket>>()
  new WebSocketServer({ server: http }).on('connection', (socket) => {
    const followed: string[] = []
    socket.on('message', (text: Buffer) => {
      for (const sku of JSON.parse(text.toString()) as string[]) {
        const some = followers.get(sku) ?? new Set()
        followers.set(sku, some.add(socket))
        followed.push(sku)
      }
      socket.send('whole')
    })
    socket.on('close', () => followed.forEach((sku) => followers.get(sku)?.delete(socket)))
    socket.on('error', () => {})
  })
  return {
    port: await listen(http),
    take(made: readonly Made[]) {
      const newest = new Map(made.map(({ sku, text }) => [sku, text]))
      for (const [sku, text] of newest) {
        const bytes = Buffer.from(text)
        for (const socket of followers.get(sku) ?? []) socket.send(bytes, { binary: false })
      }
    },
  }
}
