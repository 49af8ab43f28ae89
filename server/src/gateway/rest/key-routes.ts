import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import { AuditRecord, Key, KeyRequest, MadeKey } from '@cellarhand/protocol/access'
import { listKeys, makeKey, readAudit, revoke, revokeKey } from '../../access/access.ts'
import { systemIds } from '../../platform/ids.ts'
import { withTransaction } from '../../platform/postgres/database.ts'
import type { Services } from '../services.ts'
import { onRecord } from './caller.ts'
import { described } from './openapi.ts'
import { sendProblem } from './problems.ts'
import { badCursor, limitOf, plainListOf, plainPage } from './read.ts'
import { privately } from './session-routes.ts'
import { noLocation, unknownLocation } from './user-routes.ts'

const Id = Type.Object({ id: Type.String({ pattern: '^[0-9a-f-]{1,64}$' }) })
const AuditQuery = Type.Object(
  {
    ...plainPage,
    subject: Type.Optional(Type.String({ minLength: 1, maxLength: 120, description: 'only what they did' })),
    target: Type.Optional(Type.String({ minLength: 1, maxLength: 120, description: 'only what was about it' })),
  },
  { additionalProperties: false },
)

/** Keys of tills, scanners and services, and what was done by whom. */
export function registerKeyRoutes(app: FastifyInstance, services: Services): void {
  registerKeys(app, services)
  registerRevoking(app, services)
  registerAudit(app, services)
}

function registerKeys(app: FastifyInstance, services: Services): void {
  app.get(
    '/v1/keys',
    {
      schema: described('access', 'Keys', {
        id: 'listKeys',
        description:
          'Of tills, scanners and services, the newest first, without the keys themselves. Those that ended stay on record.',
        answers: { 200: plainListOf(Key) },
      }),
    },
    async (_request, reply) => privately(reply).send({ items: await listKeys(services.pool) }),
  )
  app.post<{ Body: KeyRequest }>(
    '/v1/keys',
    {
      schema: described('access', 'Make a key', {
        id: 'makeKey',
        description:
          'For what cannot sign in. The answer has the key, and nothing else ever shows it: what is kept is a hash.',
        body: KeyRequest,
        answers: { 201: MadeKey },
        refusals: ['unknown-location'],
      }),
    },
    async (request, reply) => {
      const { name, roles, locations, expiresAt } = request.body
      const unknown = unknownLocation(services, locations)
      if (unknown !== undefined) return noLocation(reply, unknown)
      const expiresAtMs = expiresAt === undefined ? undefined : Date.parse(expiresAt)
      const made = await withTransaction(services.pool, async (client) => {
        const wanted = { name, roles, locations, expiresAtMs }
        const key = await makeKey(client, wanted, { ...systemIds, madeBy: request.caller.subject })
        await onRecord(client, request, { target: `key:${key.id}`, detail: { roles, locations } })
        return key
      })
      return privately(reply).code(201).send(made)
    },
  )
}

function registerRevoking(app: FastifyInstance, services: Services): void {
  app.delete<{ Params: Static<typeof Id> }>(
    '/v1/keys/:id',
    {
      schema: described('access', 'Revoke a key', {
        id: 'revokeKey',
        description: 'Within seconds nobody comes in with it, and who did loses the feed.',
        params: Id,
        answers: { 204: Type.Null() },
        refusals: ['not-found'],
      }),
    },
    async (request, reply) => {
      const { id } = request.params
      const revoked = await withTransaction(services.pool, async (client) => {
        if (!(await revokeKey(client, id))) return false
        await revoke(client, `key:${id}`)
        await onRecord(client, request, { target: `key:${id}` })
        return true
      })
      if (!revoked) return sendProblem(reply, 'not-found', `There is no key ${id} that could be revoked.`)
      return reply.code(204).send()
    },
  )
}

function registerAudit(app: FastifyInstance, services: Services): void {
  app.get<{ Querystring: Static<typeof AuditQuery> }>(
    '/v1/audit',
    {
      schema: described('access', 'Who did what', {
        id: 'listAudit',
        description:
          'Refusals, sign-ins and administration, the newest first. What changed stock is in the journal, with who did it.',
        query: AuditQuery,
        answers: { 200: plainListOf(AuditRecord) },
      }),
    },
    async (request, reply) => {
      const { cursor, limit, ...of } = request.query
      if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) return badCursor(reply)
      const before = cursor === undefined ? {} : { before: Number(cursor) }
      const page = await readAudit(services.pool, { ...of, ...before, limit: limitOf(limit) })
      const next = page.next === undefined ? {} : { next: String(page.next) }
      return privately(reply).send({ items: page.items, ...next })
    },
  )
}
