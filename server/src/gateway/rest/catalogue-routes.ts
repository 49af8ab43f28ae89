import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { Wine, WineList } from '@cellarhand/protocol/catalogue'
import { Offer } from '@cellarhand/protocol/offer'
import { ChannelId, Position, Sku } from '@cellarhand/protocol/primitives'
import { DEFAULT_CHANNEL } from '../default-channel.ts'
import { described } from './openapi.ts'
import { sendProblem } from './problems.ts'
import { badCursor, limitOf, listOf, pageQuery, readHeaders, reached, ReadQuery } from './read.ts'
import type { Services } from '../services.ts'
import { sendAsOf, sendSame } from './validated.ts'
import { wineQuery, WinesQuery } from './wine-query.ts'

/** SKUs one read of offers may list: what a URL of 8 KB holds. */
const OFFER_SKUS_MAX = 500

const OffersQuery = Type.Object(
  {
    ...pageQuery,
    // The SKU that the page before ended with.
    cursor: Type.Optional({ ...Sku, description: '`next` of the page before' }),
    channel: Type.Optional(ChannelId),
    sku: Type.Optional(
      Type.String({ pattern: '^[A-Za-z0-9._,-]{1,33000}$', description: 'SKU codes, with commas between' }),
    ),
  },
  { additionalProperties: false },
)
const OfferQuery = Type.Object(
  { minPosition: ReadQuery.properties.minPosition, channel: Type.Optional(ChannelId) },
  { additionalProperties: false },
)
const SkuParam = Type.Object({ sku: Sku })
const WineParam = Type.Object({ id: Type.String({ minLength: 1, maxLength: 160 }) })
const ChannelItem = Type.Object({
  id: ChannelId,
  name: Type.String(),
  currency: Type.String(),
  duty: Type.String(),
  locations: Type.Array(Type.String()),
  showMax: Type.Integer(),
  lowAt: Type.Integer(),
})

/** Wines, offers, and where they are sold from. */
export function registerCatalogueRoutes(app: FastifyInstance, services: Services): void {
  registerWines(app, services)
  registerOffer(app, services)
  registerOfferList(app, services)
  registerPlaces(app, services)
}

