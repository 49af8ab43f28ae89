import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { BlockRequest, ClearRequest, Party, Suspicion } from '@cellarhand/protocol/suspicion'
import { writeSigns, type Sign, type Suspicion as Suspected } from '../../conduct/conduct.ts'
import { withTransaction } from '../../platform/postgres/database.ts'
import type { Services } from '../services.ts'
import { onRecord } from './caller.ts'
import { described } from './openapi.ts'
import { limitOf, plainListOf, plainPage } from './read.ts'
import { privately } from './session-routes.ts'

const Params = Type.Object({ party: Party })
type Params = Static<typeof Params>
const Query = Type.Object({ limit: plainPage.limit }, { additionalProperties: false })

const HOUR_MS = 3_600_000

/** Who holds bottles and does not buy them: seen by staff, and cleared or blocked by who administers. */
export function registerSuspicionRoutes(app: FastifyInstance, services: Services): void {
  app.get<{ Querystring: Static<typeof Query> }>(
    '/v1/suspicions',
    {
      schema: described('access', 'Who is suspected of hoarding', {
        id: 'listSuspicions',
        description:
          'Customers, guests and addresses that hold bottles and do not buy them, the worst first, and why; those who are blocked too. What is done about it stands in docs/accounts.md.',
        query: Query,
        answers: { 200: plainListOf(Suspicion) },
      }),
    },
    (request, reply) => {
      const items = services.conduct.suspicions().slice(0, limitOf(request.query.limit))
      return privately(reply).send({ items: items.map(shownOf) })
    },
  )
  registerDecisions(app, services)
}

function registerDecisions(app: FastifyInstance, services: Services): void {
  app.post<{ Params: Params; Body: ClearRequest }>(
    '/v1/suspicions/:party/clear',
    {
      schema: described('access', 'Clear somebody', {
        id: 'clearSuspicion',
        description:
          'All that was counted against them is forgotten, and a block ends: in every process within seconds.',
        params: Params,
        body: ClearRequest,
        answers: { 200: Suspicion },
      }),
    },
    async (request, reply) => {
      const { party } = request.params
      const decided = await decide(services, request, { party, kind: 'cleared', atMs: Date.now() })
      return privately(reply).send(decided)
    },
  )
  app.post<{ Params: Params; Body: BlockRequest }>(
    '/v1/suspicions/:party/block',
    {
      schema: described('access', 'Let somebody hold nothing', {
        id: 'blockSuspicion',
        description:
          'For some hours, in every process within seconds. They may look around, and confirm what they hold. An address is blocked for all who come from it.',
        params: Params,
        body: BlockRequest,
        answers: { 200: Suspicion },
      }),
    },
    async (request, reply) => {
      const { party } = request.params
      const atMs = Date.now()
      const sign: Sign = { party, kind: 'blocked', atMs, untilMs: atMs + request.body.hours * HOUR_MS }
      return privately(reply).send(await decide(services, request, sign))
    },
  )
}

/** What is decided is on record with its reason, and counts here at once. */
async function decide(
  { pool, conduct }: Services,
  request: FastifyRequest<{ Body: ClearRequest | BlockRequest }>,
  sign: Sign,
): Promise<Static<typeof Suspicion>> {
  const before = conduct.look(sign.party)
  const { score, verdict } = before
  await withTransaction(pool, async (client) => {
    await writeSigns(client, [sign])
    await onRecord(client, request, { target: sign.party, detail: { ...request.body, score, verdict } })
  })
  conduct.decided(sign)
  return shownOf(conduct.look(sign.party))
}

function shownOf({ network, blockedUntilMs, reasons, ...rest }: Suspected): Static<typeof Suspicion> {
  return {
    ...rest,
    reasons: reasons.map(({ atMs, ...reason }) => ({ ...reason, at: new Date(atMs).toISOString() })),
    ...(network === undefined ? {} : { network }),
    ...(blockedUntilMs === undefined ? {} : { blockedUntil: new Date(blockedUntilMs).toISOString() }),
  }
}
