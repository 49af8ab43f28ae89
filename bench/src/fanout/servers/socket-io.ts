import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { createBacklog } from './backlog.ts'
import { listen, type Broadcast } from './broadcast.ts'

/** Socket.IO with its defaults: a room a SKU, one `emit` a value. It keeps what it could not send yet, so every value is sent. */
export async function createSocketIo(): Promise<Broadcast> {
  const http = createServer()
  const io = new Server(http)
  io.on('connection', (socket) => {
    socket.on('follow', (skus: string[]) => {
      void socket.join(skus)
      socket.emit('whole')
    })
  })
  const backlog = createBacklog(({ sku, text }) => void io.to(sku).emit('offers', JSON.parse(text)))
  return { port: await listen(http), ...backlog }
}
