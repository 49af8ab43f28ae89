import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { MadeUser, PasswordRequest, User, UserChangeRequest, UserRequest } from '@cellarhand/protocol/access'
import { Uuid } from '@cellarhand/protocol/primitives'
import {
  changeUser,
  endGrantsOf,
  hasUserOf,
  lockUsers,
  listUsers,
  makeUser,
  newPassword,
  passwordProblem,
  readUser,
  revoke,
  setPassword,
  signIn,
  type NewPassword,
  type User as UserShape,
} from '../../access/access.ts'
import { systemIds } from '../../platform/ids.ts'
import { withTransaction } from '../../platform/postgres/database.ts'
import type { Services } from '../services.ts'
import { onRecord } from './caller.ts'
import { described } from './openapi.ts'
import { sendProblem } from './problems.ts'
import { badCursor, limitOf, plainPage, plainListOf } from './read.ts'
import { privately } from './session-routes.ts'

const Id = Type.Object({ id: Uuid })
type Id = Static<typeof Id>
const UsersQuery = Type.Object(plainPage, { additionalProperties: false })

/** People with an account, where this server keeps them itself. */
export function registerUserRoutes(app: FastifyInstance, services: Services): void {
  registerMaking(app, services)
  registerChanges(app, services)
  registerPassword(app, services)
}

function registerMaking(app: FastifyInstance, services: Services): void {
  app.get<{ Querystring: Static<typeof UsersQuery> }>(
    '/v1/users',
    {
      schema: described('access', 'People with an account', {
        id: 'listUsers',
        description: 'By their address. Those that were erased are not among them.',
        query: UsersQuery,
        answers: { 200: plainListOf(User) },
      }),
    },
    async (request, reply) => {
      const { cursor, limit } = request.query
      if (cursor !== undefined && !isEmail.test(cursor)) return badCursor(reply)
      return privately(reply).send(await listUsers(services.pool, { after: cursor, limit: limitOf(limit) }))
    },
  )
  app.post<{ Body: UserRequest }>(
    '/v1/users',
    {
      schema: described('access', 'Make somebody an account', {
        id: 'makeUser',
        description: 'With a password to be used once, which the answer has and nothing else ever shows.',
        body: UserRequest,
        answers: { 201: MadeUser },
        refusals: ['email-taken', 'unknown-location'],
      }),
    },
    async (request, reply) => {
      const unknown = unknownLocation(services, request.body.locations)
      if (unknown !== undefined) return noLocation(reply, unknown)
      const password = await newPassword()
      const made = await withTransaction(services.pool, async (client) => {
        const outcome = await makeUser(client, { ...request.body, password }, systemIds)
        if (outcome === 'taken') return outcome
        const { id, roles } = outcome.user
        await onRecord(client, request, { target: `user:${id}`, detail: { roles } })
        return outcome
      })
      if (made === 'taken') return sendProblem(reply, 'email-taken', 'Somebody has an account under this address.')
      const { user, oncePassword } = made
      return privately(reply)
        .code(201)
        .send({ ...user, oncePassword })
    },
  )
}

function registerChanges(app: FastifyInstance, services: Services): void {
  app.patch<{ Params: Id; Body: UserChangeRequest }>(
    '/v1/users/:id',
    {
      schema: described('access', 'Change somebody’s account', {
        id: 'changeUser',
        description:
          'What they were given before counts no more, within seconds and wherever they are: they go on with what they may do now, or are signed out.',
        params: Id,
        body: UserChangeRequest,
        answers: { 200: MadeUser },
        refusals: ['not-found', 'unknown-location', 'invalid-setting'],
      }),
    },
    async (request, reply) => {
      const { id } = request.params
      const unknown = unknownLocation(services, request.body.locations ?? undefined)
      if (unknown !== undefined) return noLocation(reply, unknown)
      const password = request.body.resetPassword ? await newPassword() : undefined
      const changed = await withTransaction(services.pool, (client) => change(client, request, password)).catch(
        (error: unknown) => {
          if (error instanceof NoAdminLeft) return 'no-admin-left' as const
          throw error
        },
      )
      if (changed === 'no-admin-left') {
        return sendProblem(
          reply,
          'invalid-setting',
          'Nobody would be left who administers: make somebody else admin first.',
        )
      }
      if (!changed) return sendProblem(reply, 'not-found', `There is nobody of the id ${id}.`)
      return privately(reply).send(changed)
    },
  )
}

/** Undoes a change after which nobody could make another. */
class NoAdminLeft extends Error {}

async function change(
  client: Parameters<typeof lockUsers>[0],
  request: FastifyRequest<{ Params: Id; Body: UserChangeRequest }>,
  password: NewPassword | undefined,
): Promise<(UserShape & { oncePassword?: string }) | undefined> {
  const { id } = request.params
  const { resetPassword, ...wanted } = request.body
  await lockUsers(client)
  const had = await hasUserOf(client, 'admin')
  const user = await changeUser(client, id, wanted)
  if (!user) return undefined
  if (had && !(await hasUserOf(client, 'admin'))) throw new NoAdminLeft()
  if (password) await setPassword(client, id, password)
  // Who keeps the password signs in again by themselves, as what they are from now on.
  if (password || wanted.disabled) await endGrantsOf(client, id)
  else await revoke(client, `user:${id}`)
  // What people are called is no part of the record.
  const { roles, locations, disabled } = request.body
  await onRecord(client, request, { target: `user:${id}`, detail: { roles, locations, disabled, resetPassword } })
  return { ...user, ...(password?.once === undefined ? {} : { passwordOnce: true, oncePassword: password.once }) }
}

function registerPassword(app: FastifyInstance, services: Services): void {
  const { pool } = services
  app.post<{ Body: PasswordRequest }>(
    '/v1/password',
    {
      schema: described('access', 'Change one’s own password', {
        id: 'changePassword',
        description: 'All sessions end, this one too: one signs in again with the new one.',
        body: PasswordRequest,
        answers: { 204: Type.Null() },
        refusals: ['wrong-password', 'unprocessable'],
      }),
    },
    async (request, reply) => {
      const { current, password } = request.body
      const id = request.caller.subject.replace(/^user:/, '')
      const user = isUuid.test(id) ? await readUser(pool, id) : undefined
      if (user?.email === undefined) {
        return sendProblem(reply, 'wrong-password', 'This account has no password here: it is kept elsewhere.')
      }
      const tried = await signIn(pool, user.email, current)
      if (tried.kind !== 'in') return sendProblem(reply, 'wrong-password', 'That is not the password it was.')
      const problem = passwordProblem(password, [user.name, ...user.email.split('@')])
      if (problem !== undefined) return sendProblem(reply, 'unprocessable', problem)
      const kept = await newPassword(password)
      await withTransaction(pool, async (client) => {
        await setPassword(client, id, kept)
        await endGrantsOf(client, id)
        await onRecord(client, request, { target: `user:${id}` })
      })
      return privately(reply).code(204).send()
    },
  )
}

/** `next` is the address that a page ended with; none has a second `@`, a blank or more characters than an address may have. */
const isEmail = /^[^\s@]{1,64}@[^\s@]{1,189}$/
const isUuid = /^[0-9a-f-]{36}$/

/** A location that people are limited to, and that there is none of. */
export function unknownLocation(
  { replica }: Pick<Services, 'replica'>,
  locations: readonly string[] | undefined,
): string | undefined {
  return locations?.find((id) => !replica.settings().locations.some((known) => known.id === id))
}

export const noLocation = (reply: FastifyReply, id: string): FastifyReply =>
  sendProblem(reply, 'unknown-location', `There is no location ${id}.`)
