import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { isRefused } from '../../access/access.ts'
import { openSocketIo, type ConnectOptions, type SocketIo } from '../../feed/feed.ts'
import { systemTimers } from '../../replica/replica.ts'
import { DEFAULT_CHANNEL } from '../default-channel.ts'
import { callerOfUpgrade, permitOf } from '../permit.ts'
import { carryHeaders } from './headers.ts'
import { sendProblem } from './problems.ts'
import type { Services } from '../services.ts'

/** Where Socket.IO's clients look for it, unless they are told otherwise. */
export const socketIoPath = '/socket.io/'

/** The feed over Socket.IO, where it is switched on; undefined, and nothing of it loaded, where it is not. */
export async function registerSocketIo(app: FastifyInstance, services: Services): Promise<SocketIo | undefined> {
  const { feed, config } = services
  if (config.socketIo === 'off') return undefined
  const polling = config.socketIo === 'polling'
  const socketIo = await openSocketIo(feed, systemTimers, {
    polling,
    connectOptions: (request) => connectOptions(services, request),
  })
  app.route({
    method: ['GET', 'POST'],
    url: socketIoPath,
    schema: { hide: true },
    // Before the body is read, which is Socket.IO's own.
    onRequest: async (request, reply) => {
      // Its clients of old polled by script elements (`j`), whose answers any page may read.
      if (addressOf(request.raw).searchParams.has('j')) {
        return sendProblem(reply, 'invalid-request', 'Polls by script elements are not answered.')
      }
      carryHeaders(reply)
      reply.hijack()
      return socketIo.request(request.raw, reply.raw)
    },
    handler: (_request, reply) => reply,
  })
  return socketIo
}

/** Who connects, and where from; or why not. Its clients can send no header from a browser: what they show is a cookie or a ticket. */
async function connectOptions(services: Services, request: IncomingMessage): Promise<ConnectOptions | string> {
  const { searchParams } = addressOf(request)
  const shown = await callerOfUpgrade(services, request, searchParams.get('ticket'))
  if (isRefused(shown)) return shown.refused
  const channel = searchParams.get('channel') ?? DEFAULT_CHANNEL
  return { channel, address: services.addressOf(request), permit: permitOf(services, shown) }
}

const base = 'http://feed/'

/**
 * The path and the query that are asked for; the root where there is no reading them. `//` is such an address: it is answered 400 before any route sees it, but who
 * asks for an upgrade came here with it, and took the server down.
 */
export function addressOf({ url = '/' }: IncomingMessage): URL {
  return new URL(URL.canParse(url, base) ? url : '/', base)
}