function registerWines(app: FastifyInstance, services: Services): void {
  app.get<{ Querystring: WinesQuery }>(
    '/v1/wines',
    {
      schema: described('catalogue', 'Search wines', {
        id: 'searchWines',
        description:
          'Values of one filter are alternatives, filters narrow one another. With `facets=true` each facet is counted under all other filters. `price` is `from-to` in minor units of the channel’s currency.',
        query: WinesQuery,
        kept: true,
        answers: { 200: WineList },
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const query = wineQuery(request.query)
      if (typeof query === 'string') return sendProblem(reply, 'unprocessable', query)
      const page = await services.catalogue.searchWines(query)
      if (page.kind === 'bad-cursor') return badCursor(reply)
      const { items, total, next, facets, logPosition } = page
      const position = readHeaders(services, reply, logPosition)
      return sendAsOf(request, reply, { shown: { items, total, next, facets }, position })
    },
  )
  app.get<{ Params: Static<typeof WineParam>; Querystring: Static<typeof ReadQuery> }>(
    '/v1/wines/:id',
    {
      schema: described('catalogue', 'A wine with its SKUs', {
        id: 'getWine',
        description: 'All its vintages, formats and packs, whether they are in stock or not.',
        params: WineParam,
        query: ReadQuery,
        kept: true,
        answers: { 200: Type.Object({ ...Wine.properties, position: Position }) },
        refusals: ['not-found'],
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const found = await services.catalogue.getWine(request.params.id)
      const position = readHeaders(services, reply, found?.logPosition)
      if (!found) return sendProblem(reply, 'not-found', `There is no wine ${request.params.id}.`)
      return sendAsOf(request, reply, { shown: found.wine, position })
    },
  )
}

interface OfferRoute {
  Params: Static<typeof SkuParam>
  Querystring: Static<typeof OfferQuery>
}
type OfferRequest = FastifyRequest<OfferRoute>

function sendOffer(services: Services, request: OfferRequest, reply: FastifyReply): void {
  const { sku } = request.params
  const { channel = DEFAULT_CHANNEL } = request.query
  readHeaders(services, reply)
  const offer = services.replica.offerJson(sku, channel)
  if (offer === undefined) void sendProblem(reply, 'not-found', `${sku} is not offered in channel ${channel}.`)
  else sendSame(request, reply, offer)
}

function registerOffer(app: FastifyInstance, services: Services): void {
  app.get<OfferRoute>(
    '/v1/offers/:sku',
    {
      config: { compress: false },
      schema: described('catalogue', 'The offer of a SKU', {
        id: 'getOffer',
        description: 'Availability and price together, as of one position.',
        params: SkuParam,
        query: OfferQuery,
        kept: true,
        answers: { 200: Offer },
        refusals: ['not-found'],
      }),
    },
    // The read that is asked for most: without a promise where nothing has to be waited for.
    (request, reply) => {
      const { minPosition } = request.query
      const answer = () => sendOffer(services, request, reply)
      if (minPosition === undefined) answer()
      else
        void reached(services, request, reply).then(
          (isReached) => isReached && answer(),
          (error: unknown) => reply.send(error),
        )
    },
  )
}

function registerOfferList(app: FastifyInstance, services: Services): void {
  const { replica } = services
  app.get<{ Querystring: Static<typeof OffersQuery> }>(
    '/v1/offers',
    {
      schema: described('catalogue', 'Offers of a channel', {
        id: 'listOffers',
        description: 'In the order of SKU codes; with `sku` only those that are named and offered.',
        query: OffersQuery,
        kept: true,
        answers: { 200: listOf(Offer) },
        refusals: ['unknown-channel'],
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const { channel = DEFAULT_CHANNEL, sku, cursor, limit } = request.query
      const skus = sku?.split(',').filter((code) => code !== '')
      if (skus && skus.length > OFFER_SKUS_MAX) {
        return sendProblem(reply, 'unprocessable', `sku may list ${OFFER_SKUS_MAX} codes at most.`)
      }
      const position = readHeaders(services, reply)
      if (!replica.hasChannel(channel)) return sendProblem(reply, 'unknown-channel', `There is no channel ${channel}.`)
      const page = replica.offers({ channel, skus, after: cursor, limit: limitOf(limit) })
      return sendAsOf(request, reply, { shown: { items: page.items, next: page.next }, position })
    },
  )
}

function registerPlaces(app: FastifyInstance, services: Services): void {
  const { replica } = services
  app.get(
    '/v1/channels',
    {
      schema: described('catalogue', 'Channels: where it is sold', {
        id: 'listChannels',
        description: 'Each with its currency, its duty status and its locations in the order they are tried.',
        query: ReadQuery,
        kept: true,
        answers: { 200: listOf(ChannelItem) },
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      // Safety stock is the house's own business, and not shown.
      const items = replica.settings().channels.map(({ safetyStock: _hidden, ...shown }) => shown)
      return sendAsOf(request, reply, { shown: { items }, position: readHeaders(services, reply) })
    },
  )
  app.get(
    '/v1/locations',
    {
      schema: described('catalogue', 'Locations: where bottles stand', {
        id: 'listLocations',
        description: 'Each has one duty status and one owner.',
        query: ReadQuery,
        kept: true,
        answers: {
          200: listOf(
            Type.Object({
              id: ChannelId,
              name: Type.String(),
              kind: Type.String(),
              duty: Type.String(),
              owner: Type.String(),
            }),
          ),
        },
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const items = replica.settings().locations
      return sendAsOf(request, reply, { shown: { items }, position: readHeaders(services, reply) })
    },
  )
}
