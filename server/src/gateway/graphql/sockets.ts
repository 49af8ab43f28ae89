import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { FEED_CLIENT_FRAME_MAX, type CloseCause } from '@cellarhand/protocol/feed'
import { OperationTypeNode, type ExecutionArgs, type GraphQLError } from 'graphql'
import { handleProtocols, makeServer, type Server } from 'graphql-ws'
import { WebSocketServer, type WebSocket } from 'ws'
import { isRefused, type Caller } from '../../access/access.ts'
import { hasTwinsWithin, TWIN_MEMBERS } from '../../platform/twins.ts'
import { callerOfUpgrade } from '../permit.ts'
import { isTrustedPage } from '../origin.ts'
import { addressOf } from '../rest/socket-io-route.ts'
import { ESCAPED_ZERO_BYTE, refuseUpgrade, ZERO_BYTE } from '../rest/transport.ts'
import { askedBy, type Asked } from './asked.ts'
import type { Context } from './context.ts'
import { accept, type Accepted, type Desk } from './desk.ts'
import { problemError, shownError } from './errors.ts'
import { follow } from './follow.ts'

/** What one page follows at once: each is a connection of the feed. */
const SUBSCRIPTIONS_MAX = 16
/** Who opens a line and says nothing is gone after this long. */
const INIT_WITHIN_MS = 10_000
/** A line that is silent for a minute is cut off by proxies, and one whose other side is gone is found so. */
const PING_EVERY_MS = 25_000
/** After a close frame the other side has so long to answer it. */
const CLOSE_WITHIN_MS = 2_000
/** Messages a second, and at once. */
const MESSAGES_PER_SECOND = 20
const MESSAGES_AT_ONCE = 100

/** Close codes that clients of graphql-transport-ws come back after: "service restart", and "try again later". */
const RESTART = 1012
const LATER = 1013
/** And of that protocol: what was said cannot be understood, and may not be asked. */
const BAD_REQUEST = 4400
const FORBIDDEN = 4403

/** Takes over an HTTP connection that asks to be upgraded. */
export interface Sockets {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Sends everybody away. */
  close(): void
}

interface Extra {
  readonly contextOf: () => Context
  /** Takes whoever the first message shows in place of who was seen before the upgrade. */
  readonly show: (token: string) => Promise<boolean>
  /** operations under way, by their ids */
  readonly under: Map<string, Accepted & { readonly variables: Asked['variables'] }>
}

/** WebSockets that speak graphql-transport-ws. Subscriptions alone: what is asked once goes over HTTP, where it is limited and logged as such. */
export function createSockets(desk: Desk): Sockets {
  const server = new WebSocketServer({
    noServer: true,
    handleProtocols,
    maxPayload: FEED_CLIENT_FRAME_MAX,
    perMessageDeflate: false,
    clientTracking: false,
  })
  const protocol = protocolOver(desk)
  const lines = new Set<WebSocket>()
  return {
    upgrade(request, socket, head) {
      admit(desk, request, socket, (caller) =>
        server.handleUpgrade(request, socket, head, (line) => {
          if (lines.size >= desk.services.config.feedConnectionsMax) return end(line, LATER, 'there are too many')
          lines.add(line)
          line.once('close', () => lines.delete(line))
          open(desk, protocol, line, extraOf(desk, request, line, caller))
        }),
      )
    },
    close() {
      for (const line of lines) end(line, RESTART, 'the server is going away')
    },
  }
}

function endFor(line: WebSocket, cause: CloseCause): void {
  if (cause === 'tokenExpired' || cause === 'forbidden') return end(line, FORBIDDEN, 'come back with other credentials')
  if (cause === 'draining' || cause === 'rotated') return end(line, RESTART, 'the server is going away')
  end(line, LATER, cause === 'slow' ? 'nothing was taken for too long' : 'come back later')
}

function end(line: WebSocket, code: number, reason: string): void {
  line.close(code, reason)
  setTimeout(() => line.terminate(), CLOSE_WITHIN_MS).unref()
}

/** Finds out who asks, before anything is upgraded. A page elsewhere can make a browser come with our cookie, and not with this server's origin. */
function admit({ services }: Desk, request: IncomingMessage, socket: Duplex, open: (caller: Caller) => void): void {
  const { searchParams } = addressOf(request)
  if (searchParams.has('token') || searchParams.has('access_token')) {
    const detail = 'A token does not belong into an address: send it with connection_init, or take a ticket.'
    return refuseUpgrade(socket, 'invalid-request', detail)
  }
  // Whoever goes meanwhile takes nothing down with it.
  socket.on('error', () => {})
  callerOfUpgrade(services, request, searchParams.get('ticket')).then(
    (shown) => {
      if (isRefused(shown)) return refuseUpgrade(socket, 'unauthenticated', shown.refused)
      const byCookie = shown.via === 'session' || shown.via === 'guest'
      if (byCookie && request.headers.authorization === undefined && !isTrustedPage(services.whosePage, request)) {
        return refuseUpgrade(socket, 'forbidden', 'With a cookie, it has to come from a page of this server (Origin).')
      }
      open(shown)
    },
    () => refuseUpgrade(socket, 'unavailable', 'It cannot be told now who asks: try again in a moment.'),
  )
}

