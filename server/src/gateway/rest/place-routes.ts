import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { ChannelRequest, LocationRequest } from '@cellarhand/protocol/place'
import { Position, Slug } from '@cellarhand/protocol/primitives'
import { putChannel, putLocation, SettingsError } from '../../stock/stock.ts'
import type { Services } from '../services.ts'
import { onRecord } from './caller.ts'
import { described } from './openapi.ts'
import { sendProblem } from './problems.ts'
import { readHeaders } from './read.ts'

const Id = Type.Object({ id: Slug })
type Id = Static<typeof Id>
const again = 'Done again it changes nothing.'

/** Where bottles stand, and where they are sold. */
export function registerPlaceRoutes(app: FastifyInstance, services: Services): void {
  app.put<{ Params: Id; Body: LocationRequest }>(
    '/v1/locations/:id',
    {
      schema: described('places', 'Make or change a location', {
        id: 'putLocation',
        description: `Its owner and its duty status stay as long as bottles stand there, or are on their way. ${again}`,
        params: Id,
        body: LocationRequest,
        answers: { 200: Type.Object({ id: Slug, ...LocationRequest.properties, position: Position }) },
        refusals: ['invalid-setting'],
      }),
    },
    (request, reply) => put(services, request, reply, (place) => putLocation(services.pool, place)),
  )
  app.put<{ Params: Id; Body: ChannelRequest }>(
    '/v1/channels/:id',
    {
      schema: described('places', 'Make or change a channel', {
        id: 'putChannel',
        description: `Its offers are shown as they are then, all at once. Its currency stays once it has prices. ${again}`,
        params: Id,
        body: ChannelRequest,
        answers: { 200: Type.Object({ id: Slug, ...ChannelRequest.properties, position: Position }) },
        refusals: ['invalid-setting'],
      }),
    },
    (request, reply) => put(services, request, reply, (channel) => putChannel(services.pool, channel)),
  )
}

/** Makes a change of a setting, and answers with what it is then, or with why it cannot be. */
async function put<Body extends object>(
  services: Services,
  request: FastifyRequest<{ Params: Id; Body: Body }>,
  reply: FastifyReply,
  make: (what: Body & Id) => Promise<void>,
): Promise<FastifyReply> {
  const what: Body & Id = Object.assign({ id: request.params.id }, request.body as Body)
  try {
    await make(what)
  } catch (error) {
    if (error instanceof SettingsError) return sendProblem(reply, 'invalid-setting', error.message)
    throw error
  }
  await onRecord(services.pool, request, { target: request.params.id, detail: { ...what } })
  return reply.send({ ...what, position: readHeaders(services, reply) })
}
