import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { Recipe, RecipeRequest } from '@cellarhand/protocol/recipe'
import { Sku } from '@cellarhand/protocol/primitives'
import type { RecipeState } from '../../log/log.ts'
import { dropRecipe, putRecipe, SettingsError, type Refusal } from '../../stock/stock.ts'
import { described } from './openapi.ts'
import { placeHeaders, sendProblem } from './problems.ts'
import { listOf, readHeaders, ReadQuery, reached } from './read.ts'
import { NOT_IN_A_BATCH } from '../act.ts'
import type { Services } from '../services.ts'
import { headersProblem, WriteHeaders } from './write.ts'

const SkuParam = Type.Object({ sku: Sku })
type SkuParam = Static<typeof SkuParam>
type ReadQuery = Static<typeof ReadQuery>

/** How one kind of recipe is called. */
interface Named {
  readonly kind: RecipeState['kind']
  readonly path: string
  readonly one: string
  /** The names of its operations end in this. */
  readonly id: string
  readonly what: string
}

const kinds: readonly Named[] = [
  {
    kind: 'bundle',
    path: '/v1/bundles',
    one: 'bundle',
    id: 'Bundle',
    what: 'A bundle is priced, held and sold as a SKU, and stands nowhere: what is held and sold are its components.',
  },
  {
    kind: 'mixed_case',
    path: '/v1/mixed-cases',
    one: 'mixed case',
    id: 'MixedCase',
    what: 'A mixed case is packed by a repack and stands where it was packed: its recipe says what it holds.',
  },
]

const again = 'Done again it changes nothing, so its key is not remembered.'

/** Bundles and mixed cases: what SKUs are made of that are not bottles of one wine. */
export function registerRecipeRoutes(app: FastifyInstance, services: Services): void {
  for (const named of kinds) {
    registerPut(app, services, named)
    registerDelete(app, services, named)
    registerReads(app, services, named)
  }
}

function registerPut(app: FastifyInstance, services: Services, { kind, path, one, id, what }: Named): void {
  app.put<{ Params: SkuParam; Body: RecipeRequest }>(
    `${path}/:sku`,
    {
      schema: described('catalogue', `Say what a ${one} is made of`, {
        id: `put${id}`,
        description: `${what} Components are SKUs that are not made of others. ${again}`,
        headers: WriteHeaders,
        params: SkuParam,
        body: RecipeRequest,
        answers: { 200: Recipe },
        refusals: ['unknown-sku', 'invalid-recipe'],
      }),
    },
    async (request, reply) => {
      const { sku } = request.params
      const { components } = request.body
      const known = await services.catalogue.knownSkus([sku, ...components.map((component) => component.sku)])
      const unknown = [sku, ...components.map((component) => component.sku)].find((code) => !known.has(code))
      const seen = new Set<string>()
      const twice = components.find((component) => seen.size === seen.add(component.sku).size)
      return change(services, request, reply, async () => {
        if (unknown !== undefined) {
          const detail = `There is no SKU ${unknown}. Import it first.`
          return { slug: 'unknown-sku', detail, members: { sku: unknown } }
        }
        if (twice) return { slug: 'invalid-recipe', detail: `body/components name ${twice.sku} twice.` }
        const number = await putRecipe(services.pool, { sku, kind, components })
        return { body: { sku, components }, number }
      })
    },
  )
}

function registerDelete(app: FastifyInstance, services: Services, { kind, path, one, id }: Named): void {
  app.delete<{ Params: SkuParam }>(
    `${path}/:sku`,
    {
      schema: described('catalogue', `Forget what a ${one} is made of`, {
        id: `delete${id}`,
        description: 'The SKU is one like others again. What was held and sold of it stays as it is.',
        headers: WriteHeaders,
        params: SkuParam,
        answers: { 200: Type.Pick(Recipe, ['sku', 'position']) },
        refusals: ['not-found', 'invalid-recipe'],
      }),
    },
    (request, reply) => {
      const { sku } = request.params
      return change(services, request, reply, async () => {
        const number = await dropRecipe(services.pool, { sku, kind })
        if (number === undefined) return { slug: 'not-found', detail: `There is no ${one} ${sku}.` }
        return { body: { sku }, number }
      })
    },
  )
}

/** Makes a change of a recipe, and answers with what it is then, or with why it cannot be. */
async function change(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  make: () => Promise<Refusal | { readonly body: object; readonly number: number }>,
): Promise<FastifyReply> {
  const problem = headersProblem(request)
  if (problem) return sendProblem(reply, problem.slug, problem.detail)
  placeHeaders(reply, { position: services.replica.position(), index: NOT_IN_A_BATCH })
  const made = await make().catch((error: unknown): Refusal => {
    if (error instanceof SettingsError) return { slug: 'invalid-recipe', detail: error.message }
    throw error
  })
  if ('slug' in made) return sendProblem(reply, made.slug, made.detail, made.members)
  services.replica.hint()
  return reply.send({ ...made.body, position: readHeaders(services, reply, made.number) })
}

function registerReads(app: FastifyInstance, services: Services, { kind, path, one, id, what }: Named): void {
  const recipes = () => services.replica.settings().recipes.filter((recipe) => recipe.kind === kind)
  app.get<{ Params: SkuParam; Querystring: ReadQuery }>(
    `${path}/:sku`,
    {
      schema: described('catalogue', `What a ${one} is made of`, {
        id: `get${id}`,
        description: what,
        params: SkuParam,
        query: ReadQuery,
        answers: { 200: Recipe },
        refusals: ['not-found'],
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const position = readHeaders(services, reply)
      const found = recipes().find(({ sku }) => sku === request.params.sku)
      if (!found) return sendProblem(reply, 'not-found', `There is no ${one} ${request.params.sku}.`)
      return reply.send({ sku: found.sku, components: found.components, position })
    },
  )
  app.get<{ Querystring: ReadQuery }>(
    path,
    {
      schema: described('catalogue', kind === 'bundle' ? 'Bundles' : 'Mixed cases', {
        id: `list${id}s`,
        description: `All of them, in the order of SKU codes. ${what}`,
        query: ReadQuery,
        answers: { 200: listOf(Type.Omit(Recipe, ['position'])) },
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const items = recipes().map(({ sku, components }) => ({ sku, components }))
      return reply.send({ items, position: readHeaders(services, reply) })
    },
  )
}
