import type { FastifyInstance, FastifyReply } from 'fastify'
import {
  Session,
  SessionRequest,
  StartedSession,
  Ticket,
  type Session as SessionShape,
} from '@cellarhand/protocol/access'
import { cookieNames, GUEST_PREFIX, makeTicket, TICKET_S, type Caller } from '../../access/access.ts'
import { cookieText } from '../cookies.ts'
import { described } from './openapi.ts'
import type { Services } from '../services.ts'

/** Who asks: as a guest from now on, as the server sees them, no more; and passes to the feed. */
export function registerSessionRoutes(app: FastifyInstance, services: Services): void {
  registerStart(app, services)
  app.get(
    '/v1/session',
    {
      schema: described('access', 'Who asks', {
        id: 'getSession',
        description: 'As the server sees whoever sends this: by cookie, token or key.',
        answers: { 200: Session },
      }),
    },
    (request, reply) => privately(reply).send(shownOf(request.caller)),
  )
  app.post(
    '/v1/feed-tickets',
    {
      schema: described('access', 'A pass to the feed', {
        id: 'takeTicket',
        description:
          'Opens one connection, `wss://…/v1/feed?ticket=…`, as whoever took it: for browsers, which can send a WebSocket no header. Whoever has a session’s cookie needs none.',
        answers: { 201: Ticket },
      }),
    },
    async (request, reply) => {
      const ticket = await makeTicket(services.pool, request.caller)
      return privately(reply).code(201).send({ ticket, expiresInSeconds: TICKET_S })
    },
  )
}

function registerStart(app: FastifyInstance, services: Services): void {
  app.post<{ Body: SessionRequest | null }>(
    '/v1/session',
    {
      schema: described('access', 'Begin a guest session', {
        id: 'startSession',
        description:
          'A stranger may look around. To hold bottles they have to be told apart from other strangers: as a guest, by a cookie or, for programs, by a token. Whoever is a guest, or has signed in, stays who they are.',
        optionalBody: SessionRequest,
        answers: { 200: StartedSession, 201: StartedSession },
      }),
    },
    (request, reply) => {
      const { caller } = request
      if (caller.via !== 'none') return privately(reply).send(shownOf(caller))
      const { caller: guest, token } = services.access.guests.begin()
      const maxAgeS = Math.floor(((guest.expiresAtMs ?? 0) - guest.issuedAtMs) / 1_000)
      privately(reply).code(201)
      if (request.body?.as === 'token') return reply.send({ ...shownOf(guest), token: `${GUEST_PREFIX}${token}` })
      return reply.header('set-cookie', cookieText(cookieNames.guest, token, maxAgeS)).send(shownOf(guest))
    },
  )
}

/** What is of one caller is kept by no cache. */
export const privately = (reply: FastifyReply): FastifyReply => reply.header('cache-control', 'no-store')

const kinds = {
  open: 'local',
  none: 'nobody',
  guest: 'guest',
} as const

function shownOf(caller: Caller): SessionShape {
  const { subject, name, roles, locations, customers, expiresAtMs, via } = caller
  const kind =
    via in kinds
      ? kinds[via as keyof typeof kinds]
      : subject.startsWith('user:')
        ? 'user'
        : subject.startsWith('guest:')
          ? 'guest'
          : 'machine'
  return {
    subject,
    name,
    kind,
    roles: [...roles],
    ...(locations === undefined ? {} : { locations: [...locations] }),
    ...(customers[0] === undefined ? {} : { customer: customers[0] }),
    ...(expiresAtMs === undefined ? {} : { expiresAt: new Date(expiresAtMs).toISOString() }),
  }
}
