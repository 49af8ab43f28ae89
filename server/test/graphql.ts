import { randomUUID } from 'node:crypto'
import { createCatalogue } from '../src/catalogue/catalogue.ts'
import { createPool } from '../src/platform/postgres/database.ts'
import { startServer, type TestServer } from './server.ts'
import { cellar, entriesOf } from './wines.ts'

/** An answer of GraphQL over HTTP. */
export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly data: Record<string, never> | undefined
  readonly errors:
    | readonly { message: string; path?: unknown; extensions: { code: string; type: string; status: number } }[]
    | undefined
  readonly extensions: { readonly cost: { readonly asked: number; readonly most: number } } | undefined
}

/** A server with wines, prices and bottles, and what asks it. */
export interface GraphqlServer extends TestServer {
  ask(query: string, variables?: object): Promise<Answered>
  /** A whole body, as it is. */
  post(body: unknown, headers?: Record<string, string>): Promise<Answered>
  rest(path: string, body?: object): Promise<Record<string, unknown>>
}

export async function readAnswer(response: Response): Promise<Answered> {
  const { status, headers } = response
  const body = (await response.json()) as Omit<Answered, 'status' | 'headers'>
  return { status, headers, data: body.data, errors: body.errors, extensions: body.extensions }
}

/** The slug of the first error's problem. */
export const slugOf = ({ errors }: Answered): string | undefined => errors?.[0]?.extensions.type.split('/').at(-1)

export const price = (amountMinor: number) => ({
  amountMinor,
  currency: 'EUR',
  taxIncluded: true,
  dutyIncluded: true,
})

/** Starts a server with the wines of `cellar`: each SKU at 10 EUR in `web`, with 24 bottles in the shop. */
export async function startGraphql(env: Record<string, string> = {}): Promise<GraphqlServer> {
  const server = await startServer({ env })
  const pool = createPool(server.databaseUrl, { applicationName: 'tests', max: 1 })
  const catalogue = createCatalogue(pool)
  const entries = cellar.map(entriesOf)
  for (const one of entries) await catalogue.upsertWines(one)
  await pool.end()
  const skus = entries.flatMap((one) => one.skus.map(({ sku }) => sku))
  const rest = (path: string, body?: object) => askRest(server.url, path, body)
  await rest('/v1/prices', { lines: skus.map((sku) => ({ sku, channel: 'web', price: price(1_000) })) })
  const { position } = await rest('/v1/receipts', {
    location: 'shop',
    lines: skus.map((sku) => ({ sku, quantity: 24 })),
  })
  await rest(`/v1/channels?minPosition=${String(position)}`)
  const post: GraphqlServer['post'] = async (body, headers = {}) =>
    readAnswer(
      await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    )
  return { ...server, post, rest, ask: (query, variables) => post({ query, variables }) }
}

async function askRest(url: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer = (await response.json()) as Record<string, unknown>
  if (!response.ok) throw new Error(`${path} was answered ${JSON.stringify(answer)}`)
  return answer
}
