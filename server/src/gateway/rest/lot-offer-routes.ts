import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { LotOffer, LotOfferRequest, LotWithdrawRequest } from '@cellarhand/protocol/lot'
import { Repack } from '@cellarhand/protocol/repack'
import { Sku } from '@cellarhand/protocol/primitives'
import { isLot, putLotOffer, readLotOffers, SettingsError, type Refusal } from '../../stock/stock.ts'
import { described } from './openapi.ts'
import { placeHeaders, sendProblem } from './problems.ts'
import { listOf, readHeaders, ReadQuery, reached } from './read.ts'
import { NOT_IN_A_BATCH } from '../act.ts'
import type { Services } from '../services.ts'
import { headersProblem, submit, WriteHeaders } from './write.ts'

const path = '/v1/lot-offers'
const SkuParam = Type.Object({ sku: Sku })
type SkuParam = Static<typeof SkuParam>

/** Lots that are sold by themselves, each as a SKU of its own: fine wine of which the case matters. */
export function registerLotOfferRoutes(app: FastifyInstance, services: Services): void {
  registerOffer(app, services)
  registerWithdraw(app, services)
  registerReads(app, services)
}

function registerOffer(app: FastifyInstance, services: Services): void {
  app.post<{ Body: Static<typeof LotOfferRequest> }>(
    path,
    {
      schema: described('stock', 'Sell a lot by itself', {
        id: 'offerLot',
        description:
          'Its bottles stand under a SKU of their own from now on, `as`, which is made as a copy of theirs where there is none: so they have a price, offers, holds and reports of their own, and a hold of `sku` never gets them. Nothing is opened: an original case stays one. No more than are available. A lot is sold as one SKU; more of its bottles may come to it later, from any location.',
        headers: WriteHeaders,
        body: LotOfferRequest,
        answers: { 201: Repack },
        refusals: [
          'insufficient-stock',
          'not-in-lot',
          'invalid-lot-offer',
          'unknown-sku',
          'is-a-bundle',
          'unknown-location',
          'quantity-overflow',
        ],
      }),
    },
    async (request, reply) => {
      const { sku, lot, as, ...body } = request.body
      const refusal =
        headersProblem(request) ?? (await unfit(services, request.body)) ?? (await offer(services, request.body))
      if (refusal) return refuse(services, reply, refusal)
      const contents = await services.catalogue.contentsOf([sku, as])
      return submit(services, request, reply, { kind: 'relabel', sku, as, lot, ...body, contents })
    },
  )
}

/** Why a lot cannot be sold as what is asked for, as far as that is known before anything is changed. */
async function unfit(
  { catalogue, pool, replica }: Services,
  { sku, lot, as, location }: Static<typeof LotOfferRequest>,
): Promise<Refusal | undefined> {
  const contents = await catalogue.contentsOf([sku, as])
  const [its, theirs] = [sku, as].map((name) => contents.find((one) => one.sku === name))
  if (!its) return { slug: 'unknown-sku', detail: `There is no SKU ${sku}. Import it first.`, members: { sku } }
  if (!replica.settings().locations.some(({ id }) => id === location)) {
    return { slug: 'unknown-location', detail: `There is no location ${location}.` }
  }
  if (!(await isLot(pool, sku, lot))) {
    return { slug: 'not-in-lot', detail: `There is no lot ${lot} of ${sku}.`, members: { sku, lot, there: 0 } }
  }
  if (!theirs || JSON.stringify({ ...its, sku: as }) === JSON.stringify(theirs)) return undefined
  return {
    slug: 'invalid-lot-offer',
    detail: `One of ${sku} does not hold what one of ${as} does.`,
    members: { sku: as },
  }
}

/** Makes the SKU and says what it is; done again it changes nothing. Or says why it cannot be. */
async function offer(
  { catalogue, pool, replica }: Services,
  { sku: of, lot, as }: Static<typeof LotOfferRequest>,
): Promise<Refusal | undefined> {
  try {
    await putLotOffer(pool, as, { of, lot })
  } catch (error) {
    if (error instanceof SettingsError)
      return { slug: 'invalid-lot-offer', detail: error.message, members: { sku: as } }
    throw error
  }
  await catalogue.copySku(of, as)
  replica.hint()
  return undefined
}

function refuse({ replica }: Services, reply: FastifyReply, { slug, detail, members }: Refusal): FastifyReply {
  placeHeaders(reply, { position: replica.position(), index: NOT_IN_A_BATCH })
  return sendProblem(reply, slug, detail, members)
}

function registerWithdraw(app: FastifyInstance, services: Services): void {
  app.post<{ Params: SkuParam; Body: Static<typeof LotWithdrawRequest> }>(
    `${path}/:sku/withdraw`,
    {
      schema: described('stock', 'Sell bottles of a lot with the others again', {
        id: 'withdrawLot',
        description:
          'Bottles that are available there stand under the SKU again that they are a lot of, and are of the same lot. The lot can be offered again.',
        headers: WriteHeaders,
        params: SkuParam,
        body: LotWithdrawRequest,
        answers: { 201: Repack },
        refusals: ['not-found', 'insufficient-stock', 'invalid-lot-offer', 'unknown-location', 'quantity-overflow'],
      }),
    },
    async (request, reply) => {
      const { sku } = request.params
      const problem = headersProblem(request)
      if (problem) return refuse(services, reply, problem)
      const [sold] = (await readLotOffers(services.pool, sku)).value
      if (!sold) return refuse(services, reply, unknownOffer(sku))
      const contents = await services.catalogue.contentsOf([sku, sold.of])
      return submit(services, request, reply, { kind: 'relabel', sku, as: sold.of, ...request.body, contents })
    },
  )
}

function unknownOffer(sku: string): Refusal {
  return { slug: 'not-found', detail: `No lot is sold as ${sku}.` }
}

function registerReads(app: FastifyInstance, services: Services): void {
  app.get<{ Querystring: Static<typeof ReadQuery> }>(
    path,
    {
      schema: described('stock', 'Lots that are sold by themselves', {
        id: 'listLotOffers',
        description: 'All of them, in the order of the SKU they are sold as, with what is known of each.',
        query: ReadQuery,
        answers: { 200: listOf(Type.Omit(LotOffer, ['position'])) },
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const { value: items, position } = await readLotOffers(services.pool)
      return reply.send({ items, position: readHeaders(services, reply, position) })
    },
  )
  app.get<{ Params: SkuParam; Querystring: Static<typeof ReadQuery> }>(
    `${path}/:sku`,
    {
      schema: described('stock', 'A lot that is sold by itself', {
        id: 'getLotOffer',
        description: 'By the SKU it is sold as, whose price, offers and levels are its own.',
        params: SkuParam,
        query: ReadQuery,
        answers: { 200: LotOffer },
        refusals: ['not-found'],
      }),
    },
    (request, reply) => getOne(services, request, reply),
  )
}

async function getOne(
  services: Services,
  request: FastifyRequest<{ Params: SkuParam; Querystring: Static<typeof ReadQuery> }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (!(await reached(services, request, reply))) return reply
  const { sku } = request.params
  const { value, position } = await readLotOffers(services.pool, sku)
  const at = readHeaders(services, reply, position)
  const [found] = value
  if (!found) return refuse(services, reply, unknownOffer(sku))
  return reply.send({ ...found, position: at })
}