function extraOf({ services }: Desk, request: IncomingMessage, line: WebSocket, first: Caller): Extra {
  let caller = first
  const whence = { address: services.addressOf(request), agent: request.headers['user-agent'] }
  const carrier = { lifetimeMs: undefined, onEnded: (cause: CloseCause) => endFor(line, cause) }
  return {
    under: new Map(),
    contextOf: () => ({ services, caller, actor: undefined, whence, carrier }),
    async show(token) {
      const shown = await services.access.callerOf({ authorization: token })
      if (isRefused(shown)) return false
      caller = shown
      return true
    },
  }
}

function open(desk: Desk, protocol: Server<Extra>, line: WebSocket, extra: Extra): void {
  // What is wrong with a message is said by the close code that follows.
  line.on('error', () => {})
  const mayCome = createRate()
  let hear: (text: string) => Promise<void> = async () => {}
  const closed = protocol.opened(
    {
      protocol: line.protocol,
      // Resolves when the network has taken it: until then the next event is not asked for.
      send: (text) => new Promise((sent, failed) => line.send(text, (error) => (error ? failed(error) : sent()))),
      close: (code, reason) => end(line, code ?? BAD_REQUEST, reason ?? ''),
      onMessage: (heard) => void (hear = heard),
    },
    extra,
  )
  line.on('message', (data: Buffer, isBinary) => {
    if (!mayCome()) return end(line, LATER, 'too many messages')
    if (isBinary) return end(line, BAD_REQUEST, 'messages are text')
    const text = data.toString()
    if (hasTwinsWithin(text)) return end(line, BAD_REQUEST, TWIN_MEMBERS)
    hear(text).catch((error: unknown) => {
      // Who is gone cannot be sent anything, and that is no trouble of ours.
      if (line.readyState !== line.OPEN) return
      desk.services.log.error({ err: error }, 'a subscription failed')
      end(line, LATER, 'something went wrong')
    })
  })
  const stop = keepAlive(line)
  line.once('close', (code, reason) => {
    stop()
    void closed(code, reason.toString())
  })
}

/** A bucket of messages that fills by the second. */
function createRate(): () => boolean {
  let left = MESSAGES_AT_ONCE
  let countedAtMs = performance.now()
  return () => {
    const nowMs = performance.now()
    left = Math.min(MESSAGES_AT_ONCE, left + ((nowMs - countedAtMs) * MESSAGES_PER_SECOND) / 1_000)
    countedAtMs = nowMs
    return (left -= 1) >= 0
  }
}

function keepAlive(line: WebSocket): () => void {
  let answered = true
  line.on('pong', () => (answered = true))
  const timer = setInterval(() => {
    if (!answered) return line.terminate()
    answered = false
    line.ping()
  }, PING_EVERY_MS)
  return () => clearInterval(timer)
}

function protocolOver(desk: Desk): Server<Extra> {
  const shown = (errors: readonly GraphQLError[]) => errors.map((error) => shownError(error, desk.services.log))
  return makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: INIT_WITHIN_MS,
    jsonMessageReviver: refusePrototypes,
    onConnect({ connectionParams: { authorization } = {}, extra }) {
      return typeof authorization === 'string' ? extra.show(authorization) : true
    },
    onSubscribe(socket, id, payload) {
      const { under, contextOf } = socket.extra
      const asked = askedOver(payload)
      if (typeof asked === 'string') return [problemError('invalid-request', asked)]
      const context = contextOf()
      if (desk.services.access.isOver(context.caller)) return [problemError('unauthenticated', 'Sign in again.')]
      // This one is among them already, and those that were completed are not.
      const isTooMany = Object.keys(socket.subscriptions).length > SUBSCRIPTIONS_MAX
      const accepted = !isTooMany ? accept(desk, asked, context) : [tooMany()]
      if (!('operation' in accepted)) return accepted
      if (accepted.operation.kind !== OperationTypeNode.SUBSCRIPTION) return [notHere()]
      under.set(id, { ...accepted, variables: asked.variables })
      const { document, name } = accepted.operation
      return { document, operationName: name, contextValue: { id, extra: socket.extra } } as unknown as ExecutionArgs
    },
    subscribe(args) {
      const { id, extra } = args.contextValue as { readonly id: string; readonly extra: Extra }
      const accepted = extra.under.get(id)
      if (!accepted) throw new Error('broken promise: an operation that was accepted')
      return follow(desk, accepted, extra.contextOf, accepted.variables) as never
    },
    onNext: (_socket, _id, _payload, _args, result) => result,
    onError: (_socket, _id, _payload, errors) => shown(errors),
    onComplete: (socket, id) => void socket.extra.under.delete(id),
  })
}

/** As the bodies of HTTP: who names what objects are made of wants something else than GraphQL. */
function refusePrototypes(key: string, value: unknown): unknown {
  const poisons = typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')
  if (key === '__proto__' || (key === 'constructor' && poisons)) throw new Error('a prototype is no member')
  return value
}

/** What a message asks for. Its `query` may be empty, where `extensions` has the hash of a registered operation. */
function askedOver(payload: object): Asked | string {
  if (ESCAPED_ZERO_BYTE.test(JSON.stringify(payload))) return ZERO_BYTE
  return askedBy(payload)
}

const tooMany = () =>
  problemError(
    'too-many-requests',
    `One line carries ${SUBSCRIPTIONS_MAX} subscriptions: open another, or complete one.`,
  )

const notHere = () => problemError('invalid-request', 'Queries and mutations go over HTTP: POST /graphql.')
